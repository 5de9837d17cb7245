"""The command line: one small module for each command. It composes what the other packages do and adds no logic."""
