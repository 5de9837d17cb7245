"""The built-in tasks that explain code, summarise files and diffs, and write commit messages."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_plugins.tasks.explain.commit import CommitMessageTask
    from aigc_plugins.tasks.explain.explain import ExplainTask
    from aigc_plugins.tasks.explain.summarise import SummariseTask

    return [ExplainTask(), SummariseTask(), CommitMessageTask()]
