"""Similar code, recent edits, open files and the sibling: what each gives, and what it leaves out."""

from __future__ import annotations

import pytest

from aigc_plugins.context import (
    DefinitionsProvider,
    OpenFilesProvider,
    RecentEditsProvider,
    SiblingProvider,
    SimilarCodeProvider,
)
from aigc_plugins.context.base import WorkspaceSource
from aigc_plugins.context.passages import LINES, best_passages, without_prose, word_weights
from aigc_plugins.context.sibling import sibling_of
from aigc_plugins.document import Document
from aigc_plugins.syntax import language_for
from aigc_plugins.workspace import RecentEdit

from .memory import MemoryWorkspace, at_cursor

SOURCES = [SimilarCodeProvider, RecentEditsProvider, OpenFilesProvider, SiblingProvider]


def ask(source: WorkspaceSource, workspace: MemoryWorkspace, path: str, marked: str) -> list[tuple[str, str]]:
    snapshot, offset = at_cursor(workspace, path, marked)
    source.attach(workspace)
    return [(one.path, one.text) for one in source.snippets(snapshot, offset, 4000)]


def test_similar_code_shows_the_lines_that_use_the_same_names() -> None:
    noise = "\n".join(f"value_{number} = compute({number})" for number in range(40))
    call = "def use(session):\n    reply = session.fetch_rows(query_text, page_size=50)\n    return reply\n"
    workspace = MemoryWorkspace({"a.py": f"{noise}\n\n{call}\n{noise}", "b.js": call, "c.py": noise})
    found = ask(SimilarCodeProvider(), workspace, "app.py", "def mine(session, query_text):\n    reply = ‸")
    assert found[0][0] == "a.py"
    assert "session.fetch_rows(query_text, page_size=50)" in found[0][1]
    assert len(found[0][1].split("\n")) <= LINES
    assert all(path != "b.js" for path, _ in found)


def test_similar_code_looks_at_the_file_itself_but_not_around_the_cursor() -> None:
    far = "def first(session):\n    return session.fetch_rows(alpha_beta)\n\n\n"
    filler = "\n".join(f"# {number}" for number in range(60))
    workspace = MemoryWorkspace({})
    marked = f"{far}{filler}\n\n\ndef second(session):\n    return session.fetch_rows(‸)\n"
    found = ask(SimilarCodeProvider(), workspace, "app.py", marked)
    assert any("fetch_rows(alpha_beta)" in text for _, text in found)
    assert not any("def second" in text for _, text in found)


def test_similar_code_searches_for_what_the_file_imports_from_the_workspace() -> None:
    workspace = MemoryWorkspace(
        {
            "lib/tools.py": "def polish_shoes(count):\n    return count\n",
            "x.py": "def morning():\n    polish_shoes(2)\n",
        }
    )
    found = ask(SimilarCodeProvider(), workspace, "app.py", "from lib.tools import polish_shoes\nimport json\n\n\n‸")
    assert any("polish_shoes(2)" in text for _, text in found)


def test_passages_leave_documentation_out() -> None:
    python = language_for("python")
    java = language_for("java")
    assert python is not None
    assert java is not None
    lines = ["def a():", '    """Say.', "", "    More.", '    """', "    return 1", '    """One line."""', "    x = 2"]
    assert without_prose(lines, python) == ["def a():", "    return 1", "    x = 2"]
    assert without_prose(["/** doc", " * more", " */", "int a;"], java) == ["int a;"]


def test_passages_do_not_overlap_and_the_best_has_score_one() -> None:
    lines = [f"line_{number} = alpha(beta)" for number in range(60)]
    found = best_passages([lines], word_weights("alpha", ["beta"]), 10)
    assert found[0].score == 1.0
    shown = [line for one in found for line in one.text.split("\n")]
    assert len(shown) == len(set(shown))


def test_recent_edits_show_the_text_of_now_with_lines_around() -> None:
    lines = [f"row_{number} = {number}" for number in range(30)]
    lines[10] = "row_10 = changed(11)"
    workspace = MemoryWorkspace(
        {"b.py": "\n".join(lines)}, edits=[RecentEdit("b.py", 10, 11, "row_10 = 10", "row_10 = changed(11)", 1)]
    )
    ((path, text),) = ask(RecentEditsProvider(), workspace, "app.py", "x = ‸")
    assert path == "b.py"
    assert text.split("\n") == lines[8:13]
    assert "row_10 = 10" not in text.split("\n")


def test_an_edit_at_the_cursor_is_no_news_but_one_elsewhere_in_the_file_is() -> None:
    marked = "\n".join([*(f"row_{number} = {number}" for number in range(30)), "x = ‸"])
    edits = [RecentEdit("app.py", 30, 31, "", "x = ", 2), RecentEdit("app.py", 3, 4, "", "row_3 = 3", 1)]
    ((_, text),) = ask(RecentEditsProvider(), MemoryWorkspace({}, edits=edits), "app.py", marked)
    assert text.startswith("row_1 = 1")


def test_edits_of_files_that_are_gone_or_that_only_deleted_are_left_out() -> None:
    edits = [RecentEdit("gone.py", 0, 1, "a", "b"), RecentEdit("b.py", 0, 0, "a\n", "")]
    assert ask(RecentEditsProvider(), MemoryWorkspace({"b.py": "c = 1\n"}, edits=edits), "app.py", "x = ‸") == []


def test_open_files_give_the_piece_that_fits_or_what_they_define() -> None:
    files = {
        "fits.py": "\n".join(f"# {n}" for n in range(50)) + "\nsession.fetch_rows(query_text)\n",
        "other.py": "def elsewhere(a, b):\n    return a\n",
        "page.html": "<p>session query_text</p>",
    }
    workspace = MemoryWorkspace(files, opened=["other.py", "page.html", "fits.py", "app.py"])
    found = ask(OpenFilesProvider(), workspace, "app.py", "query_text = session.‸")
    assert [path for path, _ in found] == ["fits.py", "other.py"]
    assert "session.fetch_rows(query_text)" in found[0][1]
    assert found[1][1] == "def elsewhere(a, b):"


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("pkg/foo.py", "pkg/test_foo.py"),
        ("pkg/foo.py", "tests/pkg/test_foo.py"),
        ("src/pkg/foo.py", "tests/pkg/foo_test.py"),
        ("src/foo.ts", "src/foo.test.ts"),
        ("src/foo.ts", "src/foo.spec.ts"),
        ("src/a/foo.tsx", "src/a/__tests__/foo.test.tsx"),
        ("src/foo.js", "src/__tests__/foo.test.js"),
        ("util/foo.go", "util/foo_test.go"),
        ("src/main/java/org/x/Foo.java", "src/test/java/org/x/FooTest.java"),
    ],
)
def test_siblings_both_ways(source: str, test: str) -> None:
    workspace = MemoryWorkspace({source: "x", test: "y", "elsewhere/" + source: "z", "far/" + test: "z"})
    language = language_for("", Document(source, "", "").path)
    assert language is not None
    assert sibling_of(language, source, workspace) == test
    assert sibling_of(language, test, workspace) == source


def test_a_sibling_in_unrelated_folders_is_not_guessed_among_several() -> None:
    python = language_for("python")
    assert python is not None
    workspace = MemoryWorkspace({"a/utils.py": "", "b/test_utils.py": "", "c/test_utils.py": ""})
    assert sibling_of(python, "a/utils.py", workspace) is None


def test_the_sibling_shows_its_piece_and_its_outline() -> None:
    files = {"test_shop.py": "from shop import pay\n\n\ndef test_pay():\n    assert pay(3) == 3\n"}
    found = ask(SiblingProvider(), MemoryWorkspace(files), "shop.py", "def pay(x):\n    return ‸\n")
    assert [path for path, _ in found] == ["test_shop.py", "test_shop.py"]
    assert "assert pay(3) == 3" in found[0][1]
    assert found[1][1] == "def test_pay():"


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize(
    ("uri", "language"),
    [
        ("untitled:Untitled-1", "python"),
        ("vscode-notebook-cell:/ws/a.ipynb#W0sZmlsZQ", "python"),
        ("file:///elsewhere/a.py", "python"),
        ("file:///ws/a.unknown", "no-such-language"),
    ],
)
def test_documents_without_a_path_or_a_grammar_are_no_error(
    kind: type[WorkspaceSource], uri: str, language: str
) -> None:
    workspace = MemoryWorkspace({"b.py": "alpha_beta = gamma\n"}, opened=["b.py"])
    source = kind()
    snapshot = Document(uri, language, "alpha_beta = \n").snapshot()
    assert source.snippets(snapshot, 13, 1000) == []  # not attached yet
    source.attach(workspace)
    found = source.snippets(snapshot, 13, 1000)
    if language == "python" and kind in (SimilarCodeProvider, OpenFilesProvider):
        assert found
        assert found[0].path == "b.py"


@pytest.mark.parametrize("kind", [*SOURCES, DefinitionsProvider])
def test_a_file_of_one_endless_line_gives_short_snippets(kind: type[WorkspaceSource]) -> None:
    endless = "query_text = session.fetch_rows(1); " * 3000
    edits = [RecentEdit("b.py", 0, 1, "", endless, 1)]
    workspace = MemoryWorkspace({"b.py": endless, "test_app.py": endless}, opened=["b.py"], edits=edits)
    found = ask(kind(), workspace, "app.py", endless + "query_text‸" + endless)
    assert all(len(line) <= 200 for _, text in found for line in text.split("\n"))
