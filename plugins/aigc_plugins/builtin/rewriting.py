"""The built-in tasks for simplify, modernise, optimise."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.tasks.rewrite import ModerniseTask, OptimiseTask, SimplifyTask


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    return [SimplifyTask(), ModerniseTask(), OptimiseTask()]
