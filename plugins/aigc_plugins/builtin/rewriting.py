"""The built-in tasks for simplify, modernise, optimise."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_plugins.tasks.rewrite import ModerniseTask, OptimiseTask, SimplifyTask

    return [SimplifyTask(), ModerniseTask(), OptimiseTask()]
