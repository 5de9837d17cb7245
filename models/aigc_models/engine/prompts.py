"""From a request to token ids: the family's FIM template, chat template, token healing. It runs no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from aigc_models.catalog import Family, load_catalog
from aigc_models.engine.runtimes.base import Runtime
from aigc_models.engine.sampling import Sampler
from aigc_models.engine.sequence import ScoreSequence, Sequence, Sink
from aigc_models.engine.text_stream import TextStream
from aigc_models.engine.vocabulary import Vocabulary
from aigc_models.fim import Context, FimTemplate, Segment, Special, Text, detect, render
from aigc_models.types import ChatRequest, CompletionRequest, EngineRequestError

AnySequence = TypeVar("AnySequence", bound=Sequence)


@dataclass(frozen=True, slots=True)
class Adapted:
    """What an adapter changes about prompts.

    `key` is what the runtime knows it by, None where it is merged into the weights. `fim` None leaves the base's.
    """

    key: str | None
    vocabulary: Vocabulary
    fim: FimTemplate | None = None


class Prompter:
    """Write prompts for one loaded model. `family` is a catalog name, or None to ask the tokenizer."""

    def __init__(self, runtime: Runtime, family: str | None, model_id: str, adapted: Adapted | None = None) -> None:
        self._vocabulary = runtime.vocabulary if adapted is None else adapted.vocabulary
        self.adapter = adapted.key if adapted is not None else None
        known = load_catalog().family_for(family or model_id)
        self._chat_template = runtime.chat_template or _known_template(known)
        taught = adapted.fim if adapted is not None else None
        self.fim = taught or _fim_for(self._vocabulary, known)
        stops = known.stop_tokens if known else self.fim.stop_tokens if self.fim else ()
        if taught is not None:
            stops = tuple(dict.fromkeys((*taught.stop_tokens, *stops)))
        present = self._vocabulary.special_ids
        # Special tokens end an answer by their ids; the model may also spell those that its vocabulary lacks.
        self._stop_texts = tuple(token for token in stops if token not in present)
        names = {number: token for token, number in sorted(present.items(), reverse=True)}
        self._bos_token = names.get(self._vocabulary.bos, "") if self._vocabulary.bos is not None else ""
        self._eos_token = next((names[number] for number in sorted(self._vocabulary.eos) if number in names), "")

    def completion(self, request: CompletionRequest, sink: Sink) -> Sequence:
        """Return the sequence of a completion request.

        With a FIM template and a suffix the prompt asks for the middle; otherwise it ends with the prefix. Either way
        the prefix is cut back to a token boundary, and the answer must begin with what was cut off.
        """
        ids, healed = self._prompt(request)
        return self._sequence(ids, healed, request, sink, request.logprobs)

    def scoring(self, request: CompletionRequest, continuation: str, sink: Sink) -> ScoreSequence:
        """Return the sequence that tells how likely `continuation` is after a request's prompt."""
        ids, healed = self._prompt(request)
        # The bytes cut off the prompt belong to the continuation's first token.
        wanted = self._vocabulary.encode_text(healed.decode("utf-8", "replace") + continuation)
        return self._adapted(ScoreSequence(self._started(ids), wanted, sink))

    def _prompt(self, request: CompletionRequest) -> tuple[list[int], bytes]:
        template = self.fim if request.suffix.strip() else None
        prefix_ids = self._vocabulary.encode_text(request.prefix)
        healed = b""
        if request.heal:
            prefix_ids, healed = self._vocabulary.cut_for_healing(prefix_ids)
        ids: list[int] = []
        context = Context(request.context, request.comment, request.path)
        # The prefix is encoded already: the template is rendered around a stand-in for it.
        for segment in render(template, _STAND_IN, request.suffix, context):
            ids += prefix_ids if segment == Text(_STAND_IN) else self._encode(segment)
        return ids, healed

    def chat(self, request: ChatRequest, sink: Sink) -> Sequence:
        """Return the sequence of a chat request.

        Raises:
            EngineRequestError: the model has no chat template, or it refuses these messages.
        """
        from aigc_models.chat import ChatTemplateError, render_chat

        if not self._chat_template:
            raise EngineRequestError("This model has no chat template; ask /v1/completions, or use an instruct model.")
        specials = frozenset(self._vocabulary.special_ids)
        try:
            segments = render_chat(
                self._chat_template,
                request.messages,
                special_tokens=specials,
                bos_token=self._bos_token,
                eos_token=self._eos_token,
            )
        except ChatTemplateError as error:
            raise EngineRequestError(str(error)) from error
        ids = [token for segment in segments for token in self._encode(segment)]
        return self._sequence(ids, b"", request, sink, False)

    def encode(self, text: str) -> list[int]:
        """Return the ids of plain text."""
        return self._vocabulary.encode_text(text)

    def _encode(self, segment: Segment) -> list[int]:
        if isinstance(segment, Special) and segment.token not in self._vocabulary.special_ids:
            return self._vocabulary.encode_text(segment.token)
        return self._vocabulary.encode([segment])

    def _sequence(
        self, ids: list[int], healed: bytes, request: CompletionRequest | ChatRequest, sink: Sink, logprobs: bool
    ) -> Sequence:
        sampler = Sampler(request.temperature, request.top_k, request.top_p, request.seed)
        sequence = Sequence(
            prompt=self._started(ids),
            healed=healed,
            max_tokens=request.max_tokens,
            sampler=sampler,
            stream=TextStream((*request.stop, *self._stop_texts), healed),
            sink=sink,
            logprobs=logprobs,
        )
        return self._adapted(sequence)

    def _adapted(self, sequence: AnySequence) -> AnySequence:
        sequence.adapter, sequence.vocabulary = self.adapter, self._vocabulary
        return sequence

    def _started(self, ids: list[int]) -> list[int]:
        start = self._vocabulary.bos
        if start is not None and ids[:1] != [start]:  # many chat templates write it themselves
            return [start, *ids]
        # A model needs something to start from; its end-of-text token separates documents.
        return ids or [min(self._vocabulary.special | self._vocabulary.eos, default=0)]


_STAND_IN = "\N{OBJECT REPLACEMENT CHARACTER}prefix"


def _known_template(known: Family | None) -> str | None:
    """Return the chat template that the catalog has for a family."""
    if known is None or known.chat is None:
        return None
    from aigc_models.chat import builtin_template

    return builtin_template(known.chat)


def _fim_for(vocabulary: Vocabulary, known: Family | None) -> FimTemplate | None:
    """Return the FIM template that the catalog gives the family, or that the tokenizer's special tokens show."""
    present = vocabulary.special_ids
    if known is not None:
        fits = known.fim is not None and all(token in present for token in known.fim.markers)
        return known.fim if fits else None
    return detect(present.keys())
