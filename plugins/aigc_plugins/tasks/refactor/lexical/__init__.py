"""Refactorings of local variables in JavaScript, TypeScript, Go and Java, by the syntax tree alone.

Types are not known here, so only what is exact without them is done; the rest is refused with the reason.
"""
