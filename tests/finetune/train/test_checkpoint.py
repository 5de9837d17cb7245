"""Checkpoints are whole or not there."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import torch

from aigc_finetune.train import checkpoint
from aigc_finetune.train.checkpoint import CheckpointError


def save(folder: Path, step: int, value: float, keep: int = 2) -> Path:
    return checkpoint.save(folder, step, {"weights": {"w": torch.full((3,), value)}}, {"step": step}, keep)


def test_it_reads_what_it_wrote_and_keeps_the_last_ones(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save(tmp_path, step, float(step))
    assert [step for step, _ in checkpoint.complete(tmp_path)] == [2, 3]
    tensors, state = checkpoint.load(checkpoint.complete(tmp_path)[-1][1])
    assert tensors["weights"]["w"].tolist() == [3.0] * 3
    assert state == {"step": 3}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["step-00000002", "step-00000003"]


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import safetensors.torch

    save(tmp_path, 1, 1.0, keep=1)

    def full(tensors: Any, path: str, **_: Any) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(CheckpointError, match=r"No space left on device.*free some space"):
        save(tmp_path, 2, 2.0, keep=1)
    assert [one.name for one in tmp_path.iterdir()] == ["step-00000001"]
    assert checkpoint.load(tmp_path / "step-00000001")[0]["weights"]["w"].tolist() == [1.0] * 3


def test_a_folder_that_cannot_be_renamed_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    best = tmp_path / "best"
    checkpoint.write_whole(best, {"weights": {"w": torch.ones(3)}}, {"step.json": 1})
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(CheckpointError, match="Input/output error"):
        checkpoint.write_whole(best, {"weights": {"w": torch.zeros(3)}}, {"step.json": 2})
    tensors, step = checkpoint.load(best, "step.json")
    assert tensors["weights"]["w"].tolist() == [1.0] * 3
    assert step == 1
    assert [one.name for one in tmp_path.iterdir()] == ["best"]


def test_what_a_kill_left_half_done_goes_with_the_next_checkpoint(tmp_path: Path) -> None:
    for name in (".step-00000007.partial", ".step-00000003.removed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights.safetensors").write_bytes(b"half")
    save(tmp_path, 8, 1.0)
    assert [one.name for one in tmp_path.iterdir()] == ["step-00000008"]


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = save(tmp_path, 1, 1.0)
    (path / "weights.safetensors").write_bytes(b"half")
    with pytest.raises(CheckpointError, match="step-00000001 is damaged"):
        checkpoint.load(path)


def test_tensors_that_share_memory_are_written_each(tmp_path: Path) -> None:
    one = torch.arange(3.0)
    path = checkpoint.save(tmp_path, 1, {"optimizer": {"a": one, "b": one}}, {}, 1)
    assert checkpoint.load(path)[0]["optimizer"]["b"].tolist() == [0.0, 1.0, 2.0]
