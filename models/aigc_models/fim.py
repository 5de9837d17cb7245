"""Fill-in-the-middle prompts: how a model family writes "text before, text after". It tokenizes nothing.

A prompt is a sequence of segments. The engine turns each `Special` into that token's id and encodes each `Text` with
special tokens switched off, so that a source file which spells `<|fim_middle|>` cannot change the prompt's structure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from aigc_models.types import ContextFile

Order: TypeAlias = Literal["psm", "spm"]


@dataclass(frozen=True, slots=True)
class Special:
    """One special token. `text` is how servers that tokenize text themselves want it spelled; usually the token."""

    token: str
    text: str = ""

    def __str__(self) -> str:
        """Return the spelling for a prompt sent as text."""
        return self.text or self.token


@dataclass(frozen=True, slots=True)
class Text:
    """Ordinary text; nothing in it is ever a special token."""

    text: str

    def __str__(self) -> str:
        """Return the text."""
        return self.text


Segment: TypeAlias = Special | Text


@dataclass(frozen=True, slots=True)
class Context:
    """Pieces of other files for a prompt, what begins a line comment in this language, and the file's own path."""

    files: tuple[ContextFile, ...]
    comment: str = "#"
    path: str = ""


@dataclass(frozen=True, slots=True)
class FimTemplate:
    """The tokens of a family's fill-in-the-middle prompts and their order.

    `order` is `psm` (prefix, suffix, then the model writes) or `spm` (suffix first, the cursor last). `middle` is empty
    for families without such a token. `stop` lists further tokens that end an answer; `file_separator`, `repo_name` and
    `pad` are empty where a family has none. `texts` maps a token to its spelling where that differs.
    """

    prefix: str
    suffix: str
    middle: str = ""
    order: Order = "psm"
    stop: tuple[str, ...] = ()
    file_separator: str = ""
    repo_name: str = ""
    pad: str = ""
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def markers(self) -> tuple[str, ...]:
        """Return the tokens without which the template cannot be written."""
        return tuple(token for token in (self.prefix, self.suffix, self.middle) if token)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return every token that the template names, each once."""
        optional = (token for token in (self.file_separator, self.repo_name, self.pad) if token)
        return tuple(dict.fromkeys((*self.markers, *optional, *self.stop)))

    @property
    def stop_tokens(self) -> tuple[str, ...]:
        """Return the tokens that end an answer: none of the template's own may reach a user's file."""
        return self.tokens

    def special(self, token: str) -> Special:
        """Return `token` as a segment with its spelling for text prompts."""
        return Special(token, dict(self.texts).get(token, ""))


def render(
    template: FimTemplate | None, prefix: str, suffix: str, context: Context | None = None
) -> tuple[Segment, ...]:
    """Return the prompt's segments; without a template, or without a suffix to fill up to, the prefix alone.

    SPM follows Bavarian et al. 2022, "Efficient Training of Language Models to Fill in the Middle", section 3 (the
    joint variant `<PRE><SUF>suffix<MID>prefix`) for families with a middle token, and Mistral's order without one.
    Other files stand first, between the family's file separators where it has them (StarCoder 2 and Qwen2.5-Coder were
    trained on whole repositories that way), else as text before the prefix.
    """
    files, text = _files(template, context)
    before: tuple[Segment, ...] = (Text(text), Text(prefix)) if text else (Text(prefix),)
    if template is None:
        return _without_empty((*files, *before))
    pre, suf = template.special(template.prefix), template.special(template.suffix)
    if template.order == "psm":
        mid = template.special(template.middle)
        return _without_empty((*files, pre, *before, suf, Text(suffix), mid))
    if template.middle:
        return _without_empty((*files, pre, suf, Text(suffix), template.special(template.middle), *before))
    return _without_empty((*files, suf, Text(suffix), pre, *before))


def _files(template: FimTemplate | None, context: Context | None) -> tuple[tuple[Segment, ...], str]:
    """Return other files as segments of their own, or as the text that stands before the prefix."""
    if context is None or not context.files:
        return (), ""
    if template is not None and template.file_separator:
        separator = template.special(template.file_separator)
        parts: list[Segment] = []
        for file in context.files:
            parts += [separator, Text(f"{file.path}\n{file.text.rstrip()}\n")]
        return (*parts, separator, Text(f"{context.path}\n" if context.path else "")), ""
    pieces = [f"{context.comment} {file.path}\n{file.text.rstrip()}\n\n" for file in context.files]
    own = f"{context.comment} {context.path}\n" if context.path else ""
    return (), "".join(pieces) + own


def render_text(segments: Iterable[Segment], special_tokens: Collection[str] = ()) -> str:
    """Return the prompt as one string for a server that parses special tokens out of text.

    Tokens that occur inside user text, the prompt's own and those of `special_tokens`, are taken apart by a space after
    their first character, so that they stay readable and mean nothing.
    """
    segments = tuple(segments)
    spelled = {
        spelling for part in segments if isinstance(part, Special) for spelling in (part.token, str(part).strip())
    }
    pattern = _any_of(spelled.union(special_tokens))
    return "".join(str(part) if isinstance(part, Special) else _neutral(part.text, pattern) for part in segments)


def detect(special_tokens: Collection[str]) -> FimTemplate | None:
    """Return the template that a tokenizer's special tokens fit best, or None: then complete left to right.

    The catalog's families come first, the one with the most tokens present winning; a tokenizer of no known family is
    read by how its fill-in-the-middle tokens are spelled. Mistral's markers prove nothing: its chat models have them
    too, untrained.
    """
    from aigc_models.catalog import load_catalog

    present = set(special_tokens)
    known = {family.fim for family in load_catalog().families if family.fim is not None}
    fitting = [template for template in known if template.middle and present.issuperset(template.markers)]
    if fitting:
        return _only(max(fitting, key=lambda template: _fit(template, present)), present)
    return _guess(present)


def _only(template: FimTemplate, present: set[str]) -> FimTemplate:
    """Return the template without the optional tokens that a tokenizer lacks."""
    return replace(
        template,
        stop=tuple(token for token in template.stop if token in present),
        file_separator=template.file_separator if template.file_separator in present else "",
        repo_name=template.repo_name if template.repo_name in present else "",
        pad=template.pad if template.pad in present else "",
    )


def _fit(template: FimTemplate, present: set[str]) -> tuple[int, int, str]:
    missing = sum(token not in present for token in template.tokens)
    return (len(template.tokens) - missing, -missing, template.prefix)


_ROLES = {
    "prefix": re.compile(r"^[<\[|｜▁ ]*(?:fim|code)[\W_▁｜]?(?:prefix|pre|begin)[\W_]*$", re.IGNORECASE),
    "suffix": re.compile(r"^[<\[|｜▁ ]*(?:fim|code)[\W_▁｜]?(?:suffix|suf|hole)[\W_]*$", re.IGNORECASE),
    "middle": re.compile(r"^[<\[|｜▁ ]*(?:fim|code)[\W_▁｜]?(?:middle|mid|end)[\W_]*$", re.IGNORECASE),
}


def _guess(present: set[str]) -> FimTemplate | None:
    found: dict[str, str] = {}
    for role, pattern in _ROLES.items():
        matches = sorted(token for token in present if pattern.match(token))
        if len(matches) != 1:
            return None
        found[role] = matches[0]
    return FimTemplate(found["prefix"], found["suffix"], found["middle"])


def _without_empty(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    return tuple(part for part in segments if isinstance(part, Special) or part.text)


def _any_of(tokens: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted({token for token in tokens if len(token) > 1}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _neutral(text: str, pattern: re.Pattern[str] | None) -> str:
    return pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text) if pattern else text
