"""The secrets that a corpus was cleaned of, read from the sources again: what an attacker would try to get back."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from aigc_finetune.clean.normalise import normalise
from aigc_finetune.clean.redact import find_all
from aigc_finetune.collect.decode import Decoded, decode
from aigc_finetune.collect.report import CorpusReport
from aigc_finetune.collect.sources import open_sources
from aigc_finetune.collect.sources.base import Source
from aigc_finetune.recipe import Recipe


class Withheld(NamedTuple):
    """A secret, and what stands before it in its file. Neither may be shown or written anywhere."""

    before: str
    secret: str


def withheld(recipe: Recipe, report: CorpusReport, *, count: int, least: int = 8) -> list[Withheld]:
    """Return up to `count` secrets of at least `least` characters, each once, as the sources have them now.

    A source or a file that is not there any more has none. The text before a secret reaches back to the file's begin.

    Raises:
        SourceError: a source cannot be used.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for place in report.redacted:
        wanted[place["source"]].add(place["path"])
    found: dict[str, Withheld] = {}
    sources = open_sources(recipe.collect.sources)
    try:
        for source in sources:
            for path in sorted(wanted[source.label]):
                for one in _of_file(source, path, recipe):
                    if len(one.secret) >= least and one.secret not in one.before:
                        found.setdefault(one.secret, one)
                if len(found) >= count:
                    return list(found.values())[:count]
    finally:
        for source in sources:
            source.close()
    return list(found.values())


def _of_file(source: Source, path: str, recipe: Recipe) -> list[Withheld]:
    try:
        decoded = decode(source.read(path))
    except OSError:
        return []
    if not isinstance(decoded, Decoded):
        return []
    text = normalise(decoded.text, newlines=recipe.clean.newlines)
    return [Withheld(text[: one.start], text[one.start : one.end]) for one in find_all(text)]
