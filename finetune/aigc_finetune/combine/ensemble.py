"""An ensemble of adapters: the mean of their next-token log probabilities. For evaluation; it costs a pass for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from aigc_finetune.export.loading import best_device, load_causal, load_tokenizer_of, manifest_for
from aigc_finetune.train.tokens import grow
from aigc_models.adapters import AdapterError
from aigc_models.store.types import ModelRef


class Ensemble:
    """Ask one base with several adapters at once; usable where a model of transformers is asked (`logits`).

    `weights` need not add up to 1. The adapters share the base's memory; they must add the same tokens.

    Raises:
        AdapterError: no adapter is named, the weights are not as many, or the added tokens differ.
    """

    def __init__(
        self,
        base: ModelRef,
        adapters: Sequence[Path],
        weights: Sequence[float] | None = None,
        device: torch.device | None = None,
    ) -> None:
        from peft import PeftModel

        shares = list(weights) if weights is not None else [1.0] * len(adapters)
        if not adapters or len(shares) != len(adapters) or sum(shares) <= 0:
            raise AdapterError("An ensemble needs adapters, and weights as many, with a sum above 0.")
        manifests = [manifest_for(base, folder) for folder in adapters]
        added = {one.added_tokens if one else () for one in manifests}
        if len(added) > 1:
            raise AdapterError("The adapters of an ensemble must add the same tokens.")
        model = load_causal(base, device or best_device())
        grow(model, base, next(iter(added)))
        self.tokenizer = load_tokenizer_of(base).with_added(next(iter(added)))
        self._shares = [share / sum(shares) for share in shares]
        self._names = [f"part{number}" for number in range(len(adapters))]
        self._model: Any = PeftModel.from_pretrained(model, str(adapters[0]), adapter_name=self._names[0])
        for name, folder in zip(self._names[1:], adapters[1:], strict=True):
            self._model.load_adapter(str(folder), adapter_name=name)
        self._model.eval()
        self.training = False

    def __call__(self, input_ids: torch.Tensor, use_cache: bool = False) -> Any:
        """Return an object whose `logits` are the mean log probabilities, (batch, T, V), for ids (batch, T)."""
        with torch.no_grad():
            parts = (share * self._logs(name, input_ids) for name, share in zip(self._names, self._shares, strict=True))
            return SimpleNamespace(logits=sum(parts, torch.zeros((), device=input_ids.device)))

    def _logs(self, name: str, input_ids: torch.Tensor) -> torch.Tensor:
        self._model.set_adapter(name)
        return torch.log_softmax(self._model(input_ids=input_ids, use_cache=False).logits.float(), -1)

    def logprobs(self, ids: Sequence[int]) -> torch.Tensor:
        """Return the log probabilities, not normalized, of what follows `ids`, shape (V,)."""
        device = next(self.parameters()).device
        found: torch.Tensor = self(torch.tensor([list(ids)], device=device)).logits[0, -1]
        return found

    def complete(self, prompt: str, max_tokens: int = 64, stop: Sequence[str] = ()) -> str:
        """Write on greedily until a token that ends the text, one of `stop` (left out), or `max_tokens`."""
        ids = self.tokenizer.encode(prompt)
        ids = [*self.tokenizer.start(ids), *ids]
        first, ends = len(ids), self.tokenizer.vocabulary.special | self.tokenizer.vocabulary.eos
        text = ""
        while len(ids) - first < max_tokens:
            token = int(self.logprobs(ids).argmax())
            if token in ends:
                break
            ids.append(token)
            pieces = [self.tokenizer.vocabulary.token_bytes(one) for one in ids[first:]]
            text = b"".join(pieces).decode("utf-8", "ignore")
            cuts = [text.index(one) for one in stop if one in text]
            if cuts:
                return text[: min(cuts)]
        return text

    def parameters(self) -> Any:
        """Yield the parameters of base and adapters."""
        return self._model.parameters()

    def eval(self) -> Ensemble:
        """Do nothing: it is never trained."""
        return self

    def train(self, _mode: bool = True) -> Ensemble:
        """Do nothing: it is never trained."""
        return self
