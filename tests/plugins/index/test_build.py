"""The index follows the files: what is new, changed, gone; and comes through faults without a wrong entry."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_plugins.index import IndexedWorkspace, Indexer, IndexUnavailableError, Limits, database_of
from aigc_plugins.index import entry as entries

Write = Callable[..., Path]


def _old(file: Path) -> None:
    """Make a file look as if it was written a while ago, so that its time can be trusted."""
    past = time.time() - 60
    os.utime(file, (past, past))


def dump(path: Path) -> tuple[object, ...]:
    """Return what a database says, without ids and times."""
    connection = sqlite3.connect(path)
    files = connection.execute("SELECT path, language, size, hash, lines FROM files ORDER BY path").fetchall()
    chunks = connection.execute(
        "SELECT path, start_line, end_line, text FROM chunks JOIN files ON files.id = file ORDER BY 1, 2"
    ).fetchall()
    symbols = connection.execute(
        "SELECT path, name, kind, container, start_line, signature FROM symbols JOIN files ON files.id = file "
        "ORDER BY 1, 5, 2"
    ).fetchall()
    words = connection.execute("SELECT count(*), total(rowid > 0) FROM fulltext").fetchone()
    connection.execute("INSERT INTO fulltext (fulltext) VALUES ('integrity-check')")
    connection.close()
    return files, chunks, symbols, words


def test_only_what_changed_is_read_again(indexer: Indexer, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = entries.read_entry
    monkeypatch.setattr("aigc_plugins.index.crew.read_entry", lambda *a: (read.append(a[1]), real(*a))[1])
    files = [write(f"{name}.py", f"def {name}(): ...\n") for name in "abc"]
    for file in files:
        _old(file)
    assert indexer.build().changed == 3
    write("b.py", "def other(): ...\n")
    files[2].touch()  # another time, the same content
    read.clear()
    report = indexer.build()
    assert (sorted(read), report.changed, report.files) == (["b.py", "c.py"], 1, 3)


def test_removed_and_newly_ignored_files_vanish(indexer: Indexer, write: Write, workspace: IndexedWorkspace) -> None:
    write("a.py", "def gone(): ...\n")
    write("b.py", "def hidden(): ...\n")
    write("c.py", "def stays(): ...\n")
    indexer.build()
    (indexer.root / "a.py").unlink()
    write(".aigcignore", "b.py\n")
    assert indexer.build().removed == 2
    assert not workspace.symbols("gone")
    assert not workspace.search(["hidden"])
    assert [one.path for one in workspace.symbols("stays")] == ["c.py"]


def test_one_file_can_be_updated(indexer: Indexer, write: Write, workspace: IndexedWorkspace) -> None:
    write("a.py", "def first(): ...\n")
    write("pkg/b.py", "def second(): ...\n")
    indexer.build()
    write("a.py", "def renamed(): ...\n")
    assert indexer.update(["a.py"]) == 1
    assert indexer.update(["a.py"]) == 0
    assert [one.name for one in workspace.outline("a.py")] == ["renamed"]
    (indexer.root / "pkg" / "b.py").unlink()
    (indexer.root / "pkg").rmdir()
    assert indexer.update(["pkg"]) == 1
    assert not workspace.find(["b.py"])


def test_a_change_of_the_rules_looks_at_everything(indexer: Indexer, write: Write) -> None:
    write("a.py")
    indexer.build()
    write(".gitignore", "a.py\n")
    assert indexer.update([".gitignore"]) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("binary.py", b"\x00\x01" * 400),
        ("latin.py", bytes(range(128, 256)) * 20),
        ("minified.js", b"var a=1;" * 1000),
        ("wide.json", (b'{"a":' + b"1" * 400 + b"}\n") * 40),
        ("large.py", b"x = 1  # filler\n" * 400_000),
        ("notes.txt", b"def notes(): ...\n"),
    ],
)
def test_what_is_no_source_is_left_out(indexer: Indexer, write: Write, name: str, content: bytes) -> None:
    write(name, content)
    write("a.py", "def fine(): ...\n")
    report = indexer.build()
    assert (report.files, report.chunks) == (1, 1)
    assert indexer.build().changed == 0


def test_a_little_that_is_no_utf8_does_no_harm(indexer: Indexer, write: Write, workspace: IndexedWorkspace) -> None:
    write("a.py", b"# caf\xe9\ndef served(): ...\n")
    write("b.py", b"\xef\xbb\xbfdef marked(): ...\r\n")
    indexer.build()
    assert workspace.symbols("served")[0].start_line == 1
    assert workspace.symbols("marked")[0].start_line == 0
    assert (workspace.read("b.py") or "").startswith("def marked")


def test_secrets_are_nowhere_in_the_database(indexer: Indexer, write: Write) -> None:
    secret = "q7Zr9hunter2Kp"
    write("a.py", f'password = "{secret}"\n\ndef connect_to_database(): ...\n')
    write(".env", f"PASSWORD={secret}\n")
    write("private/b.py", f"x = '{secret}'\n")
    write(".gitignore", "private/\n")
    indexer.build()
    stored = b"".join(path.read_bytes() for path in indexer.path.parent.iterdir() if path.name.startswith("project"))
    assert b"connect_to_database" in stored
    assert secret.encode() not in stored
    assert secret.lower().encode() not in stored


def test_no_more_files_than_allowed_and_always_the_same(root: Path, write: Write) -> None:
    for number in range(9):
        write(f"f{number}.py")
    indexer = Indexer(root, limits=Limits(max_files=4), workers=0)
    report = indexer.build()
    assert (report.files, report.truncated) == (4, True)
    assert IndexedWorkspace([root]).find(["f0.py", "f8.py"]) == ["f0.py"]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("a.py", "def early(): ...\n")
    real, calls = entries._read, []

    def read(path: Path, largest: int) -> object:
        data, before, _ = real(path, largest)
        if not calls:
            calls.append(1)
            file.write_text("def late_and_longer(): ...\n")
        return data, before, path.stat()

    monkeypatch.setattr(entries, "_read", read)
    indexer.build()
    assert [one.name for one in workspace.outline("a.py")] == ["late_and_longer"]


def test_a_file_written_within_the_clocks_grain_is_noticed(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace
) -> None:
    file = write("a.py", "def one(): ...\n")
    just_now = time.time_ns() + 10_000_000_000  # later than the build, however slow it is
    os.utime(file, ns=(just_now, just_now))
    indexer.build()
    status = file.stat()
    file.write_text("def two(): ...\n")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))  # the same size, the same time
    indexer.build()
    assert [one.name for one in workspace.outline("a.py")] == ["two"]


def test_files_and_folders_that_vanish_meanwhile_do_no_harm(
    indexer: Indexer, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write(f"d/f{number}.py")
    write("z.py")
    real = entries.read_entry

    def read(root: Path, path: str, *rest: object) -> object:
        for file in (root / "d").glob("*.py"):
            file.unlink()
        return real(root, path, *rest)

    monkeypatch.setattr("aigc_plugins.index.crew.read_entry", read)
    assert indexer.build().files == 1


def test_a_workspace_that_is_gone_is_an_error_and_keeps_the_index(indexer: Indexer, write: Write) -> None:
    file = write("a.py")
    indexer.build()
    file.unlink()
    indexer.root.rmdir()
    with pytest.raises(FileNotFoundError):
        indexer.build()
    assert indexer.path.exists()


@pytest.mark.parametrize("damage", ["garbage", "truncated", "schema", "table", "page"])
def test_a_broken_database_is_built_anew(indexer: Indexer, write: Write, damage: str) -> None:
    for number in range(40):
        write(f"f{number}.py", f"def function_number_{number}(argument): ...\n" * 20)
    indexer.build()
    good = dump(indexer.path)
    if damage == "garbage":
        indexer.path.write_bytes(os.urandom(50_000))
    elif damage == "truncated":
        os.truncate(indexer.path, indexer.path.stat().st_size // 2)
    elif damage == "page":
        data = bytearray(indexer.path.read_bytes())
        data[4096:-4096] = os.urandom(len(data) - 8192)
        indexer.path.write_bytes(data)
    else:
        connection = sqlite3.connect(indexer.path)
        connection.execute("PRAGMA user_version = 999" if damage == "schema" else "DROP TABLE symbols")
        connection.commit()
        connection.close()
    view = IndexedWorkspace([indexer.root])
    view.search(["function"])  # a reader survives it too
    view.symbols("function_number_1")
    write("f0.py", "def function_number_0(argument): ...\n" * 20 + "\n")
    indexer.build()
    write("f0.py", "def function_number_0(argument): ...\n" * 20)
    indexer.build()
    assert dump(indexer.path) == good
    view.close()


def test_a_reader_tells_that_the_database_is_broken_and_recovers(
    indexer: Indexer, write: Write, workspace: IndexedWorkspace
) -> None:
    write("a.py", "def found(): ...\n")
    indexer.build()
    indexer.path.write_bytes(b"nonsense" * 1000)
    for suffix in ("-wal", "-shm"):
        Path(f"{indexer.path}{suffix}").unlink(missing_ok=True)
    assert workspace.symbols("found") == []
    assert workspace.broken
    indexer.build()
    workspace._roots[0].reader._checked = 0.0  # it looks once a second
    assert workspace.symbols("found")
    assert not workspace.broken


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_may_not_be_written_is_an_error_with_advice(indexer: Indexer, write: Write) -> None:
    write("a.py")
    indexer.path.parent.mkdir(parents=True)
    indexer.path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(IndexUnavailableError, match=r"context\.index"):
        indexer.build()


def test_a_cache_that_cannot_be_a_folder_is_an_error_with_advice(root: Path, write: Write, tmp_path: Path) -> None:
    write("a.py")
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexUnavailableError, match=r"context\.index"):
        Indexer(root, folder=tmp_path / "file", workers=0).build()
    view = IndexedWorkspace([root], folder=tmp_path / "file")
    assert view.search(["x"]) == []
    assert view.read("a.py") == "x = 1\n"


def test_a_full_disk_is_an_error_with_advice_and_what_is_there_stays_good(
    root: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own limit of pages stands in for the disk's: it fails with the same error."""
    from aigc_plugins.index import database

    write("a.py", "def small(): ...\n")
    Indexer(root, workers=0).build()
    real = database.connect

    def connect(path: Path, *, write: bool) -> sqlite3.Connection:
        connection = real(path, write=write)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        return connection

    for number in range(200):
        write(f"f{number}.py", "".join(f"def name_{number}_{line}(): ...\n" for line in range(40)))
    with monkeypatch.context() as patch:
        patch.setattr(database, "connect", connect)
        with pytest.raises(IndexUnavailableError, match="full"):
            Indexer(root, workers=0).build()
    dump(database_of(root))
    assert IndexedWorkspace([root]).symbols("small")


def test_clear_deletes_it(indexer: Indexer, write: Write) -> None:
    write("a.py")
    assert not indexer.clear()
    indexer.build()
    assert indexer.clear()
    assert not indexer.path.exists()


def test_what_nobody_opened_for_long_is_deleted_unless_it_is_in_use(root: Path, write: Write, tmp_path: Path) -> None:
    from filelock import FileLock

    from aigc_plugins.index.pruning import prune

    write("a.py")
    folder = tmp_path / "databases"
    paths = []
    for name in ("old", "used", "new"):
        (root / name).mkdir()
        indexer = Indexer(root / name, folder=folder, workers=0)
        indexer.build()
        indexer.close()
        paths.append(indexer.path)
    old, used, new = paths
    past = time.time() - 100 * 24 * 3600
    for path in (old, used):
        os.utime(path, (past, past))
    with FileLock(f"{used}.lock"):
        assert prune(folder) == [old]
    assert [path.exists() for path in (old, used, new)] == [False, True, True]
    assert prune(tmp_path / "nothing") == []


def test_workers_give_the_same_index(root: Path, write: Write, tmp_path: Path) -> None:
    for number in range(100):
        write(f"p{number % 7}/f{number}.py", f"class C{number}:\n    def m(self): ...\n" * (number % 5))
    alone, helped = (Indexer(root, folder=tmp_path / name, workers=n) for name, n in (("alone", 0), ("helped", 2)))
    alone.build()
    helped.build()
    assert dump(alone.path) == dump(helped.path)


def test_a_file_that_kills_a_worker_costs_that_file_alone(
    root: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        write(f"f{number:02}.py", f"def f{number}(): ...\n")
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'aigc_plugins.index.worker' in ' '.join(sys.orig_argv):\n"
        "    import aigc_plugins.index.entry as e\n"
        "    real = e.made\n"
        "    e.made = lambda path, *a: os._exit(11) if path == 'f40.py' else real(path, *a)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(hook), *sys.path]))
    report = Indexer(root, workers=1).build()
    assert report.files == 99
    view = IndexedWorkspace([root])
    assert view.symbols("f39")
    assert view.symbols("f41")
    assert not view.symbols("f40")


def test_a_language_with_a_broken_query_costs_its_own_files(indexer: Indexer, write: Write) -> None:
    from aigc_plugins.syntax import Language, bundled_languages, use_languages

    write("a.py", "def fine(): ...\n")
    write("a.broken", "def lost(): ...\n")
    broken = Language("broken", module="tree_sitter_python", extensions=(".broken",), symbols="(no_such_node) @class")
    use_languages([*bundled_languages(), broken])
    try:
        assert indexer.build().files == 1
        view = IndexedWorkspace([indexer.root])
        view.overlay(indexer.root / "a.broken", "broken", "def lost(): ...\n")
        assert view.search(["lost"])[0].path == "a.broken"
    finally:
        use_languages(bundled_languages())


def test_languages_of_plugins_are_known_to_the_workers(indexer: Indexer, write: Write) -> None:
    from aigc_plugins.syntax import Language, bundled_languages, use_languages

    for number in range(100):
        write(f"f{number}.mine", f"def mine_{number}(): ...\n")
    symbols = "(function_definition name: (identifier) @name) @function"
    use_languages(
        [*bundled_languages(), Language("mine", module="tree_sitter_python", extensions=(".mine",), symbols=symbols)]
    )
    try:
        assert Indexer(indexer.root, workers=1).build().symbols == 100
        assert IndexedWorkspace([indexer.root]).symbols("mine_7", language="mine")
    finally:
        use_languages(bundled_languages())


_BUILD = (
    "import sys; from pathlib import Path; from aigc_plugins.index import Indexer\n"
    "print(Indexer(Path(sys.argv[1]), workers=1).build().files)"
)


def _run(root: Path) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", _BUILD, str(root)], stdout=subprocess.PIPE, text=True, env=env)


def _many(write: Write, count: int = 600) -> None:
    for number in range(count):
        write(f"p{number % 20}/f{number}.py", f"class Class{number}:\n    def method_{number}(self): ...\n\n" * 8)


def test_a_build_that_is_killed_again_and_again_ends_with_the_same_index(
    root: Path, write: Write, tmp_path: Path
) -> None:
    _many(write)
    reference = Indexer(root, folder=tmp_path / "reference", workers=0)
    reference.build()
    path = database_of(root)
    for number in range(4):
        process = _run(root)
        deadline = time.monotonic() + 20
        while not path.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.05 * number)
        process.kill()
        process.wait()
        if path.exists() and path.stat().st_size:
            connection = sqlite3.connect(path)
            assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            connection.close()
    Indexer(root, workers=0).build()
    assert dump(path) == dump(reference.path)


def test_two_builders_at_once_take_turns_while_readers_read(root: Path, write: Write, tmp_path: Path) -> None:
    _many(write)
    processes = [_run(root) for _ in range(2)]
    view = IndexedWorkspace([root])
    while any(process.poll() is None for process in processes):
        view.search(["method", "class"])
        time.sleep(0.01)
    assert [process.communicate()[0].strip() for process in processes] == ["600", "600"]
    assert not view.broken
    reference = Indexer(root, folder=tmp_path / "reference", workers=0)
    reference.build()
    assert dump(database_of(root)) == dump(reference.path)


def test_a_build_that_waits_for_its_turn_can_be_cancelled(indexer: Indexer, write: Write) -> None:
    from filelock import FileLock

    write("a.py")
    indexer.path.parent.mkdir(parents=True)
    stop = threading.Event()
    with FileLock(f"{indexer.path}.lock"):
        threading.Timer(0.1, stop.set).start()
        assert indexer.build(cancelled=stop.is_set).cancelled
    assert indexer.build().files == 1


def test_a_cancelled_build_forgets_nothing_and_goes_on_later(root: Path, write: Write) -> None:
    _many(write, 200)
    Indexer(root, workers=0).build()
    for number in range(200, 400):
        write(f"n/f{number}.py", f"def later_{number}(): ...\n")
    calls = iter([False] * 60)
    report = Indexer(root, workers=0).build(cancelled=lambda: next(calls, True))
    assert report.cancelled
    assert report.files >= 200
    assert Indexer(root, workers=0).build().files == 400
