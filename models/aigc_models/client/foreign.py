"""Prompts for servers that are not ours (vLLM, llama.cpp, Ollama …): FIM and token healing done on this side.

Such a server tokenizes the prompt as it stands. So the prompt is cut back to before its last word (and one space, which
tokenizers join to it) or white space, and the answer has to begin with what was cut off; one that does not is dropped.
"""

from __future__ import annotations

import re

from aigc_models.catalog import load_catalog
from aigc_models.fim import Context, FimTemplate, render, render_text
from aigc_models.types import CompletionRequest

_UNSURE_END = re.compile(r"(?:[^\S\n]?\w{1,32}|\n?[^\S\n]+|\n+)\Z")


class ForeignPrompt:
    """A prompt as text, further stop strings, and the check that the answer begins with what was cut off."""

    def __init__(self, text: str, cut: str, stop: tuple[str, ...]) -> None:
        self.text = text
        self.stop = stop
        self._expected = cut

    def accept(self, piece: str) -> str | None:
        """Return what of a streamed piece is new; None when the answer does not begin as it must."""
        taken = min(len(piece), len(self._expected))
        if piece[:taken] != self._expected[:taken]:
            return None
        self._expected = self._expected[taken:]
        return piece[taken:]


def foreign_prompt(request: CompletionRequest, model: str | None, adapter: str | None = None) -> ForeignPrompt:
    """Return the prompt for a model known by name; an unknown one is completed left to right.

    An adapter that is registered here by the name that the server knows it by brings its own template.
    """
    family = load_catalog().family_for(model) if model else None
    fim = _taught(adapter) or (family.fim if family else None)
    template = fim if request.suffix.strip() else None
    prefix, cut = request.prefix, ""
    found = _UNSURE_END.search(prefix) if request.heal else None
    if found and found.start() > 0:
        prefix, cut = prefix[: found.start()], found.group()
    stop = tuple(dict.fromkeys((*(fim.stop_tokens if fim else ()), *(family.stop_tokens if family else ()))))
    context = Context(request.context, request.comment, request.path)
    return ForeignPrompt(render_text(render(template, prefix, request.suffix, context)), cut, stop)


def fills_in(model: str | None, adapter: str | None = None) -> bool:
    """Tell whether a model known by name, or the adapter, was trained to fill in the middle."""
    family = load_catalog().family_for(model) if model else None
    return (family is not None and family.fim is not None) or _taught(adapter) is not None


def _taught(adapter: str | None) -> FimTemplate | None:
    if adapter is None:
        return None
    from aigc_models.adapters import AdapterError
    from aigc_models.store.adapters import find_adapter

    try:
        return find_adapter(adapter).manifest.fim
    except AdapterError:
        return None
