"""The built-in tasks that explain code, summarise files and diffs, and write commit messages."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.tasks.explain.commit import CommitMessageTask
from aigc_plugins.tasks.explain.explain import ExplainTask
from aigc_plugins.tasks.explain.summarise import SummariseTask


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    return [ExplainTask(), SummariseTask(), CommitMessageTask()]
