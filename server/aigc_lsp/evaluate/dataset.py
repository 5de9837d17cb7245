"""Reads a fill-in-the-middle data set: JSON Lines in HumanEval infilling's form, gzipped or not."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aigc_lsp.evaluate.cases import Case
from aigc_models.types import AigcError

ENDINGS = (".jsonl", ".jsonl.gz")
# The field, and the names that data sets have for it.
_BEFORE, _AFTER, _MIDDLE = ("prompt", "prefix"), ("suffix",), ("canonical_solution", "middle")
_MOST_LINE = 16 << 20


class DatasetError(AigcError):
    """A data set that cannot be used; the text names the file, the line and the field."""


def read_dataset(path: Path, language: str = "python") -> list[Case]:
    """Return the cases of a file: `prompt`, `suffix` and `canonical_solution` (or `prefix`, `suffix`, `middle`).

    A record may name its own `language` (an LSP id), else it is `language`; `task_id`, `test` and `entry_point` are
    optional. Where whole lines are missing, the cursor stands on an empty line of its own, as after Return. Source of
    the form: Bavarian et al., "Efficient Training of Language Models to Fill in the Middle" (2022).

    Raises:
        DatasetError: the file cannot be read, or a record is not of that form.
    """
    kind = path.name.partition(".")[0]
    cases: list[Case] = []
    for number, record in _records(path):
        where = f"{path}:{number}"
        before, after, middle = (_text(record, names, where) for names in (_BEFORE, _AFTER, _MIDDLE))
        if (not before or before.endswith("\n")) and not after.startswith("\n"):
            after = "\n" + after
        name, spoken = record.get("task_id", f"{kind}/{number}"), record.get("language", language)
        test, entry_point = record.get("test", ""), record.get("entry_point", "")
        for field in (name, spoken, test, entry_point):
            if not isinstance(field, str):
                raise DatasetError(f"{where}: task_id, language, test and entry_point are texts, not {field!r:.40}.")
        cases.append(Case(name, kind, spoken, before, after, middle, None, test, entry_point))
    if not cases:
        raise DatasetError(f"{path} has no cases.")
    return cases


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as stream:
            number = 0
            while line := stream.readline(_MOST_LINE):
                number += 1
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    raise DatasetError(f"{path}:{number}: not JSON. Each line is one record.") from None
                if not isinstance(record, dict):
                    raise DatasetError(f"{path}:{number}: an object is expected, not {type(record).__name__}.")
                yield number, record
    except (OSError, EOFError, zlib.error) as error:  # gzip's own faults are OSErrors but for these two
        raise DatasetError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None


def _text(record: dict[str, Any], names: tuple[str, ...], where: str) -> str:
    value = next((record[name] for name in names if name in record), None)
    if not isinstance(value, str):
        raise DatasetError(f"{where}: the text field {' or '.join(repr(name) for name in names)} is missing.")
    return value
