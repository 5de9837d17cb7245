"""The built-in tasks for whole projects from a description."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    return []
