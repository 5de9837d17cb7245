"""Functions and classes in another programming language."""
