"""Reads a Python module, its project and its tests, as tests need to know them. It runs and imports none of them."""

from aigc_plugins.testgen.analysis.subject import analyse

__all__ = ["analyse"]
