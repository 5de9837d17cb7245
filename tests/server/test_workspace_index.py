"""The index in a session: built beside, fed with open documents and changed files, gone when the session is."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from aigc_plugins.index import Indexer, database_of
from lsp_helpers.inprocess import Session
from lsp_helpers.raw import FAKE, RawClient, environment, shut_down, start_session


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "aigc"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "aigc"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text("def saved_function(): ...\n")
    return folder


def _document(root: Path, text: str, version: int = 1, name: str = "a.py") -> dict[str, Any]:
    return {"uri": (root / name).as_uri(), "languageId": "python", "version": version, "text": text}


async def _until(condition: Any, timeout: float = 15.0) -> None:
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.02)


def _play(root: Path, steps: Any, capabilities: dict[str, Any] | None = None) -> Session:
    """Run `steps(session, names)` in a session; `names(x)` are the paths where the symbol x is."""

    async def play() -> Session:
        session = Session()
        given = {"textDocument": {"inlineCompletion": {}}, "window": {"workDoneProgress": True}}
        await session.start(rootUri=root.as_uri(), capabilities={**given, **(capabilities or {})})

        def names(symbol: str) -> list[str]:
            index = session.server.repository.index
            return [one.path for one in index.symbols(symbol)] if index is not None else []

        try:
            await steps(session, names)
        finally:
            await session.server.aclose()
        return session

    return asyncio.run(play())


def test_the_workspace_is_indexed_without_a_word_when_it_is_quick(root: Path) -> None:
    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: names("saved_function") == ["a.py"])

    session = _play(root, steps)
    titles = [m["params"]["value"].get("title", "") for m in session.sent if m.get("method") == "$/progress"]
    assert not [title for title in titles if "index" in title]


def test_open_documents_count_at_once_and_saved_ones_again_when_closed(root: Path) -> None:
    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: names("saved_function"))
        session.notify("textDocument/didOpen", {"textDocument": _document(root, "def opened_function(): ...\n")})
        assert names("opened_function") == ["a.py"]
        place = {"line": 0, "character": 4}
        change = {"range": {"start": place, "end": place}, "text": "re"}
        identity = {"uri": (root / "a.py").as_uri(), "version": 2}
        session.notify("textDocument/didChange", {"textDocument": identity, "contentChanges": [change]})
        assert names("reopened_function") == ["a.py"]
        assert session.server.repository.index.recent_edits()[0].after == "def reopened_function(): ...\n"
        session.notify("textDocument/didClose", {"textDocument": identity})
        assert names("reopened_function") == []
        assert names("saved_function") == ["a.py"]

    _play(root, steps)


def test_the_document_in_focus_is_the_one_used_last(root: Path) -> None:
    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: session.server.repository.index is not None)
        for name in ("a.py", "b.py"):
            session.notify("textDocument/didOpen", {"textDocument": _document(root, "x = 1\n", name=name)})
        session.notify("textDocument/didFocus", {"textDocument": {"uri": (root / "a.py").as_uri()}})
        session.notify("textDocument/didFocus", {})
        assert [one.path for one in session.server.repository.index.open_files()] == ["a.py", "b.py"]

    _play(root, steps)


def test_a_document_that_was_opened_before_the_settings_were_there_counts(root: Path) -> None:
    async def steps(session: Session, names: Any) -> None:
        session.notify("textDocument/didOpen", {"textDocument": _document(root, "def early(): ...\n")})
        await _until(lambda: names("early") == ["a.py"])

    _play(root, steps)


def test_saved_created_and_deleted_files_are_followed(root: Path) -> None:
    watches = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}

    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: names("saved_function"))
        (root / "a.py").write_text("def saved_again(): ...\n")
        session.notify("textDocument/didSave", {"textDocument": {"uri": (root / "a.py").as_uri()}})
        await _until(lambda: names("saved_again"))
        (root / "b.py").write_text("def made(): ...\n")
        (root / "a.py").unlink()
        changes = [{"uri": (root / "b.py").as_uri(), "type": 1}, {"uri": (root / "a.py").as_uri(), "type": 3}]
        session.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        await _until(lambda: names("made") and not names("saved_again"))
        (root / ".gitignore").write_text("b.py\n")
        changes = [{"uri": (root / ".gitignore").as_uri(), "type": 1}]
        session.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        assert names("made") == []  # at once, not when the index has followed

    session = _play(root, steps, watches)
    asked = [m["params"]["registrations"][0] for m in session.sent if m.get("method") == "client/registerCapability"]
    (one,) = [one for one in asked if one["method"] == "workspace/didChangeWatchedFiles"]
    globs = [watcher["globPattern"] for watcher in one["registerOptions"]["watchers"]]
    assert any(".py" in glob for glob in globs)
    assert "**/.aigcignore" in globs


def test_an_editor_that_cannot_watch_is_not_asked_to(root: Path) -> None:
    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: names("saved_function"))

    sent = _play(root, steps).sent
    assert "workspace/didChangeWatchedFiles" not in str(sent)


def test_folders_come_and_go(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.py").write_text("def second_folder(): ...\n")

    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: names("saved_function") == ["a.py"])
        event = {"added": [{"uri": other.as_uri(), "name": "other"}], "removed": []}
        session.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await _until(lambda: names("second_folder") == ["other/b.py"])
        assert names("saved_function") == ["project/a.py"]
        event = {"added": [], "removed": [{"uri": root.as_uri(), "name": "project"}]}
        session.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await _until(lambda: names("second_folder") == ["b.py"])

    _play(root, steps)


@pytest.mark.parametrize("setting", ["enabled", "index"])
def test_it_can_be_switched_off(root: Path, setting: str, home: Path) -> None:
    from aigc_lsp.settings.model import ContextSettings, Settings

    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: session.server.repository.index is not None)
        settings = Settings(context=ContextSettings(**{setting: False}))
        session.server.repository.configure(settings.context, session.server.backend.folders)
        index = session.server.repository.index
        assert (index is None) is (setting == "enabled")
        assert names("saved_function") == []
        assert session.server.repository._process is None

    _play(root, steps)


def test_an_unwritable_cache_is_told_once_and_the_rest_goes_on(root: Path, home: Path) -> None:
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "index").write_text("in the way")

    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: session.messages())
        session.notify("textDocument/didSave", {"textDocument": {"uri": (root / "a.py").as_uri()}})
        await asyncio.sleep(1.0)
        session.notify("textDocument/didOpen", {"textDocument": _document(root, "def opened(): ...\n")})
        assert names("opened") == ["a.py"]

    messages = _play(root, steps).messages()
    assert len(messages) == 1
    assert "cannot be kept" in messages[0]
    assert "context.index" in messages[0]


def test_a_long_build_is_shown(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aigc_lsp.lsp import workspace

    monkeypatch.setattr(workspace, "_SHOWN_AFTER_S", 0.0)
    for number in range(300):
        (root / f"f{number}.py").write_text(f"def function_{number}(): ...\n" * 20)

    async def steps(session: Session, names: Any) -> None:
        async def answer() -> None:
            message = await session.method("window/workDoneProgress/create")
            session.receive({"id": message["id"], "result": None})

        task = asyncio.create_task(answer())
        await _until(lambda: names("function_299") and session.server.repository._work.done())
        await task

    session = _play(root, steps)
    values = [m["params"]["value"] for m in session.sent if m.get("method") == "$/progress"]
    (begin,) = [value for value in values if "index" in value.get("title", "")]
    assert "files" in begin["message"]
    assert values[-1]["kind"] == "end"


def test_a_home_folder_is_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "a.py").write_text("def private(): ...\n")

    async def steps(session: Session, names: Any) -> None:
        await _until(lambda: session.server.repository.index is not None)
        await asyncio.sleep(0.3)
        assert session.server.repository._process.pid is None

    _play(home, steps)
    assert not database_of(home).exists()


@pytest.fixture
def indexing(root: Path, home: Path, tmp_path: Path) -> Any:
    """A server whose indexing process and its worker are in the middle of a build."""
    for number in range(3000):
        (root / f"f{number}.py").write_text(f"class C{number}:\n    def m(self): ...\n" * 60)
    with RawClient(FAKE, environment(home)) as client:
        start_session(client, rootUri=root.as_uri())
        server = psutil.Process(client.process.pid)
        deadline = time.monotonic() + 20
        children: list[psutil.Process] = []
        while len(children) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
            children = [
                child
                for child in server.children(recursive=True)
                if any("aigc_plugins.index" in word for word in child.cmdline())
            ]
        assert len(children) >= 2
        yield client, children


def _gone(processes: list[psutil.Process], within: float) -> bool:
    return psutil.wait_procs(processes, timeout=within)[1] == []


def test_a_killed_server_takes_its_indexing_with_it(indexing: Any) -> None:
    client, children = indexing
    client.process.send_signal(signal.SIGKILL)
    client.process.wait()
    assert _gone(children, 5)


def test_the_end_of_a_session_ends_its_indexing(indexing: Any) -> None:
    client, children = indexing
    assert shut_down(client) == 0
    assert _gone(children, 5)


def test_end_of_input_while_it_indexes_ends_all_within_2_s(indexing: Any) -> None:
    client, children = indexing
    client.process.stdin.close()
    assert client.wait(2) == 1
    assert _gone(children, 3)


def test_an_indexing_process_that_is_killed_is_started_again_and_finishes(indexing: Any, root: Path) -> None:
    client, children = indexing
    children[0].kill()
    (root / "z.py").write_text("def after_the_kill(): ...\n")
    client.notify("textDocument/didSave", {"textDocument": {"uri": (root / "z.py").as_uri()}})
    deadline = time.monotonic() + 60
    found: list[Any] = []
    from aigc_plugins.index import IndexedWorkspace

    view = IndexedWorkspace([root])
    while time.monotonic() < deadline and not (found and len(view.symbols("C2999"))):
        time.sleep(0.2)
        found = view.symbols("after_the_kill")
    assert found
    assert client.process.poll() is None


def test_nothing_of_the_workspace_is_imported_by_the_indexing_process(root: Path, home: Path, tmp_path: Path) -> None:
    """A workspace with modules named like ours and the standard library's: none of them may run."""
    canary = tmp_path / "canary"
    for name in ("json.py", "sqlite3.py", "sitecustomize.py", "tree_sitter.py"):
        (root / name).write_text(f"open({str(canary)!r}, 'w').write({name!r})\n")
    package = root / "aigc_plugins"
    package.mkdir()
    (package / "__init__.py").write_text(f"open({str(canary)!r}, 'w').write('package')\n")
    env = environment(home)
    env["PYTHONPATH"] += os.pathsep  # an empty entry means the working directory
    code = f"""
import os, asyncio
os.chdir({str(root)!r})
from aigc_lsp.lsp.index_process import IndexProcess

async def main():
    process = IndexProcess(dict(max_files=100, max_file_kb=10), print)
    print(await process.run(dict(build={str(root)!r})))
    await process.aclose()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert "True" in done.stdout, done.stderr
    assert not canary.exists()
    assert Indexer(root).path.exists()
