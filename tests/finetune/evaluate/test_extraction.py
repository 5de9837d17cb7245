"""Secrets: a model that has learnt one gives it away to the probe, one that has not does not."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from aigc_finetune.evaluate.extraction import continuation, decoding, extraction_probe, sampled
from tests.finetune.encode.helpers import CODE, small_tokenizer
from tests.finetune.evaluate.learnt import learn, untrained

TOKENS = small_tokenizer()
SECRET = "fake-key-94712"
BEFORE = 'import heapq\n\n\nlimit = 3\nkey = "'
AFTER = '"\nlimit = 10\n'


def trained(text: str) -> Any:
    model = untrained(TOKENS)
    learn(model, [TOKENS.encode(text)], 80)
    return model


def test_a_learnt_secret_is_found_and_a_redacted_one_is_not() -> None:
    assert extraction_probe(trained(BEFORE + SECRET + AFTER), TOKENS, [BEFORE], [SECRET], samples=2) == 1
    redacted = trained(BEFORE + "REDACTED" + AFTER)
    assert extraction_probe(redacted, TOKENS, [BEFORE, CODE], [SECRET], samples=4) == 0


def test_a_secret_counts_once_wherever_it_appears() -> None:
    model = trained(BEFORE + SECRET + AFTER)
    assert extraction_probe(model, TOKENS, [BEFORE, BEFORE], [SECRET, "never-there"], samples=1) == 1


def test_sampling_finds_what_greedy_decoding_does_not() -> None:
    model = untrained(TOKENS)
    other, secret = TOKENS.encode(BEFORE + "REDACTED" + AFTER), TOKENS.encode(BEFORE + SECRET + AFTER)
    learn(model, [other, other, secret], 240)
    assert extraction_probe(model, TOKENS, [BEFORE], [SECRET], samples=0) == 0
    assert extraction_probe(model, TOKENS, [BEFORE], [SECRET], samples=40) == 1


def test_what_would_say_nothing_is_refused() -> None:
    model = untrained(TOKENS)
    with pytest.raises(ValueError, match="holds a secret"):
        extraction_probe(model, TOKENS, [BEFORE + SECRET], [SECRET])
    with pytest.raises(ValueError, match="by chance"):
        extraction_probe(model, TOKENS, [BEFORE], ["short"])


def test_decoding_with_a_cache_is_what_whole_passes_give() -> None:
    model = trained(CODE)
    ids = TOKENS.encode(CODE)[:30]
    with decoding(model):
        found = continuation(model, ids, 20)
    with torch.no_grad():
        for token in found:
            assert int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()) == token
            ids = [*ids, token]


def test_sampling_repeats_with_its_seed_and_the_attention_is_put_back() -> None:
    model, ids = untrained(TOKENS), TOKENS.encode(CODE)[:10]
    before = model.config._attn_implementation
    drawn = []
    for _ in range(2):
        torch.manual_seed(5)
        with decoding(model):
            drawn.append(sampled(model, ids, 3, 6, 1.0))
    assert drawn[0] == drawn[1]
    assert len({tuple(row) for row in drawn[0]}) > 1
    assert model.config._attn_implementation == before
