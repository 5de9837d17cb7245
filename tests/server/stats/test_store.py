"""The record's file: several writers, versions, damage, and what is not in it."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from aigc_lsp.stats.store import SCHEMA, NewerStoreError, Store, StoreError, remove
from lsp_helpers.raw import environment
from stats_helpers import entry


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "suggestions.db"


@pytest.fixture
def store(path):
    store = Store(path)
    yield store
    store.close()


def test_entries_come_back_as_they_were(store):
    entries = [entry(), entry(number=2, outcome="accepted", accepted_chars=10, kept_chars=7, mean_logprob=None)]
    store.write(entries)
    assert store.read() == entries


def test_a_later_entry_takes_the_place_of_the_same_suggestions(store):
    store.write([entry(outcome="shown"), entry(session="t", outcome="shown")])
    store.write([entry(outcome="accepted")])
    assert [(one.session, one.outcome) for one in store.read()] == [("s", "accepted"), ("t", "shown")]


def test_reading_can_be_narrowed(store):
    chosen = [(1, "python", "m"), (2, "go", "m"), (3, "python", "n"), (4, "python", "m")]
    store.write([entry(number=n, offered_at=n * 10.0, language=name, model=model) for n, name, model in chosen])
    assert [one.number for one in store.read(since=20.0)] == [2, 3, 4]
    assert [one.number for one in store.read(language="python", model="m")] == [1, 4]


def test_old_entries_are_deleted(store):
    store.write([entry(number=1, offered_at=0.0), entry(number=2, offered_at=9.5 * 86_400)])
    assert store.keep(1, now=10 * 86_400) == 1
    assert [one.number for one in store.read()] == [2]


def test_the_file_is_the_users_alone(store, path):
    store.write([entry()])
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_clearing_leaves_nothing_in_the_file(store, path):
    store.write([entry(number=n, language="klingon") for n in range(100)])
    assert store.clear() == 100
    assert store.read() == []
    assert not any(b"klingon" in file.read_bytes() for file in path.parent.iterdir())


def test_a_file_that_is_no_database_is_named_and_left_alone(path):
    path.parent.mkdir()
    path.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(StoreError, match=r"is damaged.*stats clear"):
        Store(path)
    assert path.read_bytes().startswith(b"this is not")
    remove(path)
    Store(path).close()


def test_a_newer_versions_file_is_left_alone(path):
    Store(path).close()
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    database.close()
    with pytest.raises(NewerStoreError, match="newer aigc-lsp"):
        Store(path)
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA + 1,)
    database.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"data.*stats\.enabled"):
        Store(tmp_path / "data" / "suggestions.db")


def test_several_writers_at_once_lose_nothing(path):
    def write(session):
        store = Store(path)
        for number in range(50):
            store.write([entry(session=session, number=number)])
        store.close()

    threads = [threading.Thread(target=write, args=(f"s{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = Store(path)
    assert len(store.read()) == 200
    store.close()


_WRITE_FOR_EVER = """
import sys
from pathlib import Path
from aigc_lsp.stats.store import Store
from stats_helpers import entry
store = Store(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    store.write([entry(number=number)])
    if number == 20:
        print("written", flush=True)
"""


def test_a_killed_writer_leaves_a_readable_file(path):
    command = [sys.executable, "-c", _WRITE_FOR_EVER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    store = Store(path)
    numbers = [one.number for one in store.read()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 20
    store.write([entry(session="t")])
    store.close()
