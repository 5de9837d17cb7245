"""Has a model say what a definition does, piece by piece, and takes what its source bears out. It writes no code."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aigc_models.types import CompletionRequest
from aigc_plugins.action import WithheldError, sampled
from aigc_plugins.tasks.docstring import known
from aigc_plugins.tasks.docstring.described import Described
from aigc_plugins.tasks.docstring.existing import told_parameters
from aigc_plugins.tasks.docstring.phrases import borne_out, continued, ended, grounding, phrase, said
from aigc_plugins.tasks.docstring.words import PREDICATES, VERBS, content_words, split_name, stem
from aigc_plugins.tasks.functions import facts, return_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aigc_plugins.action import Job, Request
    from aigc_plugins.tasks.functions import Definition, Facts, Parameter

_SHOWN = 2400  # characters of a definition's source in a prompt
_GOOD, _FAIR, _LEAST = 0.75, 0.3, 0.3  # how far what is said has to be about the code
# A phrase that begins so speaks of something else than the parameter.
_ASIDE = re.compile(
    r"^(?:function|method|class|parameter|argument|code|program) (?:is|will|takes|returns|`)", re.IGNORECASE
)

# How a sentence about a flag by its name goes on.
_STATES = re.compile(r"(?:is|are|was|were|has|have|should|will|can|may|must) ")
# What can be said of anything.
_EMPTY = re.compile(r"(?:create|return) an? (?:new |custom )*(?:function|instance|object|class)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """A definition as it is shown to a model. `words` are the stems of the words in it, `told` what
    its present documentation says of parameters."""

    definition: Definition
    facts: Facts
    source: str
    words: frozenset[str]
    return_type: str
    told: Mapping[str, str]

    def values(self, **others: str) -> dict[str, str]:
        """Return a template's values."""
        one = self.definition
        kind = "function" if one.kind == "function" else "class"
        return {"language": one.tree.language.name, "source": self.source, "kind": kind, "name": one.name, **others}


def subject_of(definition: Definition, existing: str) -> Subject:
    """Return a definition with what is known of it, capped by whole lines; `existing` is its present documentation."""
    source = definition.text if existing in definition.text else f"{existing}\n{definition.text}"
    shown = source if len(source) <= _SHOWN else source[:_SHOWN].rpartition("\n")[0] or source[:_SHOWN]
    if owner := known.owner_of(definition):
        shown = f"# of the class {owner}\n{shown}" if definition.tree.language.name == "python" else shown
    keywords = {word for part in definition.tree.language.reserved for word in content_words(part)}
    words = frozenset(content_words(f"{known.owner_of(definition)} {source}")) - keywords
    return Subject(definition, facts(definition), shown, words, return_type(definition), told_parameters(existing))


def describe(subject: Subject, parameters: tuple[Parameter, ...], job: Job, *, sections: bool) -> Described:
    """Return what is to be said of a definition; only the summary where `sections` is False.

    Raises:
        WithheldError: the model said nothing that fits.
    """
    summary = _summary(subject, job)
    if not sections:
        return Described(summary)
    texts: list[tuple[Parameter, str]] = []
    for parameter in parameters:
        job.report(f"Describing `{parameter.name}`")
        texts.append((parameter, _parameter(subject, summary, texts, parameter, job)))
    if subject.definition.kind == "class":
        return Described(summary, tuple(texts), of_class=True)
    result = _result(subject, summary, texts, job)
    raises = known.raise_texts(subject.definition, subject.facts)
    yields = result if subject.facts.yields else ""
    return Described(summary, tuple(texts), "" if subject.facts.yields else result, yields, raises, subject.return_type)


def _summary(subject: Subject, job: Job) -> str:
    if text := known.protocol_summary(subject.definition):
        return text
    job.report(f"Describing `{subject.definition.name}`")
    named = set(content_words(subject.definition.name))
    best, most = "", 0.0
    openings = list(_openings(subject))
    for opening, cue, attempt in openings:
        request = job.prompt("docstring-summary", subject.values(cue=cue))
        heard = continued(opening, phrase(_asked(job, request, attempt)))
        text = borne_out(_sentence(f"{opening} {heard}"), subject.words) if heard else ""
        if opening and grounding(heard, subject.words) < _LEAST:
            continue
        least = 3 if subject.definition.kind == "function" else 5
        if len(text.split()) < least or text.lower().startswith(("be ", "work ", "used ")):
            continue
        if subject.definition.kind == "class" and not named & set(content_words(text)):
            continue
        score = _score(subject, text) + (0.4 if opening == "Tell whether" else 0.1) * (opening == openings[0][0])
        if score > most:
            best, most = text, score
        if most >= (_GOOD if attempt == 0 and opening == openings[0][0] else 2 if attempt == 0 else _FAIR):
            break
    if most < _FAIR:
        raise WithheldError(f"The model found no sentence that fits `{subject.definition.name}`.")
    return best


def _score(subject: Subject, text: str) -> float:
    """Return how much a summary is worth: what it says is in the code and in the name, and it is short."""
    name, about = subject.definition.name, content_words(text)
    named = {stem(word) for word in split_name(name)}
    score = grounding(text, subject.words) + 0.4 * sum(said(word, about) for word in named) / max(len(named), 1)
    score -= 0.3 * (_EMPTY.match(text) is not None or f"`{name}`" in text or f"{name} function" in text)
    return score - 0.1 * max(len(text) - 80, 0) / 40


def _openings(subject: Subject) -> Iterator[tuple[str, str, int]]:
    """Yield how a summary begins, how a template's sentence does then, and which attempt it is."""
    if subject.definition.kind == "class":
        for attempt in range(3):
            yield "A", "is a", attempt
            yield "The", "is the", attempt
        return
    first = (split_name(subject.definition.name) or [""])[0]
    truth = known.gives_truth(subject.definition.name, subject.facts, subject.return_type)
    if first in PREDICATES and truth:
        yield "Tell whether", "tells whether", 0
    yield "", "is used to", 0
    if first in VERBS:
        yield first, f"is used to {first}", 0
    elif truth:
        yield "Tell whether", "tells whether", 0
    elif subject.facts.returns_value:
        yield "Return the", "returns the", 0
    for attempt in (1, 2, 3):
        yield "", "is used to", attempt


def _parameter(
    subject: Subject, summary: str, before: list[tuple[Parameter, str]], parameter: Parameter, job: Job
) -> str:
    """Return what a parameter is for: as a person put it, what is certain, what the model says, its name as words."""
    if text := subject.told.get(parameter.name):
        return text
    if text := known.exact_text(subject.definition, parameter):
        return text
    others = {text.lower() for _, text in before}
    for opening, shown, attempt in _parameter_tries(parameter, _listed(before)):
        request = job.prompt(
            "docstring-parameter",
            subject.values(summary=_clause(subject, summary), list=shown, parameter=parameter.name, cue=opening),
        )
        heard = continued(opening, phrase(_asked(job, request, attempt), longest=100))
        text = borne_out(_sentence(f"{opening} {heard}"), subject.words) if heard else ""
        if text and _fits(subject, parameter, heard, text) and text.lower() not in others:
            return text
    return known.parameter_text(parameter)


def _parameter_tries(parameter: Parameter, listed: str) -> Iterator[tuple[str, str, int]]:
    """Yield how a description begins, the descriptions before it, and which attempt it is."""
    words = split_name(parameter.name)
    if not known.is_boolean(parameter):
        yield "The", listed, 0
        yield "The", "", 0 if listed else 1
        return
    if words and words[0] in VERBS:
        yield f"Whether to {' '.join(words[:2])}", listed, 0
    yield "Whether", listed, 0
    if len(words) <= 2:
        yield f"Whether {' '.join(words)}", listed, 0


def _fits(subject: Subject, parameter: Parameter, heard: str, text: str) -> bool:
    if _ASIDE.match(heard) or f"`{parameter.name}`" in heard or len(text.split()) < 2:
        return False
    if known.is_boolean(parameter):  # it has to speak of the flag, not only of the function
        named = set(content_words(parameter.name))
        if named and not named & set(content_words(text)):
            return False
        words = " ".join(split_name(parameter.name))
        if text.startswith(f"Whether {words} ") and not _STATES.match(text, len(f"Whether {words} ")):
            return False
    return min(grounding(text, subject.words), grounding(heard, subject.words)) >= _LEAST


def _result(subject: Subject, summary: str, before: list[tuple[Parameter, str]], job: Job) -> str:
    """Return what a function gives back, empty where it gives nothing."""
    found = subject.facts
    if not found.yields and (not found.returns_value or subject.definition.name == "__init__"):
        return ""
    if text := known.returned_text(subject.definition, found):
        return text
    opening, cue, after = "The", "returns the", ""
    if found.yields:
        cue = "yields the"
    elif known.gives_truth(subject.definition.name, found, subject.return_type):
        true, false = ("True", "False") if subject.definition.tree.language.name == "python" else ("true", "false")
        opening, cue, after = f"`{true}` if", f"returns `{true}` if", f", `{false}` otherwise"
    for attempt in (0, 1):
        values = subject.values(summary=_clause(subject, summary), list=_listed(before), cue=cue)
        heard = continued(opening, phrase(_asked(job, job.prompt("docstring-result", values), attempt), longest=110))
        heard = re.split(r",? (?:otherwise|else|and `?[Ff]alse)\b", heard)[0] if after else heard
        text = borne_out(f"{opening} {heard}", subject.words) + after
        if heard and len(heard.split()) < 25 and not _ASIDE.match(heard) and grounding(heard, subject.words) >= _FAIR:
            return text
    if after:
        rest = summary.removeprefix("Tell whether ")
        return f"{opening} {rest}{after}" if rest != summary else f"{opening} so{after}"
    return known.result_fallback(found, subject.return_type, summary)


def _asked(job: Job, request: Request, attempt: int) -> str:
    """Ask; the words that a sentence is to begin with are whole ones."""
    if isinstance(request, CompletionRequest):
        return job.ask(sampled(replace(request, heal=False), attempt), until=ended)
    return job.ask(sampled(request, attempt), until=ended)


def _listed(before: list[tuple[Parameter, str]]) -> str:
    return "".join(f"- `{parameter.name}`: {text}.\n" for parameter, text in before)


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:]


def _clause(subject: Subject, summary: str) -> str:
    """Return a summary as the end of a sentence that begins with the definition's name."""
    said_of = summary[:1].lower() + summary[1:]
    if subject.definition.kind == "function":
        return f"is used to {said_of}"
    return f"is {said_of}" if re.match(r"an? ", said_of) else f"represents {said_of}"
