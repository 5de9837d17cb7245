"""Splits: stable by path, by time where a history tells, never empty for training."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_finetune.collect.sources.base import Commits
from aigc_finetune.collect.split import Division, Placed, divide
from aigc_finetune.recipe import CollectSection
from tests.finetune.collect.helpers import Built, commit, git, module, recipe, write


def _divide(paths: list[str], **settings: object) -> dict[str, str]:
    files = [Placed(path, 100) for path in paths]
    return dict(zip(paths, divide(files, CollectSection.model_validate(settings)).splits, strict=True))


PATHS = [f"folder{at % 7}/file{at}.py" for at in range(1000)]


def test_more_files_move_none() -> None:
    few, many = _divide(PATHS[:500]), _divide(PATHS)
    assert {path: many[path] for path in few} == few
    assert _divide(PATHS[::-1]) == many


def test_the_split_is_what_it_always_was() -> None:
    held = [path for path, split in _divide(PATHS[:12]).items() if split == "eval"]
    assert held == ["folder4/file4.py", "folder1/file8.py", "folder3/file10.py"]


@pytest.mark.parametrize("fraction", [0.05, 0.2, 0.5])
def test_the_share_is_about_what_is_asked_for(fraction: float) -> None:
    held = list(_divide(PATHS, eval_fraction=fraction).values()).count("eval")
    assert held / len(PATHS) == pytest.approx(fraction, abs=0.04)


def test_another_seed_gives_another_split() -> None:
    assert _divide(PATHS, seed=1) != _divide(PATHS, seed=2)


def test_none_holds_nothing_out() -> None:
    assert set(_divide(PATHS, split="none").values()) == {"train"}


def test_of_two_files_the_larger_trains() -> None:
    for seed in range(10):
        files = [Placed("small.py", 10), Placed("large.py", 1000)]
        division = divide(files, CollectSection(seed=seed, eval_fraction=1e-9))
        assert division.splits == ["eval", "train"]
        assert division.notes


def _timed(times: list[tuple[int, int] | None]) -> Division:
    files = [Placed(f"f{at}.py", 10, Commits(*one) if one else None) for at, one in enumerate(times)]
    return divide(files, CollectSection(split="time"))


def test_the_newest_files_are_held_out() -> None:
    division = _timed([(5, at) for at in range(10)])
    assert (division.method, division.splits) == ("time", ["train"] * 8 + ["eval"] * 2)


def test_files_of_one_commit_stay_together() -> None:
    division = _timed([(1, 1)] * 7 + [(2, 2)] * 3)
    assert division.splits == ["train"] * 7 + ["eval"] * 3


def test_where_one_commit_touched_nearly_all_files_the_first_commit_counts() -> None:
    division = _timed([(at, 100) for at in range(10)])
    assert (division.method, division.splits) == ("time", ["train"] * 8 + ["eval"] * 2)


@pytest.mark.parametrize("times", [[None] * 30, [(1, 1)] * 30, [(1, 1)] + [(2, 2)] * 29])
def test_without_a_usable_history_the_split_is_by_file_and_says_so(times: list[tuple[int, int] | None]) -> None:
    division = _timed(times)
    assert division.method == "file"
    assert "not by time" in division.notes[0]


def test_files_without_a_time_are_split_by_path() -> None:
    division = _timed([(at, at) for at in range(10)] + [None] * 200)
    assert division.splits[:10] == ["train"] * 8 + ["eval"] * 2
    assert 20 <= division.splits[10:].count("eval") <= 60


def test_a_working_tree_is_split_by_its_history(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    for at in range(10):
        commit(root, {f"sub/m{at}.py": module(at)}, 1_700_000_000 + at * 1000)
    commit(root, {"sub/m0.py": module(20)}, 1_700_100_000)
    built = Built(recipe(root / "sub", split="time"), tmp_path / "run")
    assert built.report.split == "time"
    assert {file.path: file.time for file in built.eval} == {"m0.py": 1_700_100_000, "m9.py": 1_700_009_000}
    assert max(file.time or 0 for file in built.train) < min(file.time or 0 for file in built.eval)
    plain = Built(
        recipe(write(tmp_path / "plain", {"a.py": module(1), "b.py": module(2)}), split="time"), tmp_path / "r2"
    )
    assert plain.report.split == "file"
    assert "not by time" in plain.report.notes[0]


def test_a_shallow_clone_falls_back(tmp_path: Path) -> None:
    for at in range(6):
        commit(tmp_path / "repo", {f"m{at}.py": module(at)}, 1_700_000_000 + at)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tmp_path}/repo", "shallow")
    assert Built(recipe(tmp_path / "shallow", split="time"), tmp_path / "run").report.split == "file"
