"""Classes of tokens by syntax, and the figures of a classification."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_finetune.evaluate.classes import CLASSES, class_figures, classification, token_classes
from aigc_finetune.evaluate.reading import Reading
from aigc_plugins.syntax import language_for
from tests.finetune.encode.helpers import CODE, corpus_file, small_tokenizer
from tests.finetune.evaluate.learnt import learn, untrained


@pytest.mark.parametrize(
    ("language", "pieces", "expected"),
    [
        ("python", "def| f|(|a|):|\n    |return| a| +| 1.5", "KIOIOLKIOT"),
        ("python", "x| =| not| True|  # why", "IOKKC"),
        ("python", "s| =| '|two| words|'|\n", "IOTTTTL"),
        ("javascript", "const| x| =| null|;| // c", "KIOKOC"),
    ],
)
def test_a_token_has_the_class_of_its_leaf(language: str, pieces: str, expected: str) -> None:
    names = {"I": "identifier", "K": "keyword", "O": "operator", "T": "literal", "C": "comment", "L": "layout"}
    parts = [piece.encode() for piece in pieces.split("|")]
    reading = Reading(list(range(len(parts))), np.cumsum([0, *map(len, parts)]), b"".join(parts))
    known = language_for(language)
    assert known is not None
    found = [CLASSES[one] for one in token_classes(known, reading)]
    assert found == [names[letter] for letter in expected]


def test_the_figures_of_a_classification_by_hand() -> None:
    found = classification(np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]]), ("a", "b", "never"))
    assert found["accuracy"] == pytest.approx(11 / 14)
    assert found["by_class"]["a"]["precision"] == pytest.approx(8 / 9)
    assert found["by_class"]["a"]["recall"] == pytest.approx(0.8)
    assert found["by_class"]["b"]["f1"] == pytest.approx(2 * 0.6 * 0.75 / 1.35)
    assert found["macro"]["recall"] == pytest.approx((0.8 + 0.75) / 2)
    assert "never" not in found["by_class"]


def test_without_tokens_there_are_no_figures() -> None:
    found = class_figures(untrained(small_tokenizer()), small_tokenizer(), [corpus_file("words\n", "a.txt", "text")])
    assert (found["tokens"], found["accuracy"], found["macro"]["f1"]) == (0, None, None)


def test_a_model_that_learnt_knows_classes_better() -> None:
    tokenizer = small_tokenizer()
    model = untrained(tokenizer)
    before = class_figures(model, tokenizer, [corpus_file(CODE)], context_length=128, tokens=150)
    learn(model, [tokenizer.encode(CODE)], 60)
    after = class_figures(model, tokenizer, [corpus_file(CODE)], context_length=128, tokens=150)
    assert before["tokens"] == after["tokens"] == 150
    assert after["exact"] > before["exact"] + 0.3
    assert after["accuracy"] >= after["exact"]
    assert after["macro"]["f1"] > before["macro"]["f1"]
