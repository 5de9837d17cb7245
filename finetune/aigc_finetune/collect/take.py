"""From one entry of a source to a cleaned file, or the reason why it is not taken. It keeps nothing between files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from aigc_finetune.clean.normalise import normalise
from aigc_finetune.clean.redact import Redaction, redact
from aigc_finetune.clean.signature import Signature, signature
from aigc_finetune.clean.strip import strip
from aigc_finetune.collect import licences
from aigc_finetune.collect.decode import Decoded, decode
from aigc_finetune.collect.filters import Refusal, judge_syntax, judge_text
from aigc_finetune.recipe import Recipe
from aigc_plugins.syntax import Language, SyntaxTree


class Judged(NamedTuple):
    """A text with the encoding that it was in, and its licence."""

    text: str
    encoding: str
    licence: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A cleaned file. `unchanged`: what the recipe removes could not be removed without changing the program."""

    text: str
    sha256: str
    encoding: str
    licence: str
    signature: Signature | None
    redactions: list[Redaction]
    unchanged: bool = False


def take(data: bytes, path: str, language: Language, known: licences.Licences, recipe: Recipe) -> Taken | Refusal:
    """Return a file cleaned as the recipe says, or why it is not taken."""
    decoded = decode(data)
    if not isinstance(decoded, Decoded):
        return Refusal(*decoded)
    text = normalise(decoded.text, newlines=recipe.clean.newlines)
    refusal = judge_text(text, language, recipe.collect)
    if refusal is not None:
        return refusal
    licence = known.of(path, text)
    if not licences.allowed(licence, recipe.collect.licences):
        return Refusal("licence", f"{licence or 'unknown'} is not among `collect.licences`")
    tree = SyntaxTree(language, text)
    refusal = judge_syntax(tree)
    if refusal is not None:
        return refusal
    return _clean(tree, Judged(text, decoded.encoding, licence), recipe)


def _clean(tree: SyntaxTree, judged: Judged, recipe: Recipe) -> Taken | Refusal:
    redactions: list[Redaction] = []
    if recipe.clean.redact:
        done = redact(judged.text)
        redactions = done.redactions
        if redactions:
            tree = _parseable(tree, done.text)
    stripped = strip(tree, recipe.clean)
    text = stripped.text
    if not text.strip():
        return Refusal("empty", "nothing is left of it")
    return Taken(
        text,
        hashlib.sha256(text.encode()).hexdigest(),
        judged.encoding,
        judged.licence,
        signature(text) if recipe.clean.near_duplicates else None,
        redactions,
        not stripped.kept_program,
    )


def _parseable(tree: SyntaxTree, text: str) -> SyntaxTree:
    """Return the tree of a redacted text; where its marks break the syntax, with words in their place."""
    after = SyntaxTree(tree.language, text)
    if after.errors() <= tree.errors():
        return after
    return SyntaxTree(tree.language, redact(tree.text, marks=False).text)
