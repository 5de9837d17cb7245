"""Plain samples: files left to right, several in one sample with what separates them, cut where definitions begin."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aigc_finetune.augment.source import Source
from aigc_finetune.types import Part, Sample
from aigc_models.fim import FimTemplate, Special, Text

_LEAST = 0.55  # a piece is cut at a definition only where that leaves it so much of the room
_SMALL = 200  # characters; a sample with less room left is not filled up


@dataclass(frozen=True, slots=True)
class Piece:
    """The characters [start, end) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The piece's text."""
        return self.source.text[self.start : self.end]

    @property
    def last(self) -> bool:
        """Whether nothing but white space follows."""
        return not self.source.text[self.end :].strip()

    def halves(self) -> tuple[Piece, Piece] | None:
        """Return the piece cut in two at a definition or a line near its middle; None for a single character."""
        room = (self.end - self.start + 1) // 2
        if room >= self.end - self.start:
            return None
        cut = cut_at(self.source, self.start, room)
        return Piece(self.source, self.start, cut), Piece(self.source, cut, self.end)


@dataclass(frozen=True, slots=True)
class PlainCase:
    """One plain sample: pieces of files in order. All but the last are whole files or ends of files."""

    pieces: tuple[Piece, ...]

    @property
    def characters(self) -> int:
        """How many characters of files it has."""
        return sum(piece.end - piece.start for piece in self.pieces)

    def sample(self, template: FimTemplate | None) -> Sample:
        """Return the sample, written as the engine writes a prompt with other files before the prefix.

        A single piece stands alone, like a prompt without other files.
        """
        *others, own = self.pieces
        parts: list[Part] = []
        if others and template is not None and template.file_separator:
            separator = Part(template.special(template.file_separator))
            for piece in others:
                parts += [separator, Part(Text(f"{piece.source.file.path}\n{piece.text.rstrip()}\n"))]
            parts += [separator, Part(Text(f"{own.source.file.path}\n"))]
        elif others:
            comment = own.source.language.line_comment or "#"
            files = [f"{comment} {piece.source.file.path}\n{piece.text.rstrip()}\n\n" for piece in others]
            parts.append(Part(Text(f"{''.join(files)}{comment} {own.source.file.path}\n")))
        parts.append(Part(Text(own.text)))
        whole = "".join(part.segment.text for part in parts if not isinstance(part.segment, Special))
        marks = ("plain", "files" if others else "", own.source.variant)
        return Sample("-".join(filter(None, marks)), own.source.file.path, tuple(parts), whole, own.last)

    def halves(self) -> tuple[PlainCase, PlainCase] | None:
        """Return it as two samples, for one that came out too long; None where it cannot be cut."""
        if len(self.pieces) > 1:
            middle = len(self.pieces) // 2
            return PlainCase(self.pieces[:middle]), PlainCase(self.pieces[middle:])
        both = self.pieces[0].halves()
        return (PlainCase((both[0],)), PlainCase((both[1],))) if both else None


def plain_cases(
    sources: Iterable[Source], characters: int, rng: random.Random, *, joined: bool, passes: float = 1.0
) -> Iterator[PlainCase]:
    """Yield samples of about `characters` each that cover the files `passes` times, in the order given.

    With `joined` a sample goes on with the next file, as long as there is room. Each pass cuts elsewhere; a fraction of
    a pass takes each sample with that probability.
    """
    held = [source for source in sources if source.text.strip()]
    while passes > 0:
        for case in _one_pass(held, characters, rng, joined):
            if passes >= 1 or rng.random() < passes:
                yield case
        passes -= 1


def _one_pass(sources: list[Source], characters: int, rng: random.Random, joined: bool) -> Iterator[PlainCase]:
    pieces: list[Piece] = []
    room = rng.randint(max(characters // 2, 1), max(characters, 1))
    for source in sources:
        if not joined and pieces:
            yield PlainCase(tuple(pieces))
            pieces, room = [], characters
        start = 0
        while start < len(source.text):
            end = cut_at(source, start, room)
            pieces.append(Piece(source, start, end))
            room -= end - start
            if end < len(source.text) or room < min(_SMALL, characters // 2):
                yield PlainCase(tuple(pieces))
                pieces, room = [], characters
            start = end
    if pieces:
        yield PlainCase(tuple(pieces))


def cut_at(source: Source, start: int, room: int) -> int:
    """Return where a piece from `start` with room for so many characters ends.

    That is the file's end, the last definition in the second half of the room, a line's end, or any character.
    """
    room = max(room, 1)
    end = start + room
    if end >= len(source.text):
        return len(source.text)
    low = bisect_left(source.definitions, start + int(room * _LEAST) + 1)
    found = source.definitions[low : bisect_right(source.definitions, end)]
    if found:
        return next((at for at in reversed(found) if not source.text[at].isspace()), found[-1])
    line = source.text.rfind("\n", start, end)
    return line + 1 if line >= 0 else end
