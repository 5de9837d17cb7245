"""Lines, positions and encodings, against an oracle that computes them anew each time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_plugins.document import Document
from aigc_plugins.text import LineIndex, PositionError, join_surrogates

CHARS = "ab \t\r\n\f\u000b\u0085\u2028\u2029é\u0301あ😀𐍈\ud83d\ude00\udc00"
TEXT = st.text(alphabet=CHARS, max_size=40)
ENCODINGS = ["utf-8", "utf-16", "utf-32"]
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def oracle_starts(text: str) -> list[int]:
    return [0, *(m.end() for m in re.finditer("\r\n|\r|\n", text))]


def oracle_position(text: str, offset: int, encoding: str) -> tuple[int, int]:
    line = sum(1 for start in oracle_starts(text)[1:] if start <= offset)
    start = oracle_starts(text)[line]
    content = re.split("[\r\n]", text[start:])[0]
    codec, size = CODECS[encoding]
    return line, len(content[: offset - start].encode(codec, "surrogatepass")) // size


@settings(max_examples=300, deadline=None)
@given(TEXT, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), TEXT), max_size=8))
def test_random_edits_keep_the_lines_of_an_oracle(text: str, edits: list[tuple[int, int, str]]) -> None:
    index = LineIndex(text)
    for a, b, new in edits:
        start, end = sorted((min(a, len(text)), min(b, len(text))))
        text = text[:start] + new + text[end:]
        index.edit(start, end, new)
        assert index.text == text
        assert [index.span(i)[0] for i in range(index.line_count)] == oracle_starts(text)
        for offset in {0, start, len(text), len(text) // 2}:
            assert index.position(offset, "utf-16") == oracle_position(text, offset, "utf-16")


@settings(max_examples=200, deadline=None)
@given(TEXT, st.sampled_from(ENCODINGS))
def test_every_offset_survives_the_round_trip(text: str, encoding: str) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        line, character = index.position(offset, encoding)
        assert (line, character) == oracle_position(text, offset, encoding)
        if not text[:offset].endswith("\r") or not text[offset:].startswith("\n"):
            assert index.offset(line, character, encoding) == offset


@settings(max_examples=300, deadline=None)
@given(TEXT, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), TEXT), max_size=6))
def test_a_utf16_client_and_the_document_stay_equal(text: str, edits: list[tuple[int, int, str]]) -> None:
    """The client counts code units and may cut a pair in two; both must hold the same units ever after."""
    document = Document("untitled:x", "", text)
    units = _units(text)
    for a, b, new in edits:
        start, end = sorted((min(a, len(units)), min(b, len(units))))
        places = [_place(units, start), _place(units, end)]
        start, end = (_unit_offset(units, *place) for place in places)
        document.apply_range(places[0], places[1], new, "utf-16")
        units = units[:start] + _units(new) + units[end:]
        assert _units(document.text) == units
        assert join_surrogates(document.text) == document.text


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(data[i : i + 2], "little") for i in range(0, len(data), 2)]


def _line_starts(units: list[int]) -> list[int]:
    return oracle_starts("".join(map(chr, units)))


def _place(units: list[int], offset: int) -> tuple[int, int]:
    starts = _line_starts(units)
    line = sum(1 for start in starts[1:] if start <= offset)
    return line, offset - starts[line]


def _unit_offset(units: list[int], line: int, character: int) -> int:
    start = _line_starts(units)[line]
    content = re.split("[\r\n]", "".join(map(chr, units[start:])))[0]
    return start + min(character, len(content))


@pytest.mark.parametrize("char", ["\f", "\u000b", "\u0085", "\u2028", "\u2029", "\x1c"])
def test_only_lf_crlf_and_cr_end_lines(char: str) -> None:
    assert LineIndex(f"a{char}b\nc\r\nd\re").line_count == 4


@pytest.mark.parametrize(
    ("encoding", "character"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)], ids=["bytes", "units", "code points"]
)
def test_an_emoji_counts_by_encoding(encoding: str, character: int) -> None:
    index = LineIndex("😀x")
    assert index.position(1, encoding) == (0, character)
    assert index.offset(0, character, encoding) == 1


def test_a_position_inside_a_pair_goes_back_to_its_start() -> None:
    assert LineIndex("a😀b").offset(0, 2, "utf-16") == 1
    assert LineIndex("a😀b").offset(0, 3, "utf-8") == 1


def test_a_character_past_the_end_is_the_end_of_the_line() -> None:
    index = LineIndex("ab\r\ncd")
    assert index.offset(0, 99) == 2
    assert index.offset(1, 99) == 6


def test_the_line_after_the_last_is_the_end_of_the_text() -> None:
    assert LineIndex("a\nb").offset(2, 0) == 3


@pytest.mark.parametrize("position", [(3, 0), (-1, 0), (0, -1)])
def test_a_position_that_is_not_there_raises(position: tuple[int, int]) -> None:
    with pytest.raises(PositionError):
        LineIndex("a\nb").offset(*position)


@pytest.mark.parametrize(("start", "end"), [(2, 1), (0, 9), (-1, 1)])
def test_a_bad_range_changes_nothing(start: int, end: int) -> None:
    document = Document("untitled:x", "python", "abc", 7)
    with pytest.raises(PositionError):
        document.apply(start, end, "x")
    assert (document.text, document.version) == ("abc", 7)


def test_a_reversed_range_of_positions_raises() -> None:
    document = Document("untitled:x", "python", "a\nb", 1)
    with pytest.raises(PositionError, match="reversed"):
        document.apply_range((1, 0), (0, 0), "x")
    assert document.text == "a\nb"


def test_halves_of_a_pair_typed_one_by_one_become_one_character() -> None:
    document = Document("untitled:x", "python", "ab")
    document.apply(1, 1, "\ud83d")
    document.apply(2, 2, "\ude00")
    assert document.text == "a😀b"


def test_line_index_far_below_an_edit_stays_right() -> None:
    index = LineIndex("line\n" * 1000)
    index.edit(2500, 2500, "xx\n")
    index.edit(10, 15, "")
    index.edit(4000, 4000, "\n\n")
    assert [index.span(i)[0] for i in range(index.line_count)] == oracle_starts(index.text)
