"""The folder of one run: where each stage puts what it made. Every path of a run is named here and nowhere else."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder; a stage makes the folder that it needs."""

    root: Path

    @property
    def recipe(self) -> Path:
        """The recipe as it was used, in TOML."""
        return self.root / "recipe.toml"

    @property
    def corpus(self) -> Path:
        """Folder of what was collected and cleaned: `train.jsonl`, `eval.jsonl`, `rejected.jsonl`, `report.json`."""
        return self.root / "corpus"

    @property
    def data(self) -> Path:
        """Folder of encoded shards: `train/` and `eval/`, each with a `manifest.json`."""
        return self.root / "data"

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints, `step-00000100`; one is complete when it has this name."""
        return self.root / "checkpoints"

    @property
    def adapter(self) -> Path:
        """Folder of the finished adapter (or, for full fine-tuning, `model/` beside it)."""
        return self.root / "adapter"

    @property
    def model(self) -> Path:
        """Folder of the finished model of a full fine-tuning."""
        return self.root / "model"

    @property
    def log(self) -> Path:
        """JSON Lines, one for each step or evaluation."""
        return self.root / "log.jsonl"

    @property
    def tensorboard(self) -> Path:
        """TensorBoard's folder."""
        return self.root / "tensorboard"

    @property
    def curve(self) -> Path:
        """The plot of the losses."""
        return self.root / "loss.png"

    @property
    def evaluation(self) -> Path:
        """Folder of the comparison with the base: `figures.json`, `report.html`."""
        return self.root / "evaluation"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a whole file (text in UTF-8) or leave the old one: a run may be killed, or the disk be full."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, data: Any) -> None:
    """Write `data` as indented JSON, atomically."""
    write_atomically(path, json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
