"""Acceptance: killed ten times at random steps, the resumed loss curve equals that of a run left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from aigc_finetune.layout import RunFolder

from .conftest import write_base, write_shards

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
_ROOT = Path(__file__).resolve().parents[3]


def trained(folder: Path, base: Path, kills: int) -> tuple[RunFolder, list[tuple[int, str]]]:
    run = RunFolder(folder)
    write_shards(run)
    path = os.pathsep.join(str(_ROOT / part) for part in ("server", "plugins", "models", "finetune", "tests"))
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killing.py")), str(folder), str(base), str(kills), "7"],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=280,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    pairs = [line.split() for line in (folder / "steps.txt").read_text().splitlines()]
    return run, [(int(step), loss) for step, loss in pairs]


@pytest.mark.timeout(600)
def test_ten_kills_change_nothing(tmp_path: Path) -> None:
    base = write_base(tmp_path / "base")
    alone, expected = trained(tmp_path / "alone", base, 0)
    killed, told = trained(tmp_path / "killed", base, 10)
    assert len(expected) == 40
    repeated = len(told) - len(set(told))
    assert len(told) == 40 + repeated  # a step that was done twice had the same loss, to the last bit
    assert repeated > 0  # steps were lost and done again, so kills did hit
    assert sorted(set(told)) == sorted(expected)
    ours, theirs = (load_file(str(one.adapter / "adapter_model.safetensors")) for one in (killed, alone))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(one, theirs[name]) for name, one in ours.items())
    assert not list(killed.checkpoints.glob(".*.partial"))
