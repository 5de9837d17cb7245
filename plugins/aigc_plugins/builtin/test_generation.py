"""The built-in proposers of scenarios for generated tests, and the tasks that generate tests."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.testgen.parts import TestProposer


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    return []


@hookimpl
def aigc_test_proposers() -> list[TestProposer]:
    """Return the proposers."""
    return []
