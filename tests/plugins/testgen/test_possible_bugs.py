"""Planted bugs, from a module's documentation to the report: what the code does is not what its examples say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from aigc_plugins.sandbox import SandboxUnavailableError, which_rung
from aigc_plugins.testgen.analysis import analyse
from aigc_plugins.testgen.loop import generate
from aigc_plugins.testgen.parts import Generated, Options
from aigc_plugins.testgen.proposers.examples import Examples
from task_helpers import FakeJob

BUGS = Path(__file__).parent / "fixtures" / "bugs"
REPORTED = json.loads((BUGS / "reported.json").read_text())


@pytest.fixture(autouse=True)
def sandbox() -> None:
    try:
        which_rung()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))


def generated(folder: Path, name: str) -> Generated:
    path = folder / f"{name}.py"
    shutil.copy(BUGS / path.name, path)
    subject = analyse(path, path.read_text(), root=folder)
    job = FakeJob(roots=[folder], test_proposers=[Examples()])
    return generate(subject, job, Options(seconds=20, model=False, executions=300))


@pytest.mark.parametrize("name", sorted(REPORTED))
def test_a_planted_bug_is_reported_and_not_baked_into_a_test(tmp_path: Path, name: str) -> None:
    result = generated(tmp_path, name)
    wanted = REPORTED[name]
    assert {(one.target, one.kind, one.call) for one in result.suspicions} >= {
        (one["target"], one["kind"], one["call"]) for one in wanted
    }
    for one in wanted:
        (suspicion,) = [found for found in result.suspicions if found.call == one["call"]]
        assert one["promised"] in suspicion.promised
        assert one["observed"] in suspicion.observed
        acts = [row.scenario.act for test in result.tests for row in test.rows]
        assert suspicion.call not in acts
