"""`aigc-lsp finetune PATH` from source files to an adapter in use: a tiny random base, the real stages."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli_helpers import Done
from cli_helpers.finetune_base import project, tiny_base

Run = Callable[..., Done]
pytestmark = pytest.mark.timeout(300)

RECIPE = """
[augment]
fim = 0.0
[encode]
context_length = 256
[train]
method = "lora"
rank = 4
batch_tokens = 512
max_steps = 6
learning_rate = 1e-2
eval_steps = 3
checkpoint_steps = 2
precision = "fp32"
[evaluate]
cases = 4
general = 0
bootstrap = 200
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "base")


@pytest.fixture
def shop(home: Path, base: Path) -> Path:
    Path("recipe.toml").write_text(RECIPE)
    Path("base").symlink_to(base)
    return project(Path.cwd() / "shop")


def _words(*more: object) -> tuple[object, ...]:
    return ("finetune", "shop", "--recipe", "./recipe.toml", "--model", Path.cwd() / "base", "--yes", *more)


def test_a_dry_run_says_what_it_would_take_and_trains_nothing(aigc: Run, shop: Path, home: Path) -> None:
    done = aigc(*_words("--dry-run", "--json"))
    assert done.status == 0, done.err
    facts = done.json
    assert sum(facts["corpus"]["files"].values()) == 10
    assert facts["data"]["train"]["tokens"] > 1000
    assert facts["estimate"]["steps"] == 6
    assert "training" not in facts
    assert "Nothing was trained" in done.err
    run = Path(facts["run"])
    assert run == home / "data" / "finetune" / "shop"
    assert not (run / "checkpoints").exists()
    shown = aigc(*_words("--dry-run"))
    assert "sources have not changed" in shown.err
    assert "steps" in shown.out
    again = aigc(*_words("--dry-run", "--run", "elsewhere"))
    assert "minified.py" in again.out


def test_all_stages_and_then_the_adapter_is_in_use(aigc: Run, shop: Path, home: Path) -> None:
    done = aigc(*_words("--use", "--json"))
    assert done.status == 0, done.err
    facts = done.json
    assert facts["training"]["step"] == 6
    assert facts["verdict"] in ("better", "worse", "no difference shown")
    assert facts["evaluation"]["cases"] == 4
    assert (home / "data" / "adapters" / "shop" / "adapter_model.safetensors").is_file()
    assert facts["used"] == [str(shop)]
    assert json.loads((home / "data" / "adapters.json").read_text())["workspaces"] == {str(shop): "shop"}
    run = Path(facts["run"])
    assert (run / "evaluation" / "figures.json").is_file()
    assert (run / "loss.png").is_file()
    assert (run / "recipe.toml").is_file()
    again = aigc(*_words())
    assert again.status == 1
    assert "--resume" in again.err


def test_no_evaluate_registers_it_unmeasured_and_nothing_uses_it(aigc: Run, shop: Path, home: Path) -> None:
    done = aigc(*_words("--no-evaluate", "--name", "mine"))
    assert done.status == 0, done.err
    assert "6 steps" in done.out
    assert (home / "data" / "adapters" / "mine" / "aigc.json").is_file()
    assert not (home / "data" / "adapters.json").exists()


def test_a_restart_is_a_new_run_and_gives_the_same(aigc: Run, shop: Path) -> None:
    first = aigc(*_words("--no-evaluate", "--json")).json
    again = aigc(*_words("--no-evaluate", "--json", "--restart"))
    assert again.status == 0, again.err
    assert again.json["training"]["train_loss"] == pytest.approx(first["training"]["train_loss"], abs=1e-6)


def test_ctrl_c_keeps_a_checkpoint_and_resume_ends_as_if_nothing_had_been(aigc: Run, shop: Path, home: Path) -> None:
    more = ("--no-evaluate", "--steps", 24, "--set", "train.eval_steps=0", "--set", "train.checkpoint_steps=6")
    whole = aigc(*_words(*more, "--json", "--name", "whole")).json
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", *map(str, _words(*more, "--name", "cut"))],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    run = home / "data" / "finetune" / "cut"
    try:
        while process.poll() is None and not any((run / "checkpoints").glob("step-*")):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert f"aigc-lsp finetune --resume --run {run}" in err
    assert "Traceback" not in err
    resumed = aigc("finetune", "--resume", "--run", run, "--no-evaluate", "--json")
    assert resumed.status == 0, resumed.err
    training = resumed.json["training"]
    assert (training["step"], training["tokens"]) == (24, whole["training"]["tokens"])
    assert training["train_loss"] == pytest.approx(whole["training"]["train_loss"], abs=1e-5)


def test_the_stages_one_by_one(aigc: Run, shop: Path) -> None:
    more = ("--run", "run", "--recipe", "./recipe.toml")
    collected = aigc("finetune", "collect", "shop", *more, "--json")
    assert collected.status == 0, collected.err
    assert collected.json["corpus"]["files"]["train"] > 5
    encoded = aigc("finetune", "encode", "shop", *more, "--model", "base", "--json")
    assert encoded.status == 0, encoded.err
    trained = aigc("finetune", "train", "--run", "run", "--json")
    assert trained.status == 0, trained.err
    assert trained.json["training"]["reason"] == "finished"
    assert (Path("run") / "adapter" / "aigc.json").is_file()
    assert aigc("finetune", "curve", "--run", "run").status == 0


def test_what_a_run_was_trained_on_stays_as_it_is(aigc: Run, shop: Path, home: Path) -> None:
    assert aigc(*_words("--no-evaluate")).status == 0
    run = home / "data" / "finetune" / "shop"
    files = ("recipe.toml", "corpus/train.jsonl", "data/train/manifest.json", "checkpoints/step-00000006/state.json")
    before = [(run / name).read_bytes() for name in files]

    def unchanged() -> bool:
        return before == [(run / name).read_bytes() for name in files]

    (shop / "more.py").write_text("def more(count):\n    return count + 1\n" * 3)
    other = aigc("finetune", "collect", "shop", "--recipe", "./recipe.toml", "--set", "collect.seed=7")
    assert (other.status, unchanged()) == (1, True)
    assert "collect.seed" in other.err
    assert "--name" in other.err
    assert (aigc(*_words("--dry-run", "--set", "augment.noise=0.5")).status, unchanged()) == (1, True)
    dry = aigc(*_words("--dry-run", "--steps", 40, "--json"))
    assert (dry.status, dry.json["estimate"]["steps"], unchanged()) == (0, 40, True)
    assert (aigc("finetune", "collect", "--run", run, "--json").json["corpus"]["files"]["train"], unchanged()) == (
        dry.json["corpus"]["files"]["train"], True,
    )  # fmt: skip
    refused = aigc("finetune", "--resume", "--set", "train.learning_rate=0.5")
    assert (refused.status, unchanged()) == (1, True)
    assert "train.learning_rate" in refused.err
    resumed = aigc("finetune", "--resume", "--steps", 8, "--no-evaluate", "--json")
    assert (resumed.status, resumed.json["training"]["step"]) == (0, 8), resumed.err


def test_a_folder_without_source_files_says_why_not(aigc: Run, home: Path) -> None:
    empty = Path.cwd() / "empty"
    empty.mkdir()
    (empty / "notes.bin").write_bytes(bytes(range(256)))
    (empty / "minified.py").write_text("x = [" + "1," * 3000 + "]\n")
    done = aigc("finetune", "collect", "empty")
    assert done.status == 1
    assert "minified" in done.out + done.err
    assert "notes.bin" in done.out + done.err


def test_the_fake_model_is_refused(aigc: Run, shop: Path) -> None:
    done = aigc("finetune", "shop", "--model", "fake", "--yes")
    assert done.status == 1
    assert "fake model learns nothing" in done.err
