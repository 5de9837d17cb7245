"""The show-or-hide model: what it learns from a record whose rule is known, and its figures against a pencil."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.util import find_spec

import pytest

from aigc_lsp.stats.features import NAMES
from aigc_lsp.stats.gate import EXPLORED
from aigc_lsp.stats.metrics import auc_error, measure, threshold_for
from aigc_lsp.stats.train import TrainingError, common_model, train, usable_entries
from stats_helpers import entry, synthetic

pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("sklearn", "numpy", "matplotlib")), reason="the extra report is missing"
)


@pytest.fixture(scope="module")
def report():
    return train(synthetic(1500))


def test_it_finds_the_rule_of_the_record(report):
    weights = dict(zip(NAMES, report.gate.coefficients, strict=True))
    assert report.auc > 0.8
    assert report.usable
    assert weights["mean_logprob"] + weights["min_logprob"] + weights["first_logprob"] > 0.5
    assert weights["log_pause_ms"] > 0.3
    assert weights["log_chars"] + weights["log_tokens"] < -0.3
    assert weights["invoked"] == weights["context_definitions"] == 0  # alike in all of them


def test_the_newest_are_held_out_in_order_of_time(report):
    assert (report.rows, report.held_out) == (1500, 375)
    newest = synthetic(1500)[-375:]
    assert report.held_out_wanted == sum(one.outcome == "accepted" for one in newest)


def test_no_held_out_suggestion_takes_part_in_the_training(report):
    # Turned around in the held-out part, the same model is as wrong as it was right.
    other = {"accepted": "dismissed", "dismissed": "accepted"}
    entries = synthetic(1500)
    turned = [*entries[:-375], *(replace(one, outcome=other[one.outcome]) for one in entries[-375:])]
    again = train(turned)
    assert again.gate.coefficients == report.gate.coefficients
    assert again.auc == pytest.approx(1 - report.auc)
    assert not again.usable


def test_the_threshold_keeps_what_was_asked_on_the_training_part():
    entries = synthetic(800)
    wanted = [one for one in entries[:-200] if one.outcome == "accepted"]
    for keep in (0.8, 0.95, 1.0):
        gate = train(entries, keep=keep).gate
        shown = sum(gate.shows(one.vector()) for one in wanted) / len(wanted)
        assert keep <= shown < keep + 2 / len(wanted)


def test_probabilities_are_calibrated_though_classes_are_weighted_alike():
    entries = synthetic(2000, seed=5, strength=0.6)
    rare = [one for n, one in enumerate(entries) if one.outcome == "dismissed" or n % 4 == 0]
    found = train(rare)
    share = sum(one.outcome == "accepted" for one in rare) / len(rare)
    predicted = [found.gate.probability(one.vector()) for one in rare]
    assert share < 0.3
    assert sum(predicted) / len(predicted) == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_coin_cannot_be_learnt(seed):
    found = train(synthetic(600, strength=0.0, seed=seed))
    assert 0.4 < found.auc < 0.6
    assert not found.usable


def test_the_error_of_an_auc_is_that_of_its_paper():
    # Its example: an area of 0.893 with 58 normal and 51 abnormal cases has a standard error of 0.032.
    assert auc_error(0.893, 51, 58) == pytest.approx(0.0325, abs=0.0001)


def test_unknown_log_probabilities_are_no_obstacle():
    entries = [
        replace(one, mean_logprob=None, min_logprob=None, first_logprob=None, tokens=0) if n % 2 else one
        for n, one in enumerate(synthetic(1500))
    ]
    found = train(entries)
    assert found.usable
    assert all(math.isfinite(number) for number in (*found.gate.coefficients, *found.gate.means, *found.gate.scales))
    nothing = [replace(one, mean_logprob=None, min_logprob=None, first_logprob=None, tokens=0) for one in entries]
    assert train(nothing).usable  # pause and length say enough


def test_what_was_shown_to_learn_from_stands_for_what_was_hidden():
    # Below the threshold only one in twenty is shown, and there the record's rule is turned around: weighted up, these
    # few teach the model what the others are like.
    entries = []
    for one in synthetic(1200, seed=3):
        low = one.mean_logprob < -0.7
        if not low:
            entries.append(one)
        elif one.number % round(1 / EXPLORED) == 0:
            entries.append(replace(one, explored=True, outcome="accepted"))
        elif one.number % 2:
            entries.append(replace(one, outcome="dismissed"))
    weighted = dict(zip(NAMES, train(entries).gate.coefficients, strict=True))
    plain = dict(zip(NAMES, train([replace(one, explored=False) for one in entries]).gate.coefficients, strict=True))
    assert weighted["mean_logprob"] < plain["mean_logprob"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "0 suggestions"),
        (synthetic(199), "199 suggestions"),
        ([entry(number=n, outcome="dismissed") for n in range(400)], "400 suggestions, 0 of them accepted"),
        ([entry(number=n, outcome="accepted" if n < 200 else "dismissed") for n in range(400)], "too much alike"),
        ([entry(number=n, outcome="accepted" if n >= 300 else "dismissed") for n in range(400)], "too much alike"),
    ],
    ids=["empty", "few", "one outcome", "held out alike", "older alike"],
)
def test_too_little_is_refused_with_the_reason(entries, message):
    with pytest.raises(TrainingError, match=message):
        train(entries)


def test_only_what_was_seen_and_ended_is_learnt_from():
    entries = [
        entry(number=1, outcome="accepted", offered_at=3.0),
        entry(number=2, outcome="typed", offered_at=1.0),
        entry(number=3, outcome="partial", offered_at=2.0),
        entry(number=4, outcome="accepted", told=False),
        entry(number=5, outcome="hidden", told=False),
        entry(number=6, outcome="shown"),
    ]
    assert [one.number for one in usable_entries(entries)] == [2, 3, 1]


def test_the_model_used_most_is_judged():
    assert common_model([entry(model="a"), entry(model="b"), entry(model="b")]) == "b"
    assert common_model([]) is None


# Wanted:          yes  yes  yes  no   no   no   no   yes
_LABELS = [1, 1, 1, 0, 0, 0, 0, 1]
_PROBABILITIES = [0.9, 0.8, 0.3, 0.6, 0.4, 0.2, 0.1, 0.5]


def test_metrics_are_those_of_a_pencil():
    # Shown at 0.5: 0.9 yes, 0.8 yes, 0.6 no, 0.5 yes. Three of four shown are wanted, three of four wanted are shown,
    # one of four unwanted is shown; six of eight are judged rightly.
    found = measure(_LABELS, _PROBABILITIES, 0.5)
    assert (found.precision, found.recall, found.f1) == (0.75, 0.75, 0.75)
    assert (found.accuracy, found.false_positives, found.hidden) == (0.75, 0.25, 0.5)


def test_weighted_metrics_are_those_of_a_pencil():
    # The unwanted suggestion at 0.6 counts for three others like it: shown are 3 wanted and 3 unwanted, of 4 and 6.
    found = measure(_LABELS, _PROBABILITIES, 0.5, [1, 1, 1, 3, 1, 1, 1, 1])
    assert (found.precision, found.recall) == (0.5, 0.75)
    assert found.false_positives == 0.5
    assert found.f1 == pytest.approx(0.6)
    assert (found.accuracy, found.hidden) == (0.6, 0.4)


def test_showing_nothing_or_everything_has_figures_too():
    nothing, everything = measure(_LABELS, _PROBABILITIES, 1.0), measure(_LABELS, _PROBABILITIES, 0.0)
    assert (nothing.precision, nothing.recall, nothing.hidden) == (0.0, 0.0, 1.0)
    assert (everything.precision, everything.recall, everything.hidden) == (0.5, 1.0, 0.0)


@pytest.mark.parametrize(("keep", "threshold"), [(1.0, 0.3), (0.75, 0.5), (0.6, 0.5), (0.5, 0.8), (0.1, 0.9)])
def test_the_highest_threshold_that_keeps_enough(keep, threshold):
    wanted = [p for p, label in zip(_PROBABILITIES, _LABELS, strict=True) if label]
    assert threshold_for(keep, wanted, [1.0] * len(wanted)) == threshold


def test_the_auc_and_the_roc_curve_fit_each_other(report):
    xs, ys = report.roc["false_positives"], report.roc["true_positives"]
    area = sum((xs[n + 1] - xs[n]) * (ys[n + 1] + ys[n]) / 2 for n in range(len(xs) - 1))
    assert area == pytest.approx(report.auc)
    assert (xs[0], ys[0], xs[-1], ys[-1]) == (0, 0, 1, 1)
