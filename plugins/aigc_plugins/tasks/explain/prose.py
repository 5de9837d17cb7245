"""Makes sentences that may be shown of a model's prose: finished, said once, about names that the code has, no markup.

Whether a sentence is true it cannot tell.
"""

from __future__ import annotations

import re

from aigc_plugins.inline.clean import cut_special, plain_newlines, strip_hidden

_LONGEST = 400  # characters of a sentence
_ALIKE = 0.7  # shared words of two sentences that say the same
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s[^()]*)?\)|!?\[([^\[\]]*)\]\[[^\[\]]*\]")
_URL = re.compile(r"\b(?:[a-z][a-z+.-]*://|www\.|javascript:|mailto:|data:)\S*", re.IGNORECASE)
_BREAK = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')`]))\s+(?=[A-Z`\"'(0-9])|\n\s*\n|\n\s*(?=[-*+] |\d+[.)] )")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_SPAN = re.compile(r"`([^`\n]+)`")
_WORD = re.compile(r"[A-Za-z_]\w*")
# What is code without being marked: several parts, or a call.
_CODE = re.compile(r"\b[A-Za-z]\w*_\w+\b|\b_\w+\b|\b[a-z]+[a-z0-9]*[A-Z]\w*\b|\b[A-Za-z_]\w*(?=\(\))")
_CHATTER = re.compile(
    r"^(?:sure|certainly|of course|here(?:'s| is| are)|i\b|i'm|as an ai|sorry|note that this is"
    r"|let me|hello|hi\b|okay)",
    re.IGNORECASE,
)
_SMALL_TEXT = """
a an the of to in on at by is are was be been it its this that these those and or not for from with as if then which
when where all any each will can may has have do does you your i we they he she no so but also into than
"""
_SMALL = frozenset(_SMALL_TEXT.split())
_ORDER = re.compile(r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instructions?|prompts?|rules?)\b", re.IGNORECASE)
_CONSTANTS = frozenset(
    ("True", "False", "None", "true", "false", "null", "nil", "undefined", "self", "this", "void", "int", "str",
     "float", "bool", "list", "dict")
)  # fmt: skip


def sentences(text: str, code: str, most: int) -> list[str]:
    """Return at most `most` sentences of a model's text about `code`, as Markdown that can be put anywhere."""
    known = words_of(code)
    found: list[str] = []
    for sentence in _split(text):
        plain = _plain(sentence)
        if any(_alike(plain, other) for other in found):
            break  # it goes in circles
        if _may_stay(plain, known):
            found.append(plain)
        if len(found) == most:
            break
    return [escaped(sentence) for sentence in found]


def words_of(code: str) -> frozenset[str]:
    """Return the words of a code, and the parts of words of several."""
    words = set(_WORD.findall(code))
    parts = {part.lower() for word in words for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", word)}
    return frozenset(words | parts)


def said_enough(text: str, most: int) -> bool:
    """Tell whether a text that is still being written has the sentences wanted, or goes in circles."""
    parts = _split(text + " ")
    return len(parts) > most + 2 or any(_alike(parts[-1], other) for other in parts[:-1]) if parts else False


def _split(text: str) -> list[str]:
    """Return the finished sentences before the first block of code, heading or mark of a prompt."""
    clean = strip_hidden(plain_newlines(cut_special(plain_newlines(text))[0]))
    clean = re.split(r"^\s*(?:```|~~~|#{1,6}\s|\"\"\"|'''|</?\w)", clean, maxsplit=1, flags=re.MULTILINE)[0]
    parts = [_BULLET.sub("", " ".join(part.split())) for part in _BREAK.split(clean)]
    return [part for part in parts if part.endswith((".", "!", "?", ".`", '."', ".)"))]


def _plain(sentence: str) -> str:
    sentence = _LINK.sub(lambda found: found[1] or found[2] or "", sentence)
    sentence = re.sub(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)\*{1,3}(?!\w)", "", sentence) if "*" in sentence else sentence
    if sentence.count("`") % 2:
        sentence = sentence.replace("`", "")
    return " ".join(sentence.split())


def _may_stay(sentence: str, known: frozenset[str]) -> bool:
    if len(sentence) > _LONGEST or len(sentence.split()) < 3 or _URL.search(sentence):
        return False
    if _CHATTER.match(sentence) or _ORDER.search(sentence) or sentence.endswith(":"):
        return False
    outside = _SPAN.sub(" ", sentence)
    named = [word for span in _SPAN.findall(sentence) for word in _WORD.findall(span)] + _CODE.findall(outside)
    if any(word not in known and word not in _CONSTANTS for word in named):
        return False
    return any(word.lower() in known or word in known for word in _WORD.findall(sentence) if word.lower() not in _SMALL)


def _alike(one: str, other: str) -> bool:
    first, second = ({word for word in _WORD.findall(text.lower()) if word not in _SMALL} for text in (one, other))
    return len(first & second) >= _ALIKE * len(first | second)


def escaped(sentence: str) -> str:
    """Return the sentence with nothing outside of its code spans that Markdown or HTML would take for markup."""
    pieces = re.split(r"(`[^`\n]+`)", sentence)
    return "".join(
        piece if piece.startswith("`") and len(piece) > 2 else re.sub(r"([\\<>\[\]*_|~&])", _entity, piece)
        for piece in pieces
    )


def _entity(found: re.Match[str]) -> str:
    char = found[1]
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(char, "\\" + char)
