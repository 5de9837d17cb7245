"""Data sets: both spellings of the fields, gzip, and errors that name the line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from aigc_lsp.evaluate.cases import spread_evenly
from aigc_lsp.evaluate.dataset import DatasetError, read_dataset

RECORD = {"task_id": "T/1", "prompt": "def f(x):\n", "suffix": "    return y\n", "canonical_solution": "    y = x\n"}


def dataset(path: Path, *records: Any) -> Path:
    text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in records)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["single_line.jsonl", "single_line.jsonl.gz"])
def test_a_record_becomes_a_case_with_the_cursor_on_a_line_of_its_own(tmp_path: Path, name: str) -> None:
    [case] = read_dataset(dataset(tmp_path / name, RECORD))
    assert (case.before, case.after) == ("def f(x):\n", "\n    return y\n")
    assert (case.name, case.kind, case.language, case.reference) == ("T/1", "single_line", "python", "    y = x\n")
    assert case.snapshot().language is not None


def test_other_names_of_the_fields_and_a_language_of_its_own(tmp_path: Path) -> None:
    record = {"prefix": "x := ", "suffix": "\n", "middle": "1", "language": "go"}
    [case] = read_dataset(dataset(tmp_path / "a.jsonl", record, ""))
    assert (case.before, case.after, case.reference, case.language) == ("x := ", "\n", "1", "go")
    assert case.uri.endswith(".go")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", r"a\.jsonl:2: not JSON"),
        ("[1]", "an object is expected"),
        ({"prompt": "a", "suffix": "b"}, "'canonical_solution' or 'middle'"),
        ({**RECORD, "suffix": 3}, "'suffix'"),
        ({**RECORD, "test": 3}, "are texts"),
    ],
)
def test_a_wrong_record_is_named_with_its_line(tmp_path: Path, line: Any, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        read_dataset(dataset(tmp_path / "a.jsonl", RECORD, line))


def test_files_that_are_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(b"not gzip")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_dataset(tmp_path / "a.jsonl.gz")
    whole = gzip.compress(b'{"a": 1}\n' * 1000)
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError):
        read_dataset(tmp_path / "a.jsonl.gz")
    with pytest.raises(DatasetError, match="has no cases"):
        read_dataset(dataset(tmp_path / "b.jsonl"))


def test_a_part_of_the_cases_is_spread_over_all_of_them(tmp_path: Path) -> None:
    records = [{**RECORD, "task_id": str(number)} for number in range(10)]
    cases = read_dataset(dataset(tmp_path / "a.jsonl", *records))
    assert [case.name for case in spread_evenly(cases, 4)] == ["0", "2", "5", "7"]
    assert spread_evenly(cases, 0) == spread_evenly(cases, 99) == cases
