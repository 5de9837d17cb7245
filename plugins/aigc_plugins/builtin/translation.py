"""The built-in task that translates code into another programming language."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the task."""
    from aigc_plugins.tasks.translate.task import TranslateTask

    return [TranslateTask()]
