"""The built-in tasks for extract, inline, rename."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_plugins.tasks.refactor.extract import ExtractFunctionTask, ExtractVariableTask
    from aigc_plugins.tasks.refactor.inline_task import InlineTask
    from aigc_plugins.tasks.refactor.rename_task import RenameTask

    return [ExtractVariableTask(), ExtractFunctionTask(), InlineTask(), RenameTask()]
