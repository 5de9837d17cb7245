"""The built-in proposers of scenarios for generated tests, and the tasks that generate tests."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.testgen.parts import TestProposer


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_plugins.tasks.testgen import GenerateTestsTask

    return [GenerateTestsTask()]


@hookimpl
def aigc_test_proposers() -> list[TestProposer]:
    """Return the proposers."""
    from aigc_plugins.testgen.proposers.boundaries import Boundaries
    from aigc_plugins.testgen.proposers.callsites import CallSites
    from aigc_plugins.testgen.proposers.examples import Examples
    from aigc_plugins.testgen.proposers.fixtures import Fixtures
    from aigc_plugins.testgen.proposers.hypothesis_types import HypothesisTypes
    from aigc_plugins.testgen.proposers.model import ModelInputs, ModelTests

    return [Examples(), CallSites(), Fixtures(), Boundaries(), HypothesisTypes(), ModelInputs(), ModelTests()]
