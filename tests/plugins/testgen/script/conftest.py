"""What tests with node need: node, a sandbox, and a short way to write the tests of a module."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from aigc_plugins.sandbox import SandboxUnavailableError, which_rung
from aigc_plugins.testgen.parts import Generated, Options
from aigc_plugins.testgen.script import analyse, generate
from task_helpers import FakeJob

Generate: TypeAlias = Callable[..., Generated]


@pytest.fixture
def written(tmp_path: Path) -> Generate:
    """Writes a module and its tests; `files` are others of the project, `answers` the model's."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    try:
        which_rung()
    except SandboxUnavailableError as error:
        pytest.skip(f"no sandbox: {error}")

    def generated(name: str, text: str, *, files: dict[str, str] | None = None, answers: object = None, **more):
        for one, content in {**(files or {}), name: text}.items():
            place = tmp_path / one
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        subject = analyse(tmp_path / name, text, root=tmp_path, **more)
        job = FakeJob(answers if answers is not None else (), roots=[tmp_path])
        return generate(subject, job, Options(seconds=120, model=answers is not None))

    return generated
