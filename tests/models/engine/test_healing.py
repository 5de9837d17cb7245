"""Token healing on a small vocabulary, where every case can be checked by eye, and with the fake runtime's logits."""

from __future__ import annotations

import queue

import numpy as np
import pytest

from aigc_models.engine.sampling import Sampler
from aigc_models.engine.sequence import Sequence
from aigc_models.engine.text_stream import TextStream
from aigc_models.engine.vocabulary import Vocabulary

PIECES = [b"", b"a", b"b", b" ", b"\n", b"\n ", b"\n  ", b"re", b"return", b" return", b"r", b"e", b":", b":\n"]
VOCABULARY = Vocabulary(PIECES, {"<end>": 0}, bos=None, eos=[0])


def _id(piece: bytes) -> int:
    return PIECES.index(piece)


@pytest.mark.parametrize(
    ("prompt", "kept", "healed"),
    [
        ([b"a", b"\n"], [b"a"], b"\n"),  # a newline could go on as "\n  "
        ([b"a", b"re"], [b"a"], b"re"),  # half a word
        ([b"a", b":", b"\n"], [b"a"], b":\n"),  # two tokens that are one when written in one go
        ([b"a", b"return"], [b"a", b"return"], b""),  # nothing longer begins so
        ([b"a", b"b"], [b"a", b"b"], b""),
        ([b"\n"], [], b"\n"),
        ([b"", b" "], [b""], b" "),  # never past a special token
    ],
)
def test_the_prompt_is_cut_back_to_a_sure_boundary(prompt: list[bytes], kept: list[bytes], healed: bytes) -> None:
    ids, taken = VOCABULARY.cut_for_healing([_id(piece) for piece in prompt])
    assert (ids, taken) == ([_id(piece) for piece in kept], healed)


def test_continuations_are_the_tokens_that_agree_with_the_wanted_bytes() -> None:
    found = {PIECES[index] for index in VOCABULARY.continuations(b"re")}
    assert found == {b"re", b"return", b"r"}


def test_generation_begins_with_the_healed_bytes_and_tells_only_what_follows() -> None:
    answers: queue.Queue[object] = queue.Queue()
    sequence = Sequence([_id(b"a")], b"re", 8, Sampler(0, 0, 1, None), TextStream((), b"re"), answers.put)
    logits = np.zeros(len(PIECES), dtype=np.float32)
    logits[_id(b"b")] = 9.0  # what the model would like best, but it does not begin with "re"
    logits[_id(b"return")] = 5.0
    assert sequence.advance(logits, VOCABULARY) is None
    assert sequence.tokens == [_id(b"a"), _id(b"return")]
    assert answers.get_nowait().text == "turn"  # type: ignore[attr-defined]
    sequence.advance(logits, VOCABULARY)
    assert answers.get_nowait().text == "b"  # type: ignore[attr-defined]


def test_healing_may_take_several_tokens() -> None:
    answers: queue.Queue[object] = queue.Queue()
    sequence = Sequence([_id(b"a")], b"re", 1, Sampler(0, 0, 1, None), TextStream((), b"re"), answers.put)
    logits = np.zeros(len(PIECES), dtype=np.float32)
    logits[_id(b"r")] = 9.0
    assert sequence.advance(logits, VOCABULARY) is None
    logits[_id(b"e")] = 10.0
    assert sequence.advance(logits, VOCABULARY) is None
    logits[_id(b"b")] = 11.0
    assert sequence.advance(logits, VOCABULARY) == "length"
    assert answers.get_nowait().text == "b"  # type: ignore[attr-defined]
