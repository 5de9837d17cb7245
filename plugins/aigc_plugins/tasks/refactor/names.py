"""Names for what is extracted: from a model where one answers well, else from the words of the code itself."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from aigc_plugins.api import Job

_WORD = re.compile(r"[A-Za-z_]\w*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LONGEST = 40
_CAMEL = frozenset(("javascript", "typescript", "tsx", "java", "go"))
_OPERATORS = {"*": "product", "/": "ratio", "//": "ratio", "+": "total", "-": "difference", "%": "remainder"}
# Words of calls that say nothing about what comes of them.
_VERBS = frozenset(("get", "compute", "calculate", "create", "make", "build", "find", "load", "read", "to", "as", "is"))
_POOR = frozenset(("self", "this", "cls", "str", "int", "float", "len", "x", "tmp", "temp", "foo", "bar", "name"))


def suggested(job: Job, template: str, values: dict[str, str], *, language: str, taken: Collection[str]) -> str:
    """Return the name that the model gives, in the language's style; empty where it gives none that can be used.

    A model that is away is no error: a name can be done without.
    """
    try:
        answer = job.ask(job.prompt(template, values), until=lambda text: len(text) > _LONGEST or "\n" in text)
    except AigcError:
        return ""
    said = re.split(r"[`\n]", answer.strip().lstrip("`"))[0].strip()
    if not _NAME.fullmatch(said) or len(said) > _LONGEST:  # anything but a name alone is no answer
        return ""
    name = styled(said, language)
    return name if free(name, language, taken) and not repetitive(name) else ""


def styled(name: str, language: str) -> str:
    """Return a name in the style of a language's variables and functions."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    if not parts or parts[0].isdigit():
        return ""
    if language in _CAMEL:
        return str(parts[0]) + "".join(part.capitalize() for part in parts[1:])
    return "_".join(parts)


def repetitive(name: str) -> bool:
    """Tell whether a name says one word again and again, as small models do."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    return len(set(parts)) < len(parts) or len(parts) > 5


def free(name: str, language: str, taken: Collection[str]) -> bool:
    """Tell whether a name can be given: no word of the language, none that is in the file."""
    if not name.isidentifier() or keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in taken:
        return False
    return not (language == "python" and (hasattr(builtins, name) or name.startswith(("test", "__"))))


def numbered(names: Iterable[str], language: str, taken: Collection[str]) -> str:
    """Return the first of some names that is free, else the last one with a number."""
    last = "value"
    for name in names:
        if name and free(name, language, taken):
            return name
        last = name or last
    number = 2
    while not free(f"{last}{number}" if language in _CAMEL else f"{last}_{number}", language, taken):
        number += 1
    return f"{last}{number}" if language in _CAMEL else f"{last}_{number}"


def for_value(code: str, language: str) -> list[str]:
    """Return names for a value, the best first, by what computes it: `user.name.strip()` is a name."""
    text = re.sub(r"\"[^\"]*\"|'[^']*'|`[^`]*`", '""', code.strip())
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    head = _head(text)
    words = [word for word in _WORD.findall(head) if word.lower() not in _POOR]
    operator = re.search(r"(?<=\s)(\*|/|\+|-|%|//)(?=\s)", head)
    if re.search(r"(?<![=!<>])[=!]=(?!=)|[<>]|\b(?:not|in|is)\b|&&|\|\|", head):
        found = "condition"
    elif operator is not None:
        found = "text" if '""' in text else _OPERATORS[operator.group()]
    elif words:
        known = [part.lower() for part in _PARTS.findall(words[-1])]
        known = known[1:] if len(known) > 1 and known[0] in _VERBS else known
        if text.endswith(")") and len(words) == 1:
            known = [*known, "result"]
        elif text.endswith("]"):
            known = [*known, "item"]
        found = styled("_".join(known), language)
    else:
        found = "text" if text.startswith('""') else "number" if text[:1].isdigit() else ""
    return [found, "value"]


def for_function(function: str, language: str) -> list[str]:
    """Return names for a part of a function, by that one's name."""
    return [styled(f"{function.strip('_')}_part", language) or "part", "extracted_part"]


def words_of(text: str) -> set[str]:
    """Return every word of a text that could be a name."""
    return set(re.findall(r"[^\W\d]\w*", text))


def _head(text: str) -> str:
    """Return an expression without what is in its brackets."""
    while (shorter := re.sub(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}", "", text)) != text:
        text = shorter
    return text


def parts(name: str) -> list[str]:
    """Return the words that a name is made of."""
    return _PARTS.findall(name)
