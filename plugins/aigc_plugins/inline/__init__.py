"""Inline completion: where the cursor stands, what the model is asked, and how much of its answer is offered."""

from aigc_plugins.api import Budget, SelectedText, Suggestion
from aigc_plugins.inline.task import InlineCompletionTask, Options, PreparedCompletion

__all__ = ["Budget", "InlineCompletionTask", "Options", "PreparedCompletion", "SelectedText", "Suggestion"]
