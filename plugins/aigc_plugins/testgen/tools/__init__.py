"""Tests for Go and Java: the model writes whole tests, and the language's own tools say which of them hold.

`analyse` and `generate` are called as those for Python are.
"""

from aigc_plugins.testgen.tools.analysis import analyse
from aigc_plugins.testgen.tools.loop import generate

__all__ = ["analyse", "generate"]
