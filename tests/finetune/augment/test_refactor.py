"""Refactorings change the text, never what it does: each is proved, and run here on examples as well."""

from __future__ import annotations

import inspect
import random
import types
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aigc_finetune
from aigc_finetune.augment.refactor import Variants, refactored
from aigc_finetune.augment.refactor.proof import (
    same_branches,
    same_code,
    same_code_but_in_place,
    same_code_but_locals,
    same_definitions,
)
from aigc_finetune.augment.source import Source
from aigc_finetune.recipe import AugmentSection
from tests.finetune.encode.helpers import CODE, corpus_file

SAMPLE = '''"""Numbers and words."""

LIMIT = 3


def divide(total, /, parts=2, *, rest=0):
    count = 0
    found = []
    while total > parts:
        total = total - parts
        count = count + 1
        found.append(total)
    if not found:
        size = 0
    else:
        size = len(found)
    return count, total + rest, size


# How long words are.
def lengths(words):
    result = {}
    for word in words:
        if word in result:
            continue
        elif not word in ("a", "the"):
            result[word] = len(word)
        else:
            result[word] = -1
    pairs = [(name, number) for name, number in result.items()]
    return (pairs, f"{len(pairs)} 'words'")


def kind(value):
    if value < 0:
        raise ValueError("negative")
    else:
        text = "même"
        doubled = value * 2
    return text * doubled


def outer(value):
    seen = []

    def inner(step):
        seen.append(value + step)
        return len(seen)

    return inner(1) + inner(2), seen


class Words:
    """Words."""

    def __init__(self, words):
        self.words = words

    def first(self):
        chosen = self.words[0]
        return chosen

    # The last one.
    @property
    def last(self):
        chosen = self.words[-1]
        return chosen

    @staticmethod
    def joined(words, separator=" "):
        line = separator.join(words)
        return line
'''

CALLS: list[Callable[[dict[str, Any]], Any]] = [
    lambda names: names["divide"](11, parts=3),
    lambda names: names["divide"](1, rest=4),
    lambda names: names["lengths"](["a", "word", "the", "word"]),
    lambda names: names["kind"](2),
    lambda names: names["outer"](5),
    lambda names: names["Words"](["x", "y"]).first(),
    lambda names: names["Words"](["x", "y"]).last,
    lambda names: names["Words"].joined(["x", "y"], separator="-"),
    lambda names: sorted(name for name in vars(names["Words"]) if not name.startswith("__")),
    lambda names: str(inspect.signature(names["divide"]).replace(parameters=[])),
]


def results(text: str) -> list[Any]:
    names: dict[str, Any] = {}
    exec(compile(text, "sample", "exec", dont_inherit=True), names)
    found = [call(names) for call in CALLS]
    with pytest.raises(ValueError, match="negative"):
        names["kind"](-1)
    return found


def variants(text: str, kind: str, count: int = 30) -> set[str]:
    made = [refactored(Source(corpus_file(text)), kind, random.Random(seed), Counter()) for seed in range(count)]
    return {text for text in made if text is not None}


@pytest.mark.parametrize("kind", ["rename", "reorder", "forms"])
def test_variants_differ_and_do_the_same(kind: str) -> None:
    expected = results(SAMPLE)
    found = variants(SAMPLE, kind)
    assert len(found) > 8
    for text in found:
        assert text != SAMPLE
        assert results(text) == expected


def test_renaming_reaches_locals_and_positional_only_parameters() -> None:
    found = variants(SAMPLE, "rename", 80)
    assert any("def divide(total" not in text for text in found)
    for text in found:
        assert ", /, parts=2, *, rest=0):" in text
        assert "self.words" in text
        assert "def first(self)" in text
        assert "def outer(value)" in text
        assert "separator.join(words)" in text
    assert any("found = []" not in text for text in found)


@pytest.mark.parametrize(
    "body",
    [
        "    total = 1\n    return locals()\n",
        "    total = 1\n    return eval('total')\n",
        "    total = 1\n    exec('total')\n    return total\n",
        "    global total\n    total = 1\n    return total\n",
        "    import total\n    return total\n",
        "    return value\n",
        "    total = 1\n    return f'{total=}'\n",
    ],
)
def test_names_that_can_be_seen_stay(body: str) -> None:
    assert not variants(f"def f(value):\n{body}", "rename")


def test_definitions_that_need_each_other_keep_their_order() -> None:
    text = (
        "def one():\n    return 1\n\n\ndef two(value=one):\n    return value\n\n\n"
        "@register\ndef three():\n    return 3\n\n\ndef four(value=make()):\n    return 4\n\n\n"
        "def four():\n    return 5\n\n\ndef test_a():\n    pass\n\n\ndef test_b():\n    pass\n"
    )
    assert not variants(text, "reorder")


def test_setters_stay_behind_their_property() -> None:
    text = (
        "class A:\n    @property\n    def x(self):\n        return self._x\n\n    @x.setter\n"
        "    def x(self, value):\n        self._x = value\n\n    def a(self):\n        pass\n\n"
        "    def b(self):\n        pass\n"
    )
    found = variants(text, "reorder")
    assert len(found) == 1
    assert found.pop().index("def b") < text.index("def b")


def test_comments_move_with_their_definition_and_are_not_lost() -> None:
    for text in variants(SAMPLE, "reorder"):
        assert "# How long words are.\ndef lengths" in text
        assert "    # The last one.\n    @property\n    def last" in text
        assert sorted(text.split("\n")) == sorted(SAMPLE.split("\n"))


def test_forms_are_all_used() -> None:
    found = variants(SAMPLE, "forms", 60)
    for piece in (
        "'même'",
        "return (count, total + rest, size)",
        'return pairs, f"{len(pairs)}',
        'word not in ("a", "the")',
        "if found:\n        size = len(found)\n    else:\n        size = 0",
        "count += 1",
        "        else:\n            if not word in",
        '        raise ValueError("negative")\n    text = ',
    ):
        assert any(piece in text or piece.replace('"', "'") in text for text in found), piece
    assert all("total -= parts" not in text for text in found)  # what is passed may be anything


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    x = x + 1\n    return x\n",
        "def f(y):\n    x = 0\n    x = x + y\n    return x\n",
        "def f():\n    x = []\n    x = x + x\n    return x\n",
        "def f():\n    x = 0\n    for x in g():\n        x = x + 1\n    return x\n",
        "x = 0\nx = x + 1\n",
        "def f():\n    global x\n    x = 0\n    x = x + 1\n",
        "def f():\n    x = 0\n    y = g()\n    x = x + y\n",
        "def f():\n    x = 0\n    def g():\n        nonlocal x\n        x = ''\n    x = x + 1\n",
    ],
)
def test_in_place_updates_are_for_integers_only(text: str) -> None:
    assert not any("+=" in found for found in variants(text, "forms"))


@pytest.mark.parametrize(
    ("proof", "before", "after"),
    [
        (same_code, "x = 1\n", "x = 1.0\n"),
        (same_code, "x = 1\n", "x = True\n"),
        (same_code, "x = 0.0\n", "x = -0.0\n"),
        (same_code, "x = not a == b\n", "x = a != b\n"),
        (same_code, "x = (1, 2)\n", "x = (2, 1)\n"),
        (same_code, "def f(): return 'a'\n", "def f(): return 'b'\n"),
        (same_code, "def f(a): return a\n", "def f(b): return b\n"),
        (same_code, "x = 1\n", "x = (\n"),
        (same_code_but_locals, "def f(a): return a\n", "def f(b): return b\n"),
        (same_code_but_locals, "def f(*, a): return a\n", "def f(*, b): return b\n"),
        (same_code_but_locals, "def f():\n a = 1\n return b\n", "def f():\n b = 1\n return b\n"),
        (same_code_but_locals, "def f():\n a = 1\n b = 2\n return a\n", "def f():\n a = 1\n a = 2\n return a\n"),
        (same_code_but_locals, "def f():\n a = 1\n b = 2\n return a, b\n", "def f():\n a = 1\n b = 2\n return b, a\n"),
        (same_code_but_locals, "def f(x):\n return x.a\n", "def f(x):\n return x.b\n"),
        (same_code_but_locals, "def f(x):\n return g(a=x)\n", "def f(x):\n return g(b=x)\n"),
        (same_code_but_locals, "a = 1\n", "b = 1\n"),
        (same_definitions, "def f(): return 1\ndef g(): return 2\n", "def f(): return 2\ndef g(): return 1\n"),
        (same_definitions, "def f():\n a()\n b()\n", "def f():\n b()\n a()\n"),
        (same_definitions, "def f(x=1): pass\n", "def f(x=2): pass\n"),
        (same_code_but_in_place, "x += 1\n", "x = x - 1\n"),
        (same_code_but_in_place, "x += 1\n", "y = x + 1\n"),
        (same_branches, "if not a: b()\nelse: c()\n", "if a: b()\nelse: c()\n"),
        (same_branches, "if not a: b()\n", "if a: b()\n"),
        (same_branches, "if not a: b()\nelse: c()\n", "if a: c()\n"),
    ],
)
def test_proofs_refuse_what_differs(proof: Callable[[str, str], bool], before: str, after: str) -> None:
    assert not proof(before, after)
    assert proof(before, before) or before == after


@pytest.mark.parametrize(
    ("proof", "before", "after"),
    [
        (same_code, "x = 'a'\n\n\ny = (1)\n", 'x = "a"\ny = 1\n'),
        (same_code_but_locals, "def f(a, /):\n b = a\n return b\n", "def f(c, /):\n d = c\n return d\n"),
        (same_code_but_locals, "def f():\n a = 1\n return lambda: a\n", "def f():\n b = 1\n return lambda: b\n"),
        (same_definitions, "def f(): return 1\ndef g(): return 2\n", "def g(): return 2\ndef f(): return 1\n"),
        (same_code_but_in_place, "x += 1\n", "x = x + 1\n"),
        (same_branches, "if not a: b()\nelse: c()\n", "if a: c()\nelse: b()\n"),
    ],
)
def test_proofs_accept_what_is_the_same(proof: Callable[[str, str], bool], before: str, after: str) -> None:
    assert proof(before, after)


def test_what_is_not_proved_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_finetune.augment.refactor.reorder.same_definitions", lambda before, after: False)
    rejected: Counter[str] = Counter()
    for seed in range(9):
        assert refactored(Source(corpus_file(SAMPLE)), "reorder", random.Random(seed), rejected) is None
    assert rejected["reorder not proved"] > 3


@pytest.mark.parametrize("kind", ["rename", "reorder", "forms"])
def test_this_packages_own_files_stay_the_same_code(kind: str) -> None:
    rejected: Counter[str] = Counter()
    changed = 0
    for path in sorted(Path(aigc_finetune.__file__).parent.glob("augment/**/*.py")):
        text = path.read_text(encoding="utf-8")
        found = refactored(Source(corpus_file(text)), kind, random.Random(1), rejected)
        if found is not None:
            changed += 1
            assert isinstance(compile(found, "<file>", "exec"), types.CodeType)
    assert changed > 5


def test_other_languages_and_broken_code_are_left_alone() -> None:
    for kind in ("rename", "reorder", "forms"):
        assert refactored(Source(corpus_file("fn f() {}\n", "a.rs", "rust")), kind, random.Random(1), Counter()) is None
        broken = "def f(:\n    x = 1\n    return (x\n"
        assert refactored(Source(corpus_file(broken)), kind, random.Random(1), Counter()) is None


def test_samples_are_taken_from_variants_by_the_rates() -> None:
    config = AugmentSection(rename=0.3, reorder=0.3)
    found: Counter[str] = Counter()
    for seed in range(30):
        one = Variants(corpus_file(CODE + SAMPLE + f"# {seed}\n"), config, Counter())
        for source, count in one.shares(20, random.Random(seed)):
            found[source.variant] += count
    assert sum(found.values()) == 600
    assert 0.25 < found["reorder"] / 600 < 0.35
    assert 0.2 < found["rename"] / 600 < 0.35
    assert not found["forms"]
