"""The run's log: JSON Lines, a line for each step and evaluation; figures only, no text of the user's files.

Lines are of the kinds `start`, `step`, `eval`, `checkpoint` and `end` (the key `event`). Each is written in one call of
`write` to a file opened for appending: a killed run leaves whole lines, or one torn line at the end, which a reader
skips and a resumed run cuts off.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aigc_finetune.layout import write_atomically
from aigc_finetune.train.hooks import BaseHook, StartFacts, StepFacts, TrainResult

_EVENTS_OF_A_STEP = ("step", "eval", "checkpoint", "end")


@dataclass(slots=True)
class History:
    """The losses of a run by step: `train` and `eval` are (step, loss in nats), in the order of the steps."""

    train: list[tuple[int, float]] = field(default_factory=list)
    eval: list[tuple[int, float]] = field(default_factory=list)


class LogHook(BaseHook):
    """Write the log. A resumed run cuts what lies beyond the step it goes on from, so that nothing stands twice."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_start(self, info: StartFacts) -> None:
        """Cut the log to the resumed step (to nothing for a new run) and write how the run starts."""
        cut_log(self._path, info.step)
        self._write("start", asdict(info))

    def on_step(self, facts: StepFacts) -> None:
        """Write a step's facts."""
        self._write("step", asdict(facts))

    def on_eval(self, step: int, loss: float) -> None:
        """Write an evaluation's loss and perplexity."""
        self._write("eval", {"step": step, "loss": loss, "perplexity": math.exp(min(loss, 700.0))})

    def on_checkpoint(self, path: Path) -> None:
        """Write the name of a checkpoint; its step is in the name."""
        step = path.name.rpartition("-")[2]
        self._write("checkpoint", {"step": int(step) if step.isdigit() else 0, "name": path.name})

    def on_end(self, result: TrainResult) -> None:
        """Write how the run ended, and see that the log is on the disk."""
        facts = asdict(result)
        for name in ("output", "checkpoint"):  # paths would tell where the user works
            facts[name] = facts[name].name if facts[name] is not None else None
        self._write("end", facts, sync=True)

    def _write(self, event: str, facts: dict[str, Any], sync: bool = False) -> None:
        line = json.dumps({"event": event, **_finite(facts)}, ensure_ascii=False, allow_nan=False) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # One write of a whole line, opened each time: the file can be cut or moved between two steps.
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, line.encode())
            if sync:
                os.fsync(handle)
        finally:
            os.close(handle)


def read_log(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the log's whole lines; a torn one (the run was killed while it wrote) is skipped. No file: no lines."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and "event" in entry:
                yield entry


def read_history(path: Path) -> History:
    """Return the losses that a log holds; losses that were not finite are left out."""
    found = History()
    for entry in read_log(path):
        if entry["event"] in ("step", "eval") and entry.get("loss") is not None:
            (found.train if entry["event"] == "step" else found.eval).append((int(entry["step"]), float(entry["loss"])))
    return found


def cut_log(path: Path, step: int) -> None:
    """Drop what the log says of steps after `step`, whole and atomically; step 0 empties it."""
    if not path.is_file():
        return
    kept = [entry for entry in read_log(path) if step > 0 and _keeps(entry, step)]
    write_atomically(path, "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in kept))


def _keeps(entry: dict[str, Any], step: int) -> bool:
    """Say whether a resumed run keeps a line; the end of the part before it was not the end of the run."""
    if entry["event"] == "end":
        return False
    return entry["event"] not in _EVENTS_OF_A_STEP or int(entry.get("step", 0)) <= step


def _finite(facts: dict[str, Any]) -> dict[str, Any]:
    """Replace what JSON cannot say (NaN and infinities) by null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in facts.items()
    }
