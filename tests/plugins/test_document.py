"""Documents: incremental trees equal fresh ones, snapshots do not change, large files stay fast to edit."""

from __future__ import annotations

import random
import statistics
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_plugins.document import Document
from aigc_plugins.syntax import SyntaxTree, bundled_languages, language_for

BLOCK = "def function_{i}(x):\n    y = x + {i}\n    if y:\n        return call(y, 'é😀')\n    return x\n\n\n"
PIECES = ["x", "(", ")", "\n", "    ", "def f():\n", "'", '"""', "é", "😀", "\ud800", "\r\n", ":", "return 1", "#", ""]


def test_snapshot_keeps_its_version_when_the_document_goes_on() -> None:
    document = Document("file:///a.py", "python", "x = 1\n", 1)
    before = document.snapshot()
    document.apply(0, 1, "y")
    after = document.snapshot()
    assert (before.text, before.version) == ("x = 1\n", 1)
    assert (after.text, after.version) == ("y = 1\n", 2)
    assert before.tree is not None
    assert before.tree.root.text == b"x = 1\n"


def test_replace_takes_the_version_given() -> None:
    document = Document("file:///a.py", "python", "x", 1)
    document.replace("def f(): pass\n", version=9)
    assert document.version == 9
    assert document.tree is not None
    assert document.tree.root.child(0).type == "function_definition"  # type: ignore[union-attr]


def test_language_comes_from_the_path_where_the_id_is_unknown() -> None:
    snapshot = Document("file:///home/me/a%20b.rs", "whatever", "fn main() {}").snapshot()
    assert snapshot.language is not None
    assert snapshot.language.name == "rust"
    assert str(snapshot.path) == "/home/me/a b.rs"


def test_unknown_language_has_no_tree() -> None:
    document = Document("untitled:1", "klingon", "x")
    assert document.tree is None
    assert document.snapshot().region(0) is None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), st.sampled_from(PIECES)), max_size=12))
def test_incremental_tree_equals_a_fresh_one(edits: list[tuple[int, int, str]]) -> None:
    document = Document("file:///a.py", "python", BLOCK.format(i=1) * 3)
    for at, length, new in edits:
        start = min(at, len(document.text))
        document.apply(start, min(start + length, len(document.text)), new)
        assert document.tree is not None
        if at % 2:
            _ = document.tree.root
    tree, language = document.tree, language_for("python")
    assert tree is not None
    assert language is not None
    assert str(tree.root) == str(SyntaxTree(language, document.text).root)


@pytest.mark.parametrize("language", [lang.name for lang in bundled_languages()])
def test_every_grammar_loads_and_survives_lone_surrogates(language: str) -> None:
    document = Document("untitled:x", language, "a \ud800 = '\udc00' \ud83d\n{ 😀")
    assert document.tree is not None
    assert document.tree.root.end_byte > 0
    document.apply(2, 3, "b")
    assert document.tree.root.end_byte > 0


def test_region_of_a_large_file_is_definitions_around_the_cursor() -> None:
    text = "".join(BLOCK.format(i=i) for i in range(3000))
    document = Document("file:///a.py", "python", text)
    at = text.index("def function_1500(")
    region = document.snapshot().region(at)
    assert region is not None
    assert region.start < at < region.end
    assert len(region.tree.text) < 40_000
    assert region.tree.text.startswith("def ")
    assert region.tree.errors() == 0


def test_region_follows_edits_before_inside_and_across() -> None:
    document = Document("file:///a.py", "python", "".join(BLOCK.format(i=i) for i in range(3000)))
    rng = random.Random(5)
    for step in range(60):
        at = document.text.find("def function_15") if step % 7 else rng.randrange(len(document.text))
        region = document.snapshot().region(at)
        assert region is not None
        assert region.tree.text == document.text[region.start : region.end]
        start = rng.choice([10, at + 5, at + rng.randrange(8000), max(at - 9000, 0)])
        start = min(start, len(document.text))
        document.apply(start, min(start + rng.choice([0, 0, 3]), len(document.text)), rng.choice(["# a\n", "", "zz"]))


def test_a_keystroke_in_a_megabyte_is_fast() -> None:
    """p95 is measured in the benchmark; here the median has room for a busy machine."""
    text = "".join(BLOCK.format(i=i) for i in range(12_000))
    assert len(text.encode()) > 1_000_000
    document = Document("file:///a.py", "python", text)
    at = text.index("return x", len(text) // 2)
    times = []
    for i, char in enumerate("some_value = compute(1, 2)\n    " * 3):
        begin = time.perf_counter()
        line = document.lines.position(at + i)
        document.apply_range(line, line, char)
        region = document.snapshot().region(at + i)
        assert region is not None
        assert region.tree.root.end_byte > 0
        times.append(time.perf_counter() - begin)
    assert statistics.median(times) < 0.010
