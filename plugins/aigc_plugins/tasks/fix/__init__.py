"""The task that repairs what checkers report."""

from aigc_plugins.tasks.fix.task import FixTask

__all__ = ["FixTask"]
