"""The trained model in the server: a dot product, and files that are not used."""

from __future__ import annotations

import json
import logging
import math
import subprocess
import sys

import pytest

from aigc_lsp.stats.features import KINDS, NAMES, SuggestionFeatures, TypingState, vector
from aigc_lsp.stats.gate import Gate, GateError, GateFile
from lsp_helpers.raw import environment

COUNT = len(NAMES)


def gate(**changes):
    values = {
        "names": NAMES, "means": (0.0,) * COUNT, "scales": (1.0,) * COUNT, "coefficients": (0.0,) * COUNT,
        "intercept": 0.0, "threshold": 0.5, "model": "m",
    }  # fmt: skip
    return Gate(**{**values, **changes})


def test_the_probability_is_the_logistic_function_of_a_dot_product():
    one = gate(means=(1.0,) * COUNT, scales=(2.0,) * COUNT, coefficients=(0.5, *(0.0,) * (COUNT - 1)), intercept=-1.0)
    assert one.probability((7.0,) * COUNT) == pytest.approx(1 / (1 + math.exp(-(0.5 * (7 - 1) / 2 - 1))))
    assert one.shows((5.0,) * COUNT)
    assert not one.shows((4.9,) * COUNT)


def test_what_is_not_known_counts_as_the_mean():
    one = gate(means=(3.0,) * COUNT, coefficients=(9.0,) * COUNT)
    assert one.probability((math.nan,) * COUNT) == 0.5


@pytest.mark.parametrize("huge", [1e300, -1e300])
def test_huge_numbers_do_no_harm(huge):
    assert gate(coefficients=(1.0,) * COUNT).probability((huge,) * COUNT) in (0.0, 1.0)


def test_a_saved_model_is_read_as_it_was(tmp_path):
    path = tmp_path / "new" / "gate.json"
    one = gate(
        coefficients=tuple(map(float, range(COUNT))), metrics={"auc": 0.7}, trained_at="2026-11-25T12:00:00+00:00"
    )
    one.save(path)
    assert Gate.load(path) == one
    assert [file.name for file in path.parent.iterdir()] == ["gate.json"]


def test_a_model_that_cannot_be_saved_leaves_the_old_one(tmp_path):
    path = tmp_path / "gate.json"
    gate().save(path)
    with pytest.raises(ValueError, match="JSON compliant"):
        gate(intercept=math.nan).save(path)
    assert Gate.load(path) == gate()
    assert [file.name for file in tmp_path.iterdir()] == ["gate.json"]


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"names": [*NAMES[:-1], "mood"]},
        {"names": list(reversed(NAMES))},
        {"means": [0.0] * (COUNT - 1)},
        {"coefficients": [float("nan")] * COUNT},
        {"coefficients": ["1"] * COUNT},
        {"scales": [0.0] * COUNT},
        {"intercept": None},
        {"threshold": 2.0},
        {"threshold": float("inf")},
        {"intercept": True},
    ],
    ids=lambda change: f"{next(iter(change))}={str(next(iter(change.values())))[:20]}",
)
def test_a_file_that_is_wrong_is_not_used_and_the_log_says_so_once(tmp_path, caplog, change):
    path = tmp_path / "gate.json"
    gate().save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(GateError):
        Gate.load(path)
    file = GateFile(path)
    with caplog.at_level(logging.WARNING, "aigc_lsp"):
        assert [file.current() for _ in range(3)] == [None] * 3
    assert len(caplog.records) == 1
    assert "is not used" in caplog.text


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"[" * 50_000, b" " * 100_000])
def test_damaged_files_are_not_used(tmp_path, content):
    path = tmp_path / "gate.json"
    path.write_bytes(content)
    with pytest.raises(GateError):
        Gate.load(path)


def test_no_file_is_no_model_and_no_message(tmp_path, caplog):
    assert GateFile(tmp_path / "gate.json").current() is None
    assert caplog.records == []


def test_judging_loads_no_framework():
    code = (
        "import sys, aigc_lsp.stats.gate, aigc_lsp.lsp.stats; print({'numpy', 'sklearn', 'sqlite3'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout.strip() == "set()"


def test_the_vector_has_a_number_for_each_name():
    made = SuggestionFeatures.of("a = 1\nb = 2", [-0.1, -2.0, -0.3], ["sibling", "weather", "sibling"])
    typing = TypingState.at("def f():\n    x", 14, pause_ms=99.0)
    numbers = dict(zip(NAMES, vector(made, typing, invoked=True), strict=True))
    assert numbers["mean_logprob"] == pytest.approx(-0.8)
    assert (numbers["min_logprob"], numbers["first_logprob"]) == (-2.0, -0.1)
    assert numbers["log_tokens"] == math.log1p(3)
    assert numbers["log_chars"] == math.log1p(11)
    assert numbers["log_lines"] == math.log1p(2)
    assert (numbers["context_sibling"], numbers["context_other"], numbers["context_definitions"]) == (1, 1, 0)
    assert numbers["log_pause_ms"] == pytest.approx(math.log1p(99))
    assert (numbers["fresh_line"], numbers["right_empty"], numbers["column"], numbers["invoked"]) == (0, 1, 2, 1)
    assert {f"context_{kind.replace('-', '_')}" for kind in KINDS} <= set(NAMES)


@pytest.mark.parametrize(
    ("text", "offset", "fresh", "empty", "column"),
    [
        ("", 0, True, True, 0),
        ("    ", 4, True, True, 1),
        ("x = )\ny", 4, False, False, 1),
        ("a\r\n  b\r\n", 6, False, True, 1),
        ("x" * 70, 70, False, True, 6),
        ("a\n\nb", 2, True, True, 0),
    ],
)
def test_the_typing_state_is_that_of_the_line(text, offset, fresh, empty, column):
    state = TypingState.at(text, offset)
    assert (state.fresh_line, state.right_empty, state.column) == (fresh, empty, column)
    assert math.isnan(state.pause_ms)
