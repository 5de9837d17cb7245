"""Guesses from a phrase what a field is called, and of which type it is. Where phrases come from is not known here."""

from __future__ import annotations

import re

from aigc_plugins.tasks.project import names, words
from aigc_plugins.tasks.project.plan import Field

_ARTICLES = re.compile(
    r"^(?:(?:a|an|the|its|their|his|her|own|optional|optionally|some|several|one|each|every|and|or|also|plus)\s+)+",
    re.I,
)
_TYPED = re.compile(r"(.+?)\s*(?::|\(|\bas an?\b|\bas\b)\s*([a-z]+(?:\[str\])?)\)?", re.I)
_COUNTED = re.compile(r"\bin (?:seconds|minutes|hours|days|weeks|months|years|pieces|cents|bytes|pages|steps)\b", re.I)
_MEASURED = re.compile(
    r"\bin (?:euros?|dollars?|pounds?|kg|km|cm|m|g|l|[a-z]*(?:met(?:re|er)|gram|lit(?:re|er)|mile|degree)s?)\b", re.I
)
_WHETHER = re.compile(
    r"(?:whether|if)\s+(?:it|they|he|she|the \w+)?\s*(?:is|are|was|were|has been|have been)?\s*(\w+)", re.I
)
_SEVERAL = re.compile(r"(?:list|set|collection)s? of (\w+)", re.I)
# Where the head of a phrase ends.
_CUT = re.compile(
    r"\s+(?:of|in|on|by|for|from|that|which|who|when|where|to|as|at|per|so|because|such|can|is|are|between|"
    r"it|they|he|she|we|with|using|via|over|into|about)\b.*$",
    re.I,
)
_LONGEST = 3  # words


def field_of(phrase: str) -> Field | None:
    """Return the field that an item of a list describes, None where it reads like the rest of a sentence."""
    text = _ARTICLES.sub("", phrase.strip(" `'\"\n*-"))
    types = words.types()
    typed = _TYPED.fullmatch(text)
    if typed is not None and typed[2].lower() in types:
        return _named(_CUT.sub("", typed[1]), types[typed[2].lower()])
    text = re.sub(r"\s*\(.*?\)?$", "", text)
    for form, kind in ((_WHETHER, "bool"), (_SEVERAL, "list[str]")):
        told = form.match(text)
        if told is not None:
            return _named(told[1], kind)
    head = _CUT.sub("", text)
    for unit, kind in ((_COUNTED, "int"), (_MEASURED, "float")):
        if unit.search(text):
            return _named(head, kind)
    first, _, rest = head.partition(" ")
    if rest and first.lower() in types.keys() - {"date", "text", "number", "list"}:  # a boolean `done`
        return _named(rest, types[first.lower()])
    before, _, last = head.rpartition(" ")
    return _named(before, types[last]) if before and last in ("flag", "string") else _named(head, "")


def kind_for(name: str) -> str:
    """Return the type that a field of this name most likely has."""
    parts = name.split("_")
    last = parts[-1]
    if parts[0] in ("is", "has", "was", "can"):
        return "bool"
    if (last in ("on", "until") and len(parts) > 1) or name == "due":
        return "date"
    if last in ("number", "no"):
        return "int" if parts[0] in ("number", "page", "seat", "chapter", "episode", "season") else "str"
    if parts[:2] == ["number", "of"] or (last == "id" and len(parts) > 1):
        return "int"
    found = next((kind for kind in ("bool", "int", "float", "date", "list") if last in words.listed(kind)), "str")
    return "list[str]" if found == "list" else found


def _named(phrase: str, kind: str) -> Field | None:
    parts = names.words_of(phrase)
    if not parts or len(parts) > _LONGEST or parts[0] in words.listed("prose") or parts[-1] in ("function", "endpoint"):
        return None
    if re.search(r"[^\w\s/'’-]", phrase.strip(" `'\".")):
        return None
    name = re.sub(r"\be_mail", "email", names.field_name(phrase))
    return Field(name, kind or kind_for(name)) if name else None
