"""From files to training samples: fill-in-the-middle, plain text, refactored variants, noise. It tokenizes nothing."""
