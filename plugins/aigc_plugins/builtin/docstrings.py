"""The built-in tasks for docstrings and doc comments."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_plugins.tasks.docstring import DocstringTask

    return [DocstringTask()]
