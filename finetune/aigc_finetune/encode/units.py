"""The order in which a corpus is encoded: unit by unit, each a few neighbouring files, read when their turn comes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aigc_finetune.types import CorpusFile, Split
from aigc_models.types import AigcError

_UNIT = 1 << 18  # bytes of a unit, about: what is held in memory at a time


@dataclass(frozen=True, slots=True)
class _Line:
    source: str
    folder: str
    name: str
    offset: int
    size: int


class Units:
    """A split of a corpus as units. Files of one folder stand together; a unit has files of one source only."""

    def __init__(self, corpus: Path, split: Split) -> None:
        self._path = corpus / f"{split}.jsonl"
        digest = hashlib.sha256()
        lines: list[_Line] = []
        if self._path.is_file():
            offset = 0
            with self._path.open("rb") as stream:
                for raw in stream:
                    digest.update(raw)
                    lines.append(_line(self._path, raw, offset))
                    offset += len(raw)
        lines.sort(key=lambda one: (one.source, one.folder, one.name, one.offset))
        self.stamp = digest.hexdigest()
        self.files = len(lines)
        self.bytes = sum(one.size for one in lines)
        self._units = list(_grouped(lines))

    def __len__(self) -> int:
        return len(self._units)

    def read(self, number: int) -> list[CorpusFile]:
        """Return the files of unit `number`."""
        with self._path.open("rb") as stream:
            files = []
            for line in self._units[number]:
                stream.seek(line.offset)
                files.append(CorpusFile(**json.loads(stream.read(line.size))))
        return files


def _line(path: Path, raw: bytes, offset: int) -> _Line:
    try:
        data = json.loads(raw)
        place = PurePosixPath(data["path"])
        return _Line(data["source"], str(place.parent), place.name, offset, len(raw))
    except (ValueError, KeyError, TypeError) as error:
        raise AigcError(f"{path} is damaged at byte {offset} ({error}); collect again.") from error


def _grouped(lines: list[_Line]) -> Iterator[list[_Line]]:
    unit: list[_Line] = []
    size = 0
    for line in lines:
        if unit and (line.source != unit[0].source or size + line.size > _UNIT):
            yield unit
            unit, size = [], 0
        unit.append(line)
        size += line.size
    if unit:
        yield unit
