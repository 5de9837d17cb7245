"""Built-in plugin: ghost text while typing. The task itself is in `aigc_plugins.inline`."""

from __future__ import annotations

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.inline import InlineCompletionTask


@hookimpl
def aigc_tasks() -> list[Task]:
    """Offer the inline-completion task."""
    return [InlineCompletionTask()]
