"""`aigc-lsp evaluate`, with the fake model in engines of its own: reports, comparisons, what is refused, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cli_helpers import Done

Run = Callable[..., Done]
RECORD = {"prompt": "def f(x):\n    y = x\n", "suffix": "    return y\n", "canonical_solution": "    y = 1\n"}
RIGHT = "fake?text=%20%20%20%20y%20%3D%201%0A"


def dataset(count: int = 4) -> Path:
    path = Path.cwd() / "lines.jsonl"
    path.write_text("".join(json.dumps({**RECORD, "task_id": str(number)}) + "\n" for number in range(count)))
    return path


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("nowhere.jsonl",), "does not exist"),
        (("lines.txt",), "no data set"),
        (("lines.jsonl", "--spans", "word"), "there are line, call, block, expression, cross-file"),
        (("lines.jsonl", "--k", "2"), "from 1 to --samples"),
        (("lines.jsonl", "--k", "x"), "numbers separated by commas"),
        (("lines.jsonl", "--set", "completion.max_token=1"), "Did you mean completion.max_tokens"),
        (("lines.jsonl", "--versus", "max_tokens"), "SECTION.KEY=VALUE"),
        (("lines.jsonl", "--json", "no/where.json"), "cannot be written"),
        ((".", "lines.jsonl"), "is a folder"),
        ((".",), "has no source file"),
    ],
)
def test_what_cannot_be_evaluated_is_said_before_a_model_is_loaded(
    aigc: Run, home: Path, args: tuple[str, ...], words: str
) -> None:
    dataset()
    Path("lines.txt").write_text("")
    done = aigc("evaluate", *args, "--model", "fake", "--cases", 2)
    assert done.status != 0
    assert words in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err
    assert "loading" not in done.err


def test_a_missing_model_is_status_3(aigc: Run, home: Path) -> None:
    assert aigc("evaluate", dataset()).status == 3


def test_html_without_its_package_is_refused_before_the_run(
    aigc: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aigc_lsp.evaluate.plots.find_spec", lambda name: None)
    done = aigc("evaluate", dataset(), "--model", "fake", "--html", "report.html")
    assert done.status == 1
    assert "pip install 'aigc-lsp[report]'" in done.err
    assert not Path("report.html").exists()


def test_two_models_over_the_same_cases_in_engines_of_their_own(command: Run, home: Path) -> None:
    done = command(
        "evaluate", dataset(), "--model", RIGHT, "--versus", "engine.model=fake",
        "--json", "out.json", "--details", "cases.jsonl", "--bootstrap", 100,
    )  # fmt: skip
    assert done.status == 0, done.err
    data = json.loads(Path("out.json").read_text())
    one, other = data["variants"]
    assert (one["metrics"]["exact"]["value"], other["metrics"]["exact"]["value"]) == (1, 0)
    assert data["comparison"]["difference"]["exact"]["low"] == 1
    assert one["metrics"]["perplexity"]["value"] < other["metrics"]["perplexity"]["value"]
    assert len(Path("cases.jsonl").read_text().splitlines()) == 8
    assert "exact match" in done.out
    assert "A ÷ B" in done.out
    assert "asking 4/4" in done.err
    assert command("engine", "status").status == 4  # the editors' engine was not touched


def test_json_on_standard_output_is_all_there_is(command: Run, home: Path) -> None:
    done = command("evaluate", dataset(), "--model", "fake", "--cases", 2, "--samples", 3, "--k", "1,3", "--json", "-")
    assert done.status == 0, done.err
    assert done.json["cases"] == 2
    assert done.json["variants"][0]["answers"] == 6
    assert {"exact@1", "exact@3"} <= set(done.json["variants"][0]["metrics"])


def test_text_that_is_no_unicode_does_not_lose_the_report(command: Run, home: Path) -> None:
    pytest.importorskip("matplotlib")
    path = Path.cwd() / "odd.jsonl"
    path.write_text(json.dumps({**RECORD, "canonical_solution": "x = '\ud800'"}) + "\n")
    done = command("evaluate", path, "--model", "fake", "--details", "cases.jsonl", "--html", "report.html")
    assert done.status == 0, done.err
    assert json.loads(Path("cases.jsonl").read_text())["reference"] == "x = '\ud800'"
    assert Path("report.html").read_text().startswith("<!doctype html>")


def test_the_editors_engine_is_used_where_the_settings_are_theirs(command: Run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text(f'[engine]\nmodel = "{RIGHT}"\n')
    done = command("evaluate", dataset(), "--cases", 2, "--set", "completion.max_tokens=64", "--json", "-")
    assert done.status == 0, done.err
    assert done.json["variants"][0]["metrics"]["exact"]["value"] == 1
    assert command("engine", "status").status == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends children of a dead process on Linux only")
def test_an_evaluation_that_is_killed_leaves_no_engine_behind(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", "evaluate", str(dataset(50)), "--model", f"{RIGHT}&step_ms=50"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        assert any(line.startswith("asking") for line in process.stderr)
        [engine] = psutil.Process(process.pid).children()
        assert "serve" in engine.cmdline()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    engine.wait(10)


def test_ctrl_c_reports_what_was_done(home: Path) -> None:
    arguments = ["evaluate", str(dataset(200)), "--cases", "0", "--model", f"{RIGHT}&step_ms=5", "--json", "out.json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("asking 20/200"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    data = json.loads(Path("out.json").read_text())
    assert 0 < data["cases"] < data["asked"] == 200
    assert f"Interrupted: {data['cases']} of 200" in err
    assert "exact match" in out


def test_only_held_out_files_are_masked_and_copying_stands_beside(aigc: Run, home: Path) -> None:
    for name in ("a", "b", "c"):
        Path(f"{name}.py").write_text(f"def f(x):\n    y = 1\n    {name} = y\n    return {name}\n")
    Path("held.txt").write_text("a.py\nb.py\n")
    done = aigc("evaluate", ".", "--files", "held.txt", "--spans", "line", "--cases", 0, "--model",
                "fake?text=y%20%3D%201%0A", "--bootstrap", 50, "--json", "-")  # fmt: skip
    assert done.status == 0, done.err
    data = json.loads(done.out)
    assert (data["held_out"], data["files"], data["cases"], data["resampled"]) == (2, 2, 6, "files")
    assert data["copy"]["exact"]["value"] == pytest.approx(2 / 6, abs=1e-4)  # `y = 1` follows `def f(x):` in c.py
    assert data["novel"]["cases"] == 4
    refused = aigc("evaluate", dataset(), "--files", "held.txt", "--model", "fake")
    assert refused.status != 0
    assert "--files goes with one folder" in " ".join(refused.err.replace("│", " ").split())
