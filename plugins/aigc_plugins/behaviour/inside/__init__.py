"""What runs in the sandbox to see how a function behaves. Nothing here needs more than the standard library."""
