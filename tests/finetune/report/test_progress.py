"""What a user sees: lines without a terminal, a bar with one, nothing when quiet; and the terminal is given back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from aigc_finetune.layout import RunFolder
from aigc_finetune.train.report.hooks import reporting
from aigc_finetune.train.report.progress import ProgressHook, duration, size, start_line, step_line, time_left

from .facts import end, start, step


def _told(hook: ProgressHook) -> None:
    hook.on_start(start())
    for number in range(1, 11):
        hook.on_step(step(number, 3.0 - number / 10))
    hook.on_eval(10, 1.25)
    hook.on_end(end(output=Path("run/adapter")))


def test_without_a_terminal_lines_come_seldom() -> None:
    stream, now = io.StringIO(), iter(range(0, 1000, 4))
    _told(ProgressHook(Console(file=stream), every=10.0, clock=lambda: float(next(now))))
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("lora in fp32 on cpu: 1,000 of 100,000 parameters (1.00%); 20,000 tokens in 40 samples")
    assert 1 < sum("loss 2" in line for line in lines) < 10
    assert "step 10: evaluation loss 1.2500, perplexity 3.490" in lines
    assert lines[-1] == "written to run/adapter"
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_a_bar_and_its_cursor_back() -> None:
    stream = io.StringIO()

    def fails() -> None:
        with ProgressHook(Console(file=stream, force_terminal=True, width=160)) as hook:
            hook.on_start(start())
            hook.on_step(step(3, 2.0))
            raise KeyError("the loop failed")

    with pytest.raises(KeyError):
        fails()
    hidden, shown = stream.getvalue().rfind("\x1b[?25l"), stream.getvalue().rfind("\x1b[?25h")
    assert 0 <= hidden < shown
    assert "loss 2.000" in stream.getvalue()


def test_quiet_is_quiet() -> None:
    stream = io.StringIO()
    _told(ProgressHook(Console(file=stream, force_terminal=True), quiet=True))
    assert stream.getvalue() == ""


def test_a_line_names_what_matters() -> None:
    line = step_line(step(5, 2.0), 2.125, 512.4, 1.5)
    assert line == "step 5/10 · loss 2.125 · eval 1.500 · 512 tokens/s · 40 s left · 1.5 GB · lr 1.00e-03"
    assert "5 ·" in step_line(step(5, 2.0, total_steps=None), 2.0, 1.0, None)
    assert "goes on after step 50; " not in start_line(start(step=50))
    assert start_line(start(step=50, total_steps=None, max_minutes=7.5)).endswith("7.5 minutes; goes on after step 50")


def test_time_left_is_by_what_is_done() -> None:
    assert time_left(step(2, 1.0)) == pytest.approx(64.0)
    assert time_left(step(0, 1.0)) is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (187, "3:07"), (3723, "1:02:03"), (None, "?")]
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_sizes() -> None:
    assert (size(1_500_000_000), size(98_362_432)) == ("1.5 GB", "98 MB")


def test_an_interrupted_run_says_how_to_go_on() -> None:
    stream = io.StringIO()
    ProgressHook(Console(file=stream)).on_end(
        end(reason="interrupted", checkpoint=Path("run/checkpoints/step-00000007"))
    )
    assert "`--resume` goes on from step-00000007" in stream.getvalue()


def test_all_reports_of_a_run(tmp_path: Path) -> None:
    run, stream = RunFolder(tmp_path / "run"), io.StringIO()
    for first in (0, 3):  # killed at 5, resumed at 3
        with reporting(run, title="mine", console=Console(file=stream)) as hooks:
            for hook in hooks:
                hook.on_start(start(step=first))
            for number in range(first + 1, 6):
                for hook in hooks:
                    hook.on_step(step(number, float(number)))
            for hook in hooks:
                hook.on_eval(5, 1.0)
                hook.on_end(end())
    assert run.curve.is_file()
    assert _scalars(run.tensorboard) == [1, 2, 3, 4, 5]


def _scalars(folder: Path) -> list[int]:
    """Return the steps that TensorBoard shows of the train loss."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    assert [event.value for event in events.Scalars("train/loss")] == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0])
    assert [event.step for event in events.Scalars("eval/loss")] == [5]
    return [event.step for event in events.Scalars("train/loss")]
