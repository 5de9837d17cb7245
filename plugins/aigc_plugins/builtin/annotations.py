"""The built-in tasks for type annotations for Python."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_plugins.tasks.annotate import AnnotateTask

    return [AnnotateTask()]
