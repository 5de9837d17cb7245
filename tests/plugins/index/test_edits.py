"""Recent edits: one place is one edit, wherever it has moved to; what came before can be told."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_plugins.index import IndexedWorkspace
from aigc_plugins.index.edits import Edits

TEXT = "".join(f"line {number}\n" for number in range(60))


def _typed(workspace: IndexedWorkspace, file: Path, text: str, at: int, typed: str) -> str:
    for number in range(1, len(typed) + 1):
        workspace.overlay(file, "python", text[:at] + typed[:number] + text[at:])
    return text[:at] + typed + text[at:]


def test_keys_in_one_place_are_one_edit(workspace: IndexedWorkspace, root: Path) -> None:
    file = root / "a.py"
    workspace.overlay(file, "python", TEXT)
    _typed(workspace, file, TEXT, TEXT.index("line 5\n") + 6, " and more\nnew line")
    (edit,) = workspace.recent_edits()
    assert (edit.start_line, edit.end_line) == (5, 7)
    assert (edit.before, edit.after) == ("line 5\n", "line 5 and more\nnew line\n")


def test_edits_move_with_the_lines_above_and_the_last_comes_first(workspace: IndexedWorkspace, root: Path) -> None:
    file = root / "a.py"
    workspace.overlay(file, "python", TEXT)
    text = _typed(workspace, file, TEXT, TEXT.index("line 40"), "late ")
    _typed(workspace, file, text, TEXT.index("line 2\n"), "early\n")
    first, second = workspace.recent_edits()
    assert (first.start_line, first.after) == (2, "early\nline 2\n")
    assert (second.start_line, second.before, second.after) == (41, "line 40\n", "late line 40\n")
    assert first.order > second.order


def test_what_is_taken_back_is_no_edit(workspace: IndexedWorkspace, root: Path) -> None:
    file = root / "a.py"
    workspace.overlay(file, "python", TEXT)
    workspace.overlay(file, "python", TEXT.replace("line 7", "line x"))
    workspace.overlay(file, "python", TEXT)
    assert workspace.recent_edits() == []


def test_edits_stay_when_their_file_is_closed(workspace: IndexedWorkspace, root: Path) -> None:
    file = root / "a.py"
    workspace.overlay(file, "python", TEXT)
    workspace.overlay(file, "python", TEXT.replace("line 7\n", "changed\n"))
    workspace.drop(file)
    workspace.overlay(file, "python", "other\n" + TEXT)
    (edit,) = workspace.recent_edits()
    assert (edit.path, edit.start_line, edit.before, edit.after) == ("a.py", 7, "line 7\n", "changed\n")


def test_a_file_that_is_replaced_is_no_edit(workspace: IndexedWorkspace, root: Path) -> None:
    workspace.overlay(root / "a.py", "python", TEXT * 3)
    workspace.overlay(root / "a.py", "python", TEXT.upper() * 3)
    assert workspace.recent_edits() == []


def test_there_are_never_many(workspace: IndexedWorkspace, root: Path) -> None:
    for number in range(100):
        file = root / f"f{number}.py"
        workspace.overlay(file, "python", TEXT)
        workspace.overlay(file, "python", TEXT.replace("line 7\n", "changed\n"))
    edits = workspace.recent_edits()
    assert len(edits) <= 32
    assert edits[0].path == "f99.py"


_WORDS = st.text(alphabet="ab\n", max_size=12)


@given(_WORDS, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6), _WORDS), max_size=20))
@settings(max_examples=400)
def test_taking_every_edit_back_gives_the_first_text(text: str, changes: list[tuple[int, int, str]]) -> None:
    edits, now = Edits(), text
    for at, length, new in changes:
        start = min(at, len(now))
        changed = now[:start] + new + now[start + length :]
        edits.changed("a", now, changed)
        now = changed
    lines = now.split("\n")
    for edit in edits.recent({"a": now}):
        shown = "\n".join(lines[edit.start_line : edit.end_line])
        assert edit.after in (shown, shown + "\n")
    for edit in sorted(edits._edits, key=lambda edit: edit.start, reverse=True):
        now = now[: edit.start] + edit.before + now[edit.end :]
    assert now == text
