"""The built-in tasks for repairs of what checkers find."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_plugins.tasks.fix import FixTask

    return [FixTask()]
