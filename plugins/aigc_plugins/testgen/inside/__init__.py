"""What runs in the sandbox to write tests: the module under test is loaded and called here and nowhere else.

Nothing here needs more than the standard library, and pytest where a comparison is approximate.
"""
