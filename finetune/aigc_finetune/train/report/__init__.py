"""What a user sees of a run: live progress, a log (JSON Lines), TensorBoard, a plot of the losses."""
