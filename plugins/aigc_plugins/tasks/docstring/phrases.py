"""Judges what a model says about code: cuts it to one clean phrase, or refuses it. It asks and lays out nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.tasks.docstring.words import content_words

if TYPE_CHECKING:
    from collections.abc import Collection

# More of an answer is never looked at.
MOST = 400
_LONGEST = 150
# Words that can be said of any code, and so are no sign that a phrase speaks of other code.
_GENERAL = frozenset(
    content_words(
        """
        argument array base boolean call certain code collection contents convert create current data default define
        determine element entry exist file find first float format function get handle input instance integer item key
        last length line list make method name new none null number object operation optional original output pair
        parameter pass path perform position process provide raise range read result return second sequence set size
        specify specified start end str string text true false tuple type use user valid value whether word write yield
        """
    )
)
# What belongs to code, markup or a conversation and never to a description.
_FOREIGN = re.compile(
    "|".join(
        (
            r"```|[{}\\]|\"\"\"|\'\'\'|;|#|\*{2,}|\.\.\.|…|=>|->|https?:|</?[a-z]+>|<\||\|>",
            r":param|:return|@param|@return|\bTODO\b|\bFIXME\b|\bdef |\bclass \w+[:(]|`(?:self|cls|this)`|\bcalled `",
            r"\bI\b|\bwe\b|\byou\b|\bhere\b|\bexample\b|\bthe code\b|\bthis (?:code|function|method|docstring)\b",
            r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffd]",
        )
    ),
    re.IGNORECASE,
)
_CLAUSES = (", which", ", and the", ", where", ", so that", ", that", ", but", " such as ", " so that ", ", and ", ", ")
_DANGLING = frozenset(
    """
    a an the of to in on at by for from with and or that which is are be as if when where than into its it this these
    using given their has have will can not based equal whether such between
    """.split()  # noqa: SIM905
)
_UNFINISHED = frozenset(
    ("a", "an", "the", "and", "or", "that", "which", "is", "are", "its", "their", "whether", "than")
)
_LEADING = frozenset(("and", "or", "then", "before", "after", "while", "by"))
_BORNE_OUT = 0.3


def ended(answer: str) -> bool:
    """Tell whether an answer that still is being written holds a whole sentence, or more than will be read."""
    return len(answer) > MOST or re.search(r"\S\s*\n|[.!?]\s", answer) is not None


def phrase(answer: str, *, longest: int = _LONGEST) -> str:
    """Return the first sentence of an answer without its full stop, empty where it may not stand in a docstring."""
    text = answer[:MOST].strip().partition("\n")[0]
    whole = re.match(r"(.*?[^.\s])[.!?](?=\s|$|[\"'*])", text)
    complete = whole is not None or "\n" in answer[:MOST].strip(" ")
    text = whole.group(1) if whole else text
    text = re.sub(r"\s+", " ", text).strip().strip("\"'*_-: ").rstrip(",. ")
    if (foreign := _FOREIGN.search(text)) is not None:
        text = _shortened(text[: foreign.start()])
    text = _without_repetition(text)
    if len(text) > longest or not complete:
        text = _shortened(text[: longest + 1])
    return text if _is_sound(text, _UNFINISHED if complete else _DANGLING) else ""


def continued(opening: str, heard: str) -> str:
    """Return what goes on after `opening`, for a model that began the sentence anew; empty where that is nothing."""
    if opening and heard.lower().startswith(f"{opening.lower()} "):
        heard = heard[len(opening) + 1 :]
    heard = re.sub(r"\b(?:custom|simple) (?=\w)", "", heard)  # said of anything
    return heard[:1].lower() + heard[1:] if re.match(r"[A-Z][a-z]*\b(?![.(_])", heard) else heard


def borne_out(text: str, source: Collection[str]) -> str:
    """Cut a phrase before its first part, the beginning aside, that says nothing about the code."""
    parts = re.split(
        r"(?=,? (?:by|with|using|when|while|which|that|if|so|based on|into|from|for|and|as|in order) )", text
    )
    kept = parts[0]
    for part in parts[1:]:
        if (grounding(part, source) < _BORNE_OUT or _invents(part, source)) and len(kept.split()) >= 3:
            break
        kept += part
    return "" if _invents(kept, source) else kept if kept == text else _ended_well(kept.rstrip(",. "))


def said(word: str, source: Collection[str]) -> bool:
    """Tell whether a word is among others, alone or as a part: `data` is in `dataset`."""
    if word in source:
        return True
    return len(word) >= 4 and any(len(one) >= 4 and (one in word or word in one) for one in source)


def grounding(text: str, source: Collection[str]) -> float:
    """Return how much of what a phrase says is about the code, 0 to 1: `source` are the stems of the code's words."""
    words = content_words(text)
    if not words:
        return 0.0
    told = sum(1.0 if said(word, source) else 0.5 if word in _GENERAL else 0.0 for word in words)
    return told / len(words) * (len(set(words)) / len(words)) ** 2


def _invents(text: str, source: Collection[str]) -> bool:
    """Tell whether a phrase names something that the code does not: an identifier, an acronym."""
    named = re.findall(r"`([^`]*)`|\b([A-Z]\w*[A-Z]\w*|\w+_\w+|[a-z]+[A-Z]\w*)\b|(?<=[\w,] )([A-Z][\w-]+)", text)
    words = [word for parts in named for word in content_words(" ".join(parts))]
    return any(not said(word, source) and word not in _GENERAL for word in words)


def _ended_well(text: str) -> str:
    """Return a text that was cut without words that only lead on to what was cut: `and returns`, `before creating`."""
    words = text.split()
    while len(words) > 3 and (words[-1].lower() in _DANGLING or words[-2].lower() in _LEADING):
        words = words[: -1 if words[-1].lower() in _DANGLING else -2]
    return " ".join(words).rstrip(",")


def _is_sound(text: str, endings: Collection[str]) -> bool:
    words = text.split()
    letters = sum(char.isalpha() or char == " " for char in text)
    return (
        bool(words)
        and words[-1].lower() not in endings
        and text.count("`") % 2 == 0
        and text.count("(") == text.count(")")
        and text.count('"') % 2 == 0
        and letters >= 0.8 * len(text)
        and not re.search(r"\b(\w+) \1\b", text)
        and max(len(word) for word in words) <= 40
    )


def _without_repetition(text: str) -> str:
    """Cut a text before it says the same two content words or four words again."""
    words = text.split()
    for size in (4, 3):
        seen: set[tuple[str, ...]] = set()
        for at in range(len(words) - size + 1):
            part = tuple(word.lower().strip(",`") for word in words[at : at + size])
            if part in seen:
                return _shortened(" ".join(words[:at]))
            seen.add(part)
    return text


def _shortened(text: str) -> str:
    """Return a text up to its last clause that is whole, empty where none is."""
    ends = [at for clause in _CLAUSES if (at := text.rfind(clause)) > 20]
    if ends:
        return text[: max(ends)].rstrip(",. ")
    words = text.split()
    while words and words[-1].lower().strip(",") in _DANGLING:
        words.pop()
    return " ".join(words).rstrip(",. ") if len(words) >= 3 and not text.rstrip().endswith(("`", "(")) else ""
