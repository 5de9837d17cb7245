"""What providers see: the index, open documents in place of what was saved, never a file that is nobody's business."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_plugins.document import Document
from aigc_plugins.index import IndexedWorkspace, Indexer
from aigc_plugins.workspace import Workspace

Write = Callable[..., Path]


def _snapshot(file: Path, text: str = "") -> object:
    return Document(file.as_uri(), "python", text).snapshot()


def test_it_is_a_workspace(workspace: IndexedWorkspace) -> None:
    view: Workspace = workspace
    assert view.search(["anything"]) == []


def test_search_finds_identifiers_and_their_parts_the_best_first(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace
) -> None:
    write("a.py", "def parse_http_header(line):\n    return line.split(':')\n")
    write("b.py", "def header_count(headers):\n    return len(headers)\n")
    write("c.ts", "export function parseHttpHeader(line: string) {\n  return line;\n}\n")
    write("d.py", "def unrelated(): ...\n")
    indexer.build()
    found = workspace.search(["parseHTTPHeader"])
    assert {one.path for one in found} == {"a.py", "b.py", "c.ts"}
    assert found[-1].path == "b.py"
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found[0].score == 1.0
    assert [one.path for one in workspace.search(["parse_http_header"], language="python", exclude=["b.py"])] == [
        "a.py"
    ]
    assert len(workspace.search(["header"], limit=1)) == 1


@pytest.mark.parametrize(
    "words", [[], [""], ["*"], ['"'], ["a OR b"], ["NEAR("], ["def"], ["日本"], ["x" * 5000], ["\x00"]]
)
def test_no_word_breaks_the_search(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace, words: list[str]
) -> None:
    write("a.py")
    indexer.build()
    workspace.search(words)
    assert not workspace.broken


def test_a_search_among_many_chunks_leaves_frequent_words_out_but_not_alone(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace
) -> None:
    for number in range(60):
        write(
            f"f{number}.py", "".join(f"def common_{line}():\n" + "    common()\n" * 30 + "\n\n" for line in range(50))
        )
    write("rare.py", "def common():\n    return needle\n")
    indexer.build()
    assert workspace.search(["common", "needle"])[0].path == "rare.py"
    assert len(workspace.search(["common"], limit=5)) == 5


def test_symbols_outline_and_find(indexer: Indexer, write: Write, workspace: IndexedWorkspace) -> None:
    write("pkg/shapes.py", "class Shape:\n    def area(self): ...\n")
    write("other/shapes.py", "def Shape(): ...\n")
    write("xshapes.py")
    write("it's.py", "def quoted(): ...\n")
    indexer.build()
    assert [(one.path, one.kind) for one in workspace.symbols("Shape")] == [
        ("other/shapes.py", "function"),
        ("pkg/shapes.py", "class"),
    ]
    assert workspace.symbols("Shape", language="go") == []
    assert [(one.name, one.container) for one in workspace.outline("pkg/shapes.py")] == [
        ("Shape", ""),
        ("area", "Shape"),
    ]
    assert workspace.find(["shapes.py"]) == ["pkg/shapes.py", "other/shapes.py"]
    assert workspace.find(["pkg/shapes.py", "nothing.py"]) == ["pkg/shapes.py"]
    assert workspace.find(["it's.py"]) == ["it's.py"]


def test_what_is_open_counts_instead_of_what_is_saved(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace
) -> None:
    file = write("a.py", "def saved_name(): ...\n")
    write("b.py", "def saved_name_elsewhere(): ...\n")
    indexer.build()
    workspace.overlay(file.as_uri(), "python", "def typed_name(): ...\n")
    assert workspace.symbols("saved_name") == []
    assert [one.path for one in workspace.symbols("typed_name")] == ["a.py"]
    assert [one.path for one in workspace.search(["saved"])] == ["b.py"]
    assert workspace.search(["typed_name"])[0].path == "a.py"
    assert workspace.read("a.py") == "def typed_name(): ...\n"
    assert [one.name for one in workspace.outline("a.py")] == ["typed_name"]
    workspace.drop(file.as_uri())
    assert workspace.read("a.py") == "def saved_name(): ...\n"
    assert workspace.symbols("saved_name")


def test_a_new_file_that_was_never_saved_is_there(workspace: IndexedWorkspace, root: Path) -> None:
    workspace.overlay(root / "new.py", "python", "def fresh(): ...\n")
    assert workspace.exists("new.py")
    assert workspace.find(["new.py"]) == ["new.py"]
    assert workspace.search(["fresh"])[0].path == "new.py"


def test_open_chunks_rank_among_saved_ones(indexer: Indexer, write: Write, workspace: IndexedWorkspace) -> None:
    for number in range(30):
        write(f"f{number}.py", f"def load_config_{number}(path):\n    return path\n")
    write("best.py", "def load_user_profile(path):\n    return profile(path)\n")
    indexer.build()
    file = write("open.py")
    workspace.overlay(file, "python", "def load_nothing():\n    return 1\n")
    paths = [one.path for one in workspace.search(["load", "user", "profile"], limit=40)]
    assert paths[0] == "best.py"
    assert "open.py" in paths


def test_open_documents_are_cut_once_for_a_version(
    workspace: IndexedWorkspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aigc_plugins.index import overlay

    cuts: list[str] = []
    real = overlay.cut
    monkeypatch.setattr(overlay, "cut", lambda text, language: (cuts.append(text), real(text, language))[1])
    for number in range(5):
        workspace.overlay(root / "a.py", "python", f"def f{number}(): ...\n")
    assert cuts == []  # typing cuts nothing
    for _ in range(3):
        workspace.search(["f4"])
        workspace.symbols("f4")
    assert len(cuts) == 1


@pytest.mark.parametrize("name", [".env", "hidden.py", "private/a.py", ".ssh/x.py", "server.key"])
def test_a_file_that_is_nobodys_business_stays_out_even_when_it_is_open(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace, name: str
) -> None:
    write(".gitignore", "hidden.py\n")
    write(".aigcignore", "private/\n")
    file = write(name, "def planted_secret(): ...\n")
    indexer.build()
    workspace.overlay(file.as_uri(), "python", "def planted_secret(): ...\n")
    workspace.overlay(file.as_uri(), "python", "def planted_secret_too(): ...\n")
    assert workspace.path_of(_snapshot(file)) is None
    assert workspace.read(name) is None
    assert not workspace.exists(name)
    assert workspace.search(["planted_secret"]) == []
    assert workspace.symbols("planted_secret_too") == []
    assert workspace.outline(name) == []
    assert workspace.find([Path(name).name]) == []
    assert workspace.open_files() == []
    assert workspace.recent_edits() == []


def test_rules_that_come_later_hide_what_is_indexed_already(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace
) -> None:
    write("a.py", "def seen_before(): ...\n")
    indexer.build()
    assert workspace.symbols("seen_before")
    write(".aigcignore", "a.py\n")
    workspace.refresh()
    assert workspace.symbols("seen_before") == []
    assert workspace.search(["seen_before"]) == []
    assert workspace.outline("a.py") == []
    assert workspace.find(["a.py"]) == []


def test_secrets_are_redacted_in_whatever_is_given_out(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace
) -> None:
    secret = "q7Zr9hunter2Kp"
    text = f'def connect():\n    login(password="{secret}")\n'
    saved, file = write("saved.py", text), write("open.py", "x = 1\n")
    indexer.build()
    workspace.overlay(file, "python", "x = 1\n")
    workspace.overlay(file, "python", text)
    given = [
        workspace.read("saved.py"), workspace.read("open.py"), workspace.search(["connect"]), workspace.open_files(),
        workspace.recent_edits(), workspace.outline("open.py"), workspace.symbols("connect"),
    ]  # fmt: skip
    assert all(given)
    assert secret not in repr(given)
    assert saved.read_text() == text


def test_nothing_outside_is_read(workspace: IndexedWorkspace, write: Write, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("def outside(): ...\n")
    (write("a.py").parent / "link.py").symlink_to(outside)
    for path in ("../outside.py", "link.py", str(outside), "a/../../outside.py", "./a.py", "a\x00.py", ""):
        assert workspace.read(path) is None
        assert not workspace.exists(path)
    assert workspace.path_of(_snapshot(outside)) is None
    workspace.overlay(outside, "python", "def outside(): ...\n")
    assert workspace.open_files() == []


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "vscode-notebook-cell:/a.ipynb#1", "git:/a.py", "nonsense"])
def test_documents_that_are_no_files_are_outside(workspace: IndexedWorkspace, uri: str) -> None:
    workspace.overlay(uri, "python", "x = 1\n")
    workspace.drop(uri)
    assert workspace.path_of(Document(uri, "python", "").snapshot()) is None


def test_a_root_reached_through_a_link_is_the_same_root(
    root: Path, write: Write, tmp_path: Path, indexer: Indexer
) -> None:
    write("a.py", "def linked(): ...\n")
    indexer.build()
    (tmp_path / "alias").symlink_to(root)
    view = IndexedWorkspace([tmp_path / "alias"])
    assert view.symbols("linked")
    assert view.path_of(_snapshot(tmp_path / "alias" / "a.py")) == "a.py"
    assert view.path_of(_snapshot(root / "a.py")) == "a.py"


def test_several_roots_are_told_apart_by_name(tmp_path: Path) -> None:
    roots = [tmp_path / "one" / "app", tmp_path / "two" / "app", tmp_path / "lib"]
    for number, folder in enumerate(roots):
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "a.py").write_text(f"def shared(): ...\n\ndef only_{number}(): ...\n")
        Indexer(folder, workers=0).build()
    view = IndexedWorkspace([*roots, roots[0] / "src"])
    assert [one.path for one in view.symbols("shared")] == ["app-2/src/a.py", "app/src/a.py", "lib/src/a.py"]
    assert "only_1" in (view.read("app-2/src/a.py") or "")
    assert view.path_of(_snapshot(roots[1] / "src" / "a.py")) == "app-2/src/a.py"
    assert view.find(["lib/src/a.py"]) == ["lib/src/a.py"]
    assert len(view.find(["src/a.py"])) == 3
    assert [one.path for one in view.search(["only_2"])][:1] == ["lib/src/a.py"]
    assert view.outline("lib/src/a.py")[1].name == "only_2"


def test_without_an_index_what_is_open_is_found(root: Path, write: Write) -> None:
    write("a.py", "def saved(): ...\n")
    Indexer(root, workers=0).build()
    view = IndexedWorkspace([root], indexed=False)
    view.overlay(root / "b.py", "python", "def opened(): ...\n")
    assert view.symbols("saved") == []
    assert view.symbols("opened")
    assert view.read("a.py")


def test_the_document_used_last_comes_first(workspace: IndexedWorkspace, root: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        workspace.overlay(root / name, "python", "x = 1\n")
    workspace.focus(root / "a.py")
    assert [one.path for one in workspace.open_files()] == ["a.py", "c.py", "b.py"]


def test_many_threads_may_ask_while_one_types(indexer: Indexer, write: Write, workspace: IndexedWorkspace) -> None:
    for number in range(30):
        write(f"f{number}.py", f"def function_{number}(): ...\n")
    indexer.build()
    file = write("typed.py")
    wrong: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                assert workspace.search(["function_3"])
                workspace.symbols("function_3")
                workspace.open_files()
                workspace.recent_edits()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    text = ""
    for number in range(100):
        text += f"x{number} = function_{number}()\n"
        workspace.overlay(file, "python", text)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
