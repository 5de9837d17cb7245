"""What runs between the start of a sandbox and the program in it. Nothing here needs more than the standard library."""
