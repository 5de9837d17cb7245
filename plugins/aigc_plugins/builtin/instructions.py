"""The built-in tasks that write code from words: edit with an instruction, code for a comment or a signature."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_plugins.tasks.instruct.edit import EditTask
    from aigc_plugins.tasks.instruct.generate import GenerateTask

    return [EditTask(), GenerateTask()]
