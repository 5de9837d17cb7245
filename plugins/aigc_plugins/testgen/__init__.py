"""Writes tests that ran, pass, do not flake and catch bugs: proposers say what to try, execution decides what is kept.

`scenario` holds what all parts pass to each other. Names are loaded when they are asked for, because what runs in the
sandbox (`inside`) imports this package, too, and has no use for them.
"""
