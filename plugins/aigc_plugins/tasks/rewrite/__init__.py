"""The tasks that rewrite a function so that it does the same: simplify, modernise, optimise.

In Python, candidates come from Ruff and the model and are compared with the old version in the sandbox; in other
languages exact rules over the syntax tree change nothing but the form.
"""

from aigc_plugins.tasks.rewrite.tasks import ModerniseTask, OptimiseTask, SimplifyTask

__all__ = ["ModerniseTask", "OptimiseTask", "SimplifyTask"]
