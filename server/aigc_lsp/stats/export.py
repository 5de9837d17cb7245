"""Writes the record's entries to a file for other programs: CSV or JSON lines, one suggestion a line."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

from aigc_lsp.stats.entry import COLUMNS
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_lsp.stats.entry import Entry


def export(entries: Sequence[Entry], path: Path) -> None:
    """Write `entries` to `path`, whose ending says how: `.csv` or `.jsonl`. The file appears whole or not at all.

    Raises:
        AigcError: another ending, or the file cannot be written.
    """
    write = {".csv": _csv, ".jsonl": _jsonl}.get(path.suffix.lower())
    if write is None:
        raise AigcError(f"{path}: not a format that is known. Name a file that ends in .csv or .jsonl.")
    aside = path.with_name(path.name + ".part")
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            write(entries, file)
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise AigcError(f"{path}: {error.strerror or error}. Name a file that can be written.") from error


def _csv(entries: Sequence[Entry], file: IO[str]) -> None:
    writer: Any = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([asdict(entry)[name] for name in COLUMNS] for entry in entries)


def _jsonl(entries: Sequence[Entry], file: IO[str]) -> None:
    for entry in entries:
        file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
