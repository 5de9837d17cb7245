"""Small repositories, recipes, and what a build made of them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from aigc_finetune.collect.build import build_corpus
from aigc_finetune.collect.report import CorpusReport
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, parse_recipe
from aigc_finetune.types import CorpusFile, read_corpus


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def module(number: int, lines: int = 12) -> str:
    """Return a module that is like no other."""
    body = "".join(f"    value_{number}_{at} = compute_{number * 7 + at}(argument_{at})\n" for at in range(lines))
    return f"def function_{number}(argument):\n{body}    return value_{number}_0\n"


def recipe(*sources: Path | str, clean: dict[str, Any] | None = None, **collect: Any) -> Recipe:
    """Return a recipe with these sources."""
    data = {"collect": {"sources": [str(source) for source in sources], **collect}, "clean": clean or {}}
    return parse_recipe(data)


def quiet(stage: str, fraction: float | None, text: str) -> None:
    """Take progress and say nothing."""
    del stage, fraction, text


class Built:
    """A corpus that was built, read back."""

    def __init__(self, using: Recipe, run: Path, *, force: bool = False) -> None:
        self.folder = RunFolder(run).corpus
        self.report: CorpusReport = build_corpus(using, RunFolder(run), quiet, force=force)
        self.train = list(read_corpus(self.folder, "train"))
        self.eval = list(read_corpus(self.folder, "eval"))
        self.rejected = [json.loads(line) for line in (self.folder / "rejected.jsonl").read_text().splitlines()]

    @property
    def files(self) -> dict[str, CorpusFile]:
        """Return all files by path."""
        return {file.path: file for file in (*self.train, *self.eval)}

    @property
    def reasons(self) -> dict[str, str]:
        """Return why files were not taken, by path."""
        return {one["path"]: one["reason"] for one in self.rejected}


def git(root: Path, *args: str, time: int = 1_700_000_000) -> str:
    """Run git in a repository, with a fixed author and time."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_AUTHOR_DATE": f"{time} +0000",
        "GIT_COMMITTER_DATE": f"{time} +0000",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *settings, *args], cwd=root, env=env, capture_output=True, text=True, check=True)
    return done.stdout


def commit(root: Path, files: dict[str, str | bytes], time: int) -> str:
    """Write and commit files; return the commit."""
    write(root, files)
    if not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", "-A", time=time)
    git(root, "commit", "-q", "-m", "change", time=time)
    return git(root, "rev-parse", "HEAD").strip()
