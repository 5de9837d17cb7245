"""The built-in refactorings: extract a function or variable, inline, rename. Each is checked before it is offered.

Nothing is imported here: the process that refactors Python needs only the package `python`.
"""
