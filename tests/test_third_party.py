"""A throw-away distribution adds a task, a runtime and a command through entry points alone, in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.engine.process import distribution, engine, environment

PLUGIN = """
from aigc_models.types import RuntimeSpec
from aigc_plugins.hookspecs import hookimpl

class Haiku:
    name = "haiku"
    title = "Write a haiku"

@hookimpl
def aigc_tasks():
    return [Haiku()]

@hookimpl
def aigc_runtimes():
    return [RuntimeSpec("parrot", "says the prompt again", "parrot_runtime:create", formats=("fake",), priority=-1)]

@hookimpl
def aigc_commands(app):
    @app.command()
    def haiku(word: str):
        "Write a haiku on a word."
        from aigc_plugins.manager import load_plugins
        print(word, *(task.title for task in load_plugins().tasks(Haiku)))
"""
RUNTIME = '''
"""A whole runtime: it repeats the last word of its prompt, from nothing but the documented protocol."""
import numpy as np
from aigc_models.engine.runtimes.base import Slot
from aigc_models.engine.runtimes.fake import ByteVocabulary

class Parrot:
    name = "parrot"
    architecture = chat_template = None
    device = "CPU"
    context_length = 512

    def __init__(self):
        self.vocabulary = ByteVocabulary()

    def open(self, tokens, capacity):
        return Slot([], capacity, list(bytes(tokens).rpartition(b" ")[2]))

    def forward(self, batch):
        logits = np.zeros((len(batch), self.vocabulary.size), dtype=np.float32)
        for row, (slot, chunk) in enumerate(batch):
            slot.tokens += chunk
            logits[row, slot.state.pop(0) if slot.state else 256] = 9
        return logits

    def close(self, slot):
        pass

    def unload(self):
        pass

def create(options, progress):
    progress(0.5, "teaching the parrot")
    return Parrot()
'''


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Install the distribution, and beside it one that raises on import."""
    site = distribution(tmp_path / "third", "haiku-plugin", {"haiku": "haiku_plugin"})
    (site / "haiku_plugin.py").write_text(PLUGIN)
    (site / "parrot_runtime.py").write_text(RUNTIME)
    distribution(site, "rude-plugin", {"rude": "rude_plugin"})
    (site / "rude_plugin.py").write_text("raise RuntimeError('not today')\n")
    return {**environment(tmp_path / "home", site), "COLUMNS": "120", "NO_COLOR": "1"}


def aigc(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aigc_lsp", *args], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_its_runtime_serves_completions(tmp_path: Path, env: dict[str, str]) -> None:
    with engine(tmp_path / "home", "--runtime", "parrot", env=env) as running:
        assert running.health()["runtime"] == "parrot"
        choice = running.complete(prompt="say hello", max_tokens=20)["choices"][0]
        assert (choice["text"], choice["finish_reason"]) == ("hello", "stop")
        assert running.text(prompt="say hello", stop=["l"]) == "he"


def test_its_runtime_serves_suggestions(tmp_path: Path, env: dict[str, str]) -> None:
    file = tmp_path / "a.py"
    file.write_text("result = value = compute()\nx = ")
    done = aigc(env, "complete", f"{file}:2:5", "--model", "fake", "--runtime", "parrot", "--json")
    try:
        assert done.returncode == 0, done.stderr
        assert "parrot" in done.stdout
    finally:
        aigc(env, "engine", "stop")


def test_it_is_told_from_a_built_in_and_the_one_that_raises_is_blocked(env: dict[str, str]) -> None:
    rows = {row["name"]: row for row in json.loads(aigc(env, "plugins", "--json").stdout)}
    assert rows["haiku"]["status"] == "ok"
    assert rows["haiku"]["distribution"] == "haiku-plugin"
    assert set(rows["haiku"]["hooks"]) == {"aigc_tasks", "aigc_runtimes", "aigc_commands"}
    assert not rows["haiku"]["builtin"]
    assert rows["inline-completion"]["builtin"]
    assert (rows["rude"]["status"], rows["rude"]["reason"]) == ("blocked", "RuntimeError: not today")


def test_its_command_is_in_the_help_and_runs_beside_its_task(env: dict[str, str]) -> None:
    assert "Write a haiku on a word." in aigc(env, "--help").stdout
    done = aigc(env, "haiku", "snow")
    assert (done.returncode, done.stdout) == (0, f"snow Write a haiku{os.linesep}")


def test_the_runtime_is_chosen_among_the_others_with_a_reason(env: dict[str, str]) -> None:
    done = aigc(env, "doctor", "--model", "fake", "--json")
    assert "parrot" in done.stdout
