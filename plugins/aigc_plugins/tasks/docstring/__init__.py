"""Docstrings and doc comments: a program writes their frame from the signature, the model only the descriptions."""

from aigc_plugins.tasks.docstring.task import DocstringTask

__all__ = ["DocstringTask"]
