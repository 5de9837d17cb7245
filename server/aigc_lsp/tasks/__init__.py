"""Runs tasks for the editor and the command line, and lets nothing pass that was not checked."""

from aigc_lsp.tasks.job import Host, TaskJob
from aigc_lsp.tasks.runner import run_task

__all__ = ["Host", "TaskJob", "run_task"]
