"""The whole way with the embedded model: a step on a small project, one more after a resume, an adapter in use."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_models.adapters import base_digest, read_manifest
from aigc_models.paths import cache_dir, data_dir
from aigc_models.store import resolve
from cli_helpers.finetune_base import project

pytestmark = [pytest.mark.real_model, pytest.mark.timeout(600)]
_SMALL = (
    "train.batch_tokens=192", "train.micro_tokens=192", "train.rank=2", "train.eval_steps=0", "augment.fim=0",
    "encode.context_length=128", "train.checkpoint_steps=1",
)  # fmt: skip


def _finetune(*words: object) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "aigc_lsp", "finetune", *map(str, words), "--no-evaluate", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_embedded_model_is_trained_resumed_and_its_adapter_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = resolve("default")
    home = tmp_path / "home"
    for name, there in (("cache/models", cache_dir() / "models"), ("data/models", data_dir() / "models")):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).symlink_to(there)
    monkeypatch.setenv("AIGC_LSP_HOME", str(home))
    shop = project(tmp_path / "shop", files=4)
    pairs = [word for pair in _SMALL for word in ("--set", pair)]
    first = _finetune(shop, "--yes", "--steps", 1, *pairs)
    again = _finetune("--resume", "--name", "shop", "--steps", 2, "--use")
    training = again["training"]
    assert isinstance(training, dict)
    assert training["step"] == 2
    # A model that reads Python is far below the loss of guessing (ln 49,152 = 10.8) from its first step on.
    assert 0 < training["train_loss"] < 4
    assert math.isfinite(training["train_loss"])
    assert first["adapter"] == again["adapter"]
    manifest = read_manifest(home / "data" / "adapters" / "shop")
    assert manifest.base_sha256 == base_digest(base)
    assert again["used"] == [str(shop)]
