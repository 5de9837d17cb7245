"""Cases from a repository: spread, repeatable, cross-file by the index's symbols; and the mask hides the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.masked import MaskedWorkspace
from aigc_lsp.evaluate.repository import NothingToMaskError, repository_cases
from aigc_plugins.index import IndexedWorkspace, Indexer

SHAPES = '''"""Shapes."""


def area_of(width, height):
    return width * height


def twice(value):
    return area_of(value, 2)


class Box:
    def scaled_by(self, factor):
        return factor

    def join(self, other):
        return other

    def range(self, low):
        return low

    def sort_of(self, other):
        return other
'''
MAIN = """from pkg.shapes import area_of, Box


def main(box: Box, names):
    total = area_of(3, unlikelyword)
    grown = box.scaled_by(total)
    local = helper_here(grown)
    print(",".join(names), Box(), range(100), sort_of(100))
    return local


def helper_here(value):
    return value
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "shapes.py").write_text(SHAPES)
    (folder / "pkg" / "main.py").write_text(MAIN)
    (folder / "hidden.py").write_text("def hidden():\n    value = compute_hidden(1)\n    return value\n")
    (folder / ".aigcignore").write_text("hidden.py\n")
    (folder / "notes.txt").write_text("x = compute(1)\n")
    return folder


@pytest.fixture
def workspace(root: Path, tmp_path: Path) -> Iterator[MaskedWorkspace]:
    database = tmp_path / "db"
    Indexer(root, folder=database).build()
    made = MaskedWorkspace(lambda: IndexedWorkspace([root], folder=database))
    yield made
    made.close()


def test_cross_file_calls_are_of_functions_defined_once_in_another_file(root: Path, workspace: MaskedWorkspace) -> None:
    cases = repository_cases(root, workspace, kinds=["cross-file"], count=0)
    assert sorted((case.path.name if case.path else "", case.reference) for case in cases) == [
        ("main.py", "area_of(3, unlikelyword)"),
        ("main.py", "scaled_by(total)"),
    ]


def test_a_case_puts_the_file_together_again(root: Path, workspace: MaskedWorkspace) -> None:
    cases = repository_cases(root, workspace, kinds=["line", "call", "block", "expression"], count=0)
    assert {case.kind for case in cases} == {"line", "call", "block", "expression"}
    for case in cases:
        assert case.path is not None
        assert case.before + case.reference + case.after == case.path.read_text()
        assert case.reference == case.reference.strip()


def test_ignored_files_and_files_without_syntax_are_left_alone(root: Path, workspace: MaskedWorkspace) -> None:
    cases = repository_cases(root, workspace, kinds=["line"], count=0)
    assert {case.path.name for case in cases if case.path} == {"shapes.py", "main.py"}


def test_the_seed_decides_and_files_take_turns(root: Path, workspace: MaskedWorkspace) -> None:
    def names(seed: int) -> list[str]:
        return [case.name for case in repository_cases(root, workspace, kinds=["line", "call"], count=4, seed=seed)]

    assert names(3) == names(3)
    assert len({tuple(names(seed)) for seed in range(8)}) > 1
    files = Counter(name.partition(":")[0] for name in names(3))
    assert set(files.values()) == {2}


def test_nothing_to_mask_says_so(tmp_path: Path, root: Path, workspace: MaskedWorkspace) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToMaskError, match="no source file"):
        repository_cases(tmp_path / "empty", workspace)
    with pytest.raises(NothingToMaskError, match="no source file"):
        repository_cases(root, workspace, languages=["go"])
    (tmp_path / "empty" / "a.py").write_text("import os\n")
    with pytest.raises(NothingToMaskError, match="no call to mask"):
        repository_cases(tmp_path / "empty", workspace, kinds=["call"])


def everything_seen(workspace: MaskedWorkspace) -> str:
    """Return all that a provider can get to see of the masked file."""
    texts = [chunk.text for chunk in workspace.search(["unlikelyword", "area_of", "total"], limit=50)]
    texts += [file.text for file in workspace.open_files()]
    texts += [edit.before + edit.after for edit in workspace.recent_edits()]
    texts += [symbol.signature for symbol in workspace.outline("pkg/main.py")]
    texts.append(workspace.read("pkg/main.py") or "")
    return "\n".join(texts)


def masked(root: Path, workspace: MaskedWorkspace) -> list[Case]:
    found = repository_cases(root, workspace, kinds=["cross-file"], count=0)
    return sorted(found, key=lambda case: case.reference)


def test_the_answer_is_nowhere_in_the_workspace(root: Path, workspace: MaskedWorkspace) -> None:
    assert "unlikelyword" in everything_seen(workspace)
    area, scaled = masked(root, workspace)
    for case, hidden, there in (
        (area, "unlikelyword", "scaled_by(total)"),
        (scaled, "scaled_by(total)", "unlikelyword"),
    ):
        workspace.show(case)
        seen = everything_seen(workspace)
        assert hidden not in seen
        assert there in seen  # what the case before had hidden is there again
        assert "def area_of(width, height)" in seen


def test_after_a_case_its_file_is_as_on_the_disk(root: Path, workspace: MaskedWorkspace) -> None:
    area, _ = masked(root, workspace)
    workspace.show(area)
    other = Case("o", "line", "python", SHAPES[:-20], "", "x", root / "pkg" / "shapes.py")
    workspace.show(other)
    assert "unlikelyword" in (workspace.read("pkg/main.py") or "")
    assert [file.path for file in workspace.open_files()] == ["pkg/shapes.py"]
