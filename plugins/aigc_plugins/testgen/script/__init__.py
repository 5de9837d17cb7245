"""Tests for JavaScript and TypeScript: the same loop as for Python, with node in the sandbox.

`analyse` and `generate` are called as those for Python are.
"""

from aigc_plugins.testgen.script.analysis import analyse
from aigc_plugins.testgen.script.loop import generate

__all__ = ["analyse", "generate"]
