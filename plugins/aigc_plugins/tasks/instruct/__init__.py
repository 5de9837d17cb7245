"""Edits by an instruction in plain words, and code for a comment or a signature."""
