"""What a test would change on the machine of somebody who runs it makes it no test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_plugins.testgen.inside.execute import Executor
from aigc_plugins.testgen.scenario import Recorded, Scenario
from tests.plugins.testgen.inside.loaded_module import executor

TEXT = """
import os, shutil, signal, sqlite3, sys, tempfile
from pathlib import Path
def save(path, text):
    with open(path, "w") as file: return file.write(text)
def load(path):
    with open(path) as file: return file.read()
def passing(path):
    file = Path(path); file.write_text("x"); file.unlink(); return "done"
def kept(path):
    try: Path(path).mkdir()
    except OSError: pass
    return "done"
def move(path, to): os.replace(path, to)
def link(path, to): os.symlink(path, to)
def connect(path): sqlite3.connect(path).close(); return 1
def emptied(path):
    shutil.rmtree(path); return os.path.exists(path)
def scratch(text):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a").write_text(text)
        return Path(folder, "a").read_text()
def setting(name, value): os.environ[name] = value; return value
def go(folder): os.chdir(folder); return 1
def find(folder): sys.path.append(folder); return 1
def deeper(limit): sys.setrecursionlimit(limit); return limit
def quiet(): signal.signal(signal.SIGTERM, signal.SIG_IGN); return 1
def back():
    before = os.getcwd()
    os.chdir("/")
    try: return os.getcwd()
    finally: os.chdir(before)
"""


@pytest.fixture
def tests(tmp_path: Path) -> Iterator[Executor]:
    before = os.getcwd(), list(sys.path)  # noqa: PTH109
    yield executor(tmp_path, TEXT)
    os.chdir(before[0])
    sys.path[:] = before[1]


@pytest.mark.parametrize(
    "act",
    [
        "save('../up', 'x')", "save('/nonexistent/a', 'x')", "passing('../up')", "passing('a')",
        "kept('/nonexistent')", "move('/nonexistent', '/nonexistent2')", "link(tmp_path, '../up')",
        "connect('../a.db')", "emptied('/nonexistent')",
    ],
)  # fmt: skip
def test_what_changes_files_outside_of_its_folder_is_no_test(tests: Executor, act: str) -> None:
    assert tests.record(Scenario("save", act)) in (
        "changes files outside of its folder",
        "writes to the current folder",
    )


@pytest.mark.parametrize(
    ("act", "arrange"),
    [
        ("save(tmp_path / 'a', 'x')", ()),
        ("load('/nonexistent/a')", ()),
        ("connect(':memory:')", ()),
        ("emptied(tmp_path / 'a')", ("(tmp_path / 'a' / 'b').mkdir(parents=True)",)),
        ("scratch('x')", ()),
        ("back()", ()),
    ],
)
def test_what_stays_in_its_folder_is_a_test(tests: Executor, act: str, arrange: tuple[str, ...]) -> None:
    assert isinstance(tests.record(Scenario("save", act, arrange)), Recorded)


@pytest.mark.parametrize(
    ("act", "what"),
    [
        ("setting('A', 'b')", "environment"),
        ("go('/')", "current folder"),
        ("find('/')", "search path"),
        ("deeper(2000)", "limit of recursion"),
        ("quiet()", "signals"),
    ],
)
def test_what_changes_the_process_is_no_test(tests: Executor, act: str, what: str) -> None:
    assert tests.record(Scenario("go", act)) == f"changes the {what}"
