"""The training loop: packed rows in, checkpoints and an adapter out. It imports nothing heavy by itself."""
