"""Bytes to text: whole characters only, healed bytes left out, stop strings found across pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_models.engine.text_stream import TextStream


def _all(stream: TextStream, pieces: list[bytes]) -> str:
    return "".join(stream.feed(piece) for piece in pieces) + stream.finish()


@given(st.text(), st.integers(1, 5))
def test_any_split_of_the_bytes_gives_the_same_text(text: str, width: int) -> None:
    raw = text.encode()
    assert _all(TextStream((), b""), [raw[at : at + width] for at in range(0, len(raw), width)]) == text


def test_no_piece_ends_within_a_character() -> None:
    stream = TextStream((), b"")
    assert [stream.feed(bytes([value])) for value in "é".encode()] == ["", "é"]


def test_an_unfinished_character_at_the_end_is_dropped() -> None:
    assert _all(TextStream((), b""), [b"ab", "日".encode()[:2]]) == "ab"


@pytest.mark.parametrize("pieces", [[b"one\n\ntwo"], [b"one\n", b"\ntwo"], [b"o", b"ne", b"\n", b"\n", b"two"]])
def test_the_text_ends_before_a_stop_string(pieces: list[bytes]) -> None:
    stream = TextStream(("\n\n", "zzz"), b"")
    assert _all(stream, pieces) == "one"
    assert stream.stopped


def test_the_beginning_of_a_stop_string_is_held_back_until_it_is_sure() -> None:
    stream = TextStream(("END",), b"")
    assert stream.feed(b"aEN") == "a"
    assert stream.feed(b"x") == "ENx"


@given(st.text(min_size=1), st.text(), st.integers(1, 4))
def test_healed_bytes_are_left_out(healed: str, rest: str, width: int) -> None:
    raw = (healed + rest).encode()
    stream = TextStream((), healed.encode())
    assert _all(stream, [raw[at : at + width] for at in range(0, len(raw), width)]) == rest
