"""The built-in task that translates code into another programming language."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.tasks.translate.task import TranslateTask


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the task."""
    return [TranslateTask()]
