"""The log holds each step once, whatever was killed and resumed, and nothing but figures."""

from __future__ import annotations

import json
import math
from pathlib import Path

from aigc_finetune.train.report.log import LogHook, cut_log, read_history, read_log

from .facts import end, start, step


def _run(path: Path, first: int, last: int, shift: float = 0.0) -> None:
    hook = LogHook(path)
    hook.on_start(start(step=first))
    for number in range(first + 1, last + 1):
        hook.on_step(step(number, 3.0 - number / 10 + shift))
        if number % 2 == 0:
            hook.on_eval(number, 2.0 - number / 10)


def test_each_step_and_evaluation_is_a_line(tmp_path: Path) -> None:
    log = tmp_path / "run" / "log.jsonl"
    _run(log, 0, 3)
    LogHook(log).on_checkpoint(tmp_path / "step-00000003")
    LogHook(log).on_end(end(output=tmp_path / "adapter"))
    assert [entry["event"] for entry in read_log(log)] == ["start", "step", "step", "eval", "step", "checkpoint", "end"]
    assert read_history(log).train == [(1, 2.9), (2, 2.8), (3, 2.7)]
    assert read_history(log).eval == [(2, 1.8)]
    assert str(tmp_path) not in log.read_text(encoding="utf-8")


def test_a_resumed_run_tells_no_step_twice(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    _run(log, 0, 7)
    _run(log, 4, 9, shift=1.0)  # the last checkpoint was at step 4
    history = read_history(log)
    assert [number for number, _ in history.train] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert history.train[3:5] == [(4, 2.6), (5, 3.5)]
    assert [number for number, _ in history.eval] == [2, 4, 6, 8]
    assert [entry["step"] for entry in read_log(log) if entry["event"] == "start"] == [0, 4]


def test_a_new_run_starts_a_new_log(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    _run(log, 0, 7)
    _run(log, 0, 2)
    assert [number for number, _ in read_history(log).train] == [1, 2]


def test_the_end_of_an_interrupted_part_goes_when_the_run_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    _run(log, 0, 4)
    LogHook(log).on_end(end(step=4, reason="interrupted"))
    cut_log(log, 4)
    assert "end" not in {entry["event"] for entry in read_log(log)}


def test_a_torn_last_line_is_skipped_and_cut_off(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    _run(log, 0, 3)
    whole = log.read_bytes()
    log.write_bytes(whole[:-20])
    assert [number for number, _ in read_history(log).train] == [1, 2]
    _run(log, 2, 4)
    assert [number for number, _ in read_history(log).train] == [1, 2, 3, 4]
    assert all(json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())


def test_a_loss_that_is_not_finite_is_null(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    hook = LogHook(log)
    hook.on_start(start())
    hook.on_step(step(1, math.nan))
    hook.on_step(step(2, math.inf))
    hook.on_step(step(3, 1.0))
    assert [entry["loss"] for entry in read_log(log) if entry["event"] == "step"] == [None, None, 1.0]
    assert read_history(log).train == [(3, 1.0)]


def test_no_log_is_no_history(tmp_path: Path) -> None:
    cut_log(tmp_path / "none.jsonl", 3)
    assert read_history(tmp_path / "none.jsonl").train == []
    assert not (tmp_path / "none.jsonl").exists()
