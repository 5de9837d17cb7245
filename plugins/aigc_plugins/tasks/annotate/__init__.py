"""The task that annotates Python functions with types."""

from aigc_plugins.tasks.annotate.task import AnnotateTask

__all__ = ["AnnotateTask"]
