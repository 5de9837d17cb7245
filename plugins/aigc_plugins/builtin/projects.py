"""The built-in task for whole projects from a description. What it does is in `aigc_plugins.tasks.project`."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the task."""
    from aigc_plugins.tasks.project.task import ProjectTask

    return [ProjectTask()]
