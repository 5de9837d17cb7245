"""Where files wait between the two passes: on disk, so that a corpus may be larger than memory."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aigc_finetune.clean.signature import Signature
from aigc_finetune.collect.sources.base import Commits, Rejected
from aigc_finetune.types import CorpusFile, corpus_line

PARTIAL = ".partial"  # folder of an unfinished corpus; a run that was killed leaves it, the next one removes it


@dataclass(slots=True)
class Record:
    """What is kept in memory of a file that was taken."""

    path: str
    source: int
    language: str
    size: int
    sha256: str
    licence: str
    commits: Commits | None
    signature: Signature | None


class Stage:
    """The folder of an unfinished corpus."""

    def __init__(self, corpus: Path) -> None:
        self.folder = corpus / PARTIAL
        shutil.rmtree(self.folder, ignore_errors=True)
        corpus.mkdir(mode=0o700, parents=True, exist_ok=True)  # the user's code, readable for nobody else
        self.folder.mkdir()
        self.records: list[Record] = []
        self._files = self._open("files.jsonl")
        self._rejected = self._open("rejected.jsonl")

    def _open(self, name: str) -> IO[str]:
        return (self.folder / name).open("w", encoding="utf-8")

    def take(self, file: CorpusFile, record: Record) -> None:
        """Keep a file for the second pass."""
        self._files.write(corpus_line(file))
        self.records.append(record)

    def reject(self, one: Rejected) -> None:
        """Write down why a file is not taken."""
        self._rejected.write(json.dumps(one._asdict(), ensure_ascii=False) + "\n")

    def lines(self) -> Iterator[str]:
        """Yield the files that were taken as lines of a corpus, in the order of `records`."""
        self._files.flush()
        with (self.folder / "files.jsonl").open(encoding="utf-8") as stream:
            yield from stream

    @contextmanager
    def writers(self) -> Iterator[dict[str, IO[str]]]:
        """Open the files of both splits; when the block ends they are on the disk."""
        streams = {split: self._open(f"{split}.jsonl") for split in ("train", "eval")}
        try:
            yield streams
            for stream in (*streams.values(), self._rejected):
                stream.flush()
                os.fsync(stream.fileno())
        finally:
            for stream in streams.values():
                stream.close()

    def finish(self, corpus: Path) -> None:
        """Move what was written into place. The report, which makes it count, is not written here."""
        self.close()
        for name in ("train.jsonl", "eval.jsonl", "rejected.jsonl"):
            (self.folder / name).replace(corpus / name)
        shutil.rmtree(self.folder)

    def close(self) -> None:
        """Close what is open."""
        self._files.close()
        self._rejected.close()
