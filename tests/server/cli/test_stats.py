"""`aigc-lsp stats`: tables, plots, files, and training, from a record that a test has written."""

from __future__ import annotations

import csv
import json
import sys
import time
from dataclasses import replace
from importlib.util import find_spec

import pytest

from aigc_lsp.cli import stats_tables
from aigc_lsp.stats.gate import Gate
from aigc_lsp.stats.store import Store
from aigc_lsp.stats.summary import daily, quantile, summarize
from stats_helpers import entry, synthetic

needs_report = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("sklearn", "numpy", "matplotlib")), reason="the extra report is missing"
)


@pytest.fixture
def record(home):
    """Give a function that puts entries into the user's record."""

    def write(entries):
        store = Store(home / "data" / "suggestions.db")
        store.write(entries)
        store.close()

    return write


def some(now):
    """Return a record of six suggestions that a pencil can sum up."""
    return [
        entry(number=1, offered_at=now - 500, latency_ms=100, outcome="accepted", accepted_chars=10, kept_chars=8),
        entry(number=2, offered_at=now - 400, latency_ms=200, outcome="partial", accepted_chars=10, kept_chars=4),
        entry(number=3, offered_at=now - 300, latency_ms=300, outcome="dismissed", language="go"),
        entry(number=4, offered_at=now - 200, latency_ms=400, outcome="typed", model="n"),
        entry(number=5, offered_at=now - 100, latency_ms=500, outcome="shown"),
        entry(number=6, offered_at=now - 50, latency_ms=900, outcome="hidden", told=False),
        entry(number=7, offered_at=now - 40, latency_ms=600, outcome="accepted", told=False, accepted_chars=5),
    ]


def test_sums_are_those_of_a_pencil():
    found = summarize(some(1000.0))
    assert (found.shown, found.accepted, found.partial, found.typed, found.dismissed) == (5, 1, 1, 1, 1)
    assert (found.open, found.hidden, found.unreported) == (1, 1, 1)
    assert found.acceptance == 2 / 5
    assert (found.accepted_chars, found.kept_chars, found.kept_share) == (25, 12, 12 / 20)
    assert (found.p50_ms, found.p95_ms) == (350.0, 575.0)


def test_quantiles_lie_between_the_numbers():
    assert quantile([], 0.5) is None
    assert quantile([7], 0.95) == 7
    assert [quantile([1, 2, 3, 4], share) for share in (0, 0.5, 1)] == [1, 2.5, 4]


def test_days_without_suggestions_are_days():
    day = 86_400
    assert [one.shown for one in daily([entry(offered_at=0.0), entry(offered_at=3.0 * day)]).values()] == [1, 0, 0, 1]


def test_an_empty_record_says_how_it_fills_and_makes_no_file(aigc, home):
    done = aigc("stats")
    assert (done.status, done.out) == (0, "")
    assert "Nothing is recorded" in done.err
    assert "stats.enabled" in done.err
    assert aigc("stats", "--json").json["all"]["shown"] == 0
    assert not (home / "data").exists()


def test_the_table_has_all_languages_and_models(aigc, record):
    record(some(time.time()))
    done = aigc("stats")
    assert done.status == 0
    lines = {line.split()[0]: line.split() for line in done.out.splitlines() if line}
    assert set(lines) == {"shown", "all", "python", "go", "m", "n"}
    assert lines["all"][1:8] == ["5", "1", "1", "1", "1", "1", "40.0"]
    assert lines["go"][1] == "1"
    assert "1 more accepted, in an editor that does not say what it shows" in done.err


def test_what_is_shown_can_be_narrowed(aigc, record):
    now = time.time()
    record([*some(now), entry(number=8, offered_at=now - 3 * 86_400)])
    assert aigc("stats", "--json").json["all"]["shown"] == 6
    assert aigc("stats", "--json", "--days", 1).json["all"]["shown"] == 5
    narrowed = aigc("stats", "--json", "--language", "python", "--model", "m", "--days", "1").json
    assert (narrowed["all"]["shown"], list(narrowed["languages"])) == (3, ["python"])
    assert "for that" in aigc("stats", "--language", "cobol").err


def test_bars_are_for_a_terminal(monkeypatch, capsys):
    days = daily([entry(offered_at=0.0), entry(offered_at=86_400.0), entry(offered_at=86_401.0)])
    stats_tables.bars(days)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    stats_tables.bars(days)
    assert "▅█" in capsys.readouterr().out
    assert stats_tables.spark([0, 1, 8], 8) == " ▂█"


@needs_report
@pytest.mark.parametrize(("name", "begins"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG")])
def test_a_plot_is_drawn(aigc, record, tmp_path, name, begins):
    record(some(time.time()))
    assert aigc("stats", "--plot", tmp_path / name).status == 0
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(("name", "why"), [("a.txt", "not a format"), ("nowhere/a.svg", "no folder")])
def test_a_plot_that_cannot_be_is_refused_before_any_work(aigc, tmp_path, name, why):
    done = aigc("stats", "--plot", tmp_path / name)
    assert (done.status, done.out) == (1, "")
    assert why in done.err


def test_export_writes_what_is_recorded(aigc, record, tmp_path):
    record(some(time.time()))
    assert aigc("stats", "export", tmp_path / "a.csv").status == 0
    assert aigc("stats", "export", tmp_path / "a.jsonl", "--language", "go").status == 0
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == [one.outcome for one in some(0.0)]
    (line,) = (tmp_path / "a.jsonl").read_text().splitlines()
    assert json.loads(line)["language"] == "go"
    assert aigc("stats", "export", tmp_path / "a.xlsx").status == 1
    assert aigc("stats", "export", tmp_path / "no" / "a.csv").status == 1
    assert sorted(file.name for file in tmp_path.glob("a.*")) == ["a.csv", "a.jsonl"]


def test_clearing_asks_first(aigc, record, monkeypatch):
    assert "Nothing is recorded" in aigc("stats", "clear").err
    record(some(time.time()))
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert aigc("stats", "clear").status == 1
    assert aigc("stats", "--json").json["all"]["shown"] == 5
    assert aigc("stats", "clear", "--yes").status == 0
    assert aigc("stats", "--json").json["all"]["shown"] == 0


def test_a_damaged_record_is_named_and_can_be_cleared(aigc, home):
    (home / "data").mkdir(parents=True)
    (home / "data" / "suggestions.db").write_bytes(b"no database " * 500)
    done = aigc("stats")
    assert done.status == 1
    assert "is damaged" in done.err
    assert "stats clear" in done.err
    assert aigc("stats", "clear", "--yes").status == 0
    assert aigc("stats").status == 0


@needs_report
def test_training_reports_saves_and_is_undone(aigc, record, home, tmp_path):
    record(synthetic(800))
    done = aigc("stats", "train", "--plot", tmp_path / "model.svg")
    assert done.status == 0, done.err
    for word in ("AUC", "precision", "recall", "F1", "show threshold", "mean_logprob"):
        assert word in done.out
    assert (tmp_path / "model.svg").stat().st_size > 1000
    path = home / "data" / "show-or-hide.json"
    gate = Gate.load(path)
    assert gate.model == "m"
    assert gate.metrics["auc"] > 0.75
    report = aigc("stats", "train", "--json", "--keep", "0.9").json
    assert report["saved"] == str(path)
    assert report["gate"]["threshold"] > gate.threshold
    assert {"auc", "roc", "at_threshold", "calibration", "coefficients"} <= set(report)
    assert aigc("stats", "train", "--reset").status == 0
    assert not path.exists()
    assert "No model is trained" in aigc("stats", "train", "--reset").err


@needs_report
def test_what_is_no_better_than_chance_is_saved_by_force_only(aigc, record, home):
    record(synthetic(600, strength=0.0))
    path = home / "data" / "show-or-hide.json"
    done = aigc("stats", "train")
    assert done.status == 1
    assert "may be chance" in done.err
    assert "AUC" in done.out
    assert not path.exists()
    assert aigc("stats", "train", "--force").status == 0
    assert path.exists()


@needs_report
def test_too_little_is_refused(aigc, record):
    record(some(time.time()))
    done = aigc("stats", "train")
    assert (done.status, done.out) == (1, "")
    assert "Too little to learn from" in done.err


@needs_report
def test_one_models_suggestions_at_a_time(aigc, record):
    record([*synthetic(500), *(replace(one, session="t", model="n") for one in synthetic(300, seed=2))])
    assert aigc("stats", "train", "--json").json["rows"] == 500
    report = aigc("stats", "train", "--json", "--model", "n").json
    assert (report["rows"], report["gate"]["model"]) == (300, "n")


def test_without_the_extra_it_is_named(aigc, record, monkeypatch):
    record(synthetic(300))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = aigc("stats", "train")
    assert done.status == 1
    assert "aigc-lsp[report]" in done.err
