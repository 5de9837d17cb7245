"""Runs written tests for real: by pytest, in the sandbox, on a copy of the project. What is kept, others decide."""

from __future__ import annotations

from aigc_plugins.testgen.checking.fixtures import record_with_fixtures
from aigc_plugins.testgen.checking.measured import baseline, check
from aigc_plugins.testgen.checking.reruns import shuffled

__all__ = ["baseline", "check", "record_with_fixtures", "shuffled"]
