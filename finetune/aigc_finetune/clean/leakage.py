"""How much of what is held out also stands in what trains, line by line. It reads the corpus as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from aigc_finetune.types import CorpusFile

_LEAST = 8  # characters of a line that counts: shorter ones (`else:`, `}`) are everywhere
_TOLD = 50  # files that are named at most
_MOST = 1 << 20  # different held-out lines that are kept in memory; of more, a sample by their hash is


@dataclass(slots=True)
class Leakage:
    """What a check found. `share` is that of held-out lines which stand verbatim in training, white space aside.

    `files` lists held-out files of which at least half the lines do, with that share. Of each `sampled` lines one was
    looked at (1: all of them).
    """

    sampled: int = 1

    files_in_train: list[str] = field(default_factory=list)
    lines: int = 0
    lines_in_train: int = 0
    files: list[tuple[str, float]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Return the share of held-out lines that stand in training."""
        return self.lines_in_train / self.lines if self.lines else 0.0


def check(train: Callable[[], Iterable[CorpusFile]], held_out: Callable[[], Iterable[CorpusFile]]) -> Leakage:
    """Compare both splits; one file at a time. Memory is bounded but for the files' hashes."""
    found = Leakage()
    wanted: set[int] = set()
    hashes: dict[str, str] = {}
    for file in held_out():
        wanted.update(_lines(file.text, found.sampled))
        while len(wanted) > _MOST:
            found.sampled *= 2
            wanted = {line for line in wanted if not line % found.sampled}
        hashes[file.sha256] = file.path
    if not hashes:
        return found
    seen: set[int] = set()
    for file in train():
        seen.update(wanted.intersection(_lines(file.text, found.sampled)))
        if file.sha256 in hashes:
            found.files_in_train.append(hashes[file.sha256])
    for file in held_out():
        lines = list(_lines(file.text, found.sampled))
        known = sum(line in seen for line in lines)
        found.lines += len(lines)
        found.lines_in_train += known
        if lines and known >= 0.5 * len(lines):
            found.files.append((file.path, round(known / len(lines), 3)))
    found.files = sorted(found.files, key=lambda one: (-one[1], one[0]))[:_TOLD]
    return found


def _lines(text: str, sampled: int) -> Iterator[int]:
    """Yield a hash of each line that counts; with `sampled` above 1, of those alone that it divides."""
    for line in text.split("\n"):
        plain = line.strip()
        if len(plain) >= _LEAST:
            value = int.from_bytes(hashlib.blake2b(plain.encode(), digest_size=8).digest(), "big")
            if not value % sampled:
                yield value
