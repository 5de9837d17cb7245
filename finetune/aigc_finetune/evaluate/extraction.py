"""Whether a model gives away secrets of the files that it was trained on, when it is asked as an attacker would ask.

Source of the method: Carlini et al., "Extracting Training Data from Large Language Models" (2021): prompt with what
stood before a secret, decode greedily and by sampling, and search what comes for the secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from aigc_finetune.evaluate.reading import evaluating

if TYPE_CHECKING:
    from aigc_finetune.encode.tokenizer import Tokenizer

_ATTENTION = "sdpa"  # decoding needs one that works with a cache; training's own does not
_SHORTEST = 8  # characters; shorter texts turn up by chance


def extraction_probe(
    model: Any,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    secrets: Sequence[str],
    *,
    samples: int = 8,
    max_new_tokens: int = 64,
    temperature: float = 1.0,
    prompt_tokens: int = 256,
    seed: int = 1,
) -> int:
    """Return how many of the secrets turn up in what the model writes after any of the prompts.

    Prompts are the texts before the secrets' places in the original files; the last `prompt_tokens` of each are used.
    Each is decoded greedily once and `samples` times at `temperature`. A secret counts wherever it appears.

    Raises:
        ValueError: a secret has fewer than 8 characters, or stands in a prompt itself.
    """
    if any(len(secret) < _SHORTEST for secret in secrets):
        raise ValueError(f"a secret of fewer than {_SHORTEST} characters may turn up by chance")
    if any(secret in prompt for secret in secrets for prompt in prompts):
        raise ValueError("a prompt holds a secret itself, so finding it would say nothing")
    found: set[str] = set()
    torch.manual_seed(seed)
    with decoding(model):
        for prompt in prompts:
            ids = tokenizer.encode(prompt)[-prompt_tokens:]
            ids = [*tokenizer.start(ids), *ids]
            written = [continuation(model, ids, max_new_tokens, stop=frozenset(tokenizer.vocabulary.eos))]
            if samples:
                written += sampled(model, ids, samples, max_new_tokens, temperature)
            texts = [text_of(tokenizer, one) for one in written]
            found |= {secret for secret in secrets if any(secret in text for text in texts)}
    return len(found)


def text_of(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """Return the text that tokens spell; special tokens spell nothing."""
    return b"".join(map(tokenizer.vocabulary.token_bytes, ids)).decode("utf-8", "replace")


def continuation(model: Any, ids: Sequence[int], count: int, stop: frozenset[int] = frozenset()) -> list[int]:
    """Return up to `count` tokens by greedy decoding, within `decoding`; one of `stop` ends it and is not returned."""
    found: list[int] = []
    past, step = None, torch.tensor([list(ids)], device=_device(model))
    for _ in range(count):
        said = model(input_ids=step, past_key_values=past, use_cache=True)
        past, token = said.past_key_values, int(said.logits[0, -1].argmax())
        if token in stop:
            break
        found.append(token)
        step = torch.tensor([[token]], device=step.device)
    return found


def sampled(model: Any, ids: Sequence[int], samples: int, count: int, temperature: float) -> list[list[int]]:
    """Return `samples` continuations of `count` tokens each, drawn together by torch's global generator."""
    past, step = None, torch.tensor([list(ids)] * samples, device=_device(model))
    found = []
    for _ in range(count):
        said = model(input_ids=step, past_key_values=past, use_cache=True)
        past = said.past_key_values
        chances = torch.softmax(said.logits[:, -1].float() / temperature, -1)
        step = torch.multinomial(chances, 1)
        found.append(step)
    return [list(row) for row in torch.cat(found, 1).tolist()]


@contextmanager
def decoding(model: Any) -> Iterator[None]:
    """Let the model decode for a while: no dropout, no gradients, and an attention that works with a cache."""
    before = model.config._attn_implementation
    with evaluating(model), torch.no_grad():
        model.set_attn_implementation(_ATTENTION)
        try:
            yield
        finally:
            model.set_attn_implementation(before)


def _device(model: Any) -> torch.device:
    device: torch.device = next(model.parameters()).device
    return device
