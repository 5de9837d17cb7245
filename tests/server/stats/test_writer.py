"""Writing behind the back of the event loop: batches, one warning, and the end."""

from __future__ import annotations

import logging
import math
import threading
import time

import pytest

from aigc_lsp.stats.store import Store
from aigc_lsp.stats.writer import Writer
from stats_helpers import entry


@pytest.fixture
def path(tmp_path):
    return tmp_path / "suggestions.db"


def read(path):
    store = Store(path)
    try:
        return store.read()
    finally:
        store.close()


def writer(path, days=math.inf):
    return Writer(lambda: path, lambda: days)


def test_nothing_to_write_makes_no_file_and_no_thread(path):
    assert writer(path).close(1)
    assert not path.exists()


def test_closing_writes_what_waits(path):
    one = writer(path)
    one.put(entry(outcome="shown"))
    one.put(entry(outcome="accepted"))
    one.put(entry(number=2), lambda: entry(number=2, kept_chars=5))
    assert one.close(5)
    assert [(e.number, e.outcome, e.kept_chars) for e in read(path)] == [(1, "accepted", None), (2, "dismissed", 5)]


def test_old_entries_go_when_the_record_is_opened(path):
    now = time.time()
    first = writer(path)
    first.put(entry(number=1, offered_at=now - 3 * 86_400))
    first.close(5)
    second = writer(path, days=2)
    second.put(entry(number=2, offered_at=now))
    second.close(5)
    assert [e.number for e in read(path)] == [2]


def test_a_file_that_cannot_be_written_costs_one_warning(path, caplog):
    path.mkdir()  # a folder where the file should be: root may not write it either
    with caplog.at_level(logging.WARNING, "aigc_lsp"):
        one = writer(path)
        for number in range(3):
            one.put(entry(number=number))
        assert one.close(5)
    assert len(caplog.records) == 1
    assert "not recorded" in caplog.text


def test_what_could_not_be_written_is_written_once_it_can_be(path, monkeypatch):
    monkeypatch.setattr("aigc_lsp.stats.writer._GATHER_S", 0.01)
    monkeypatch.setattr("aigc_lsp.stats.writer._RETRY_S", 0.01)
    tried = threading.Event()

    def place():
        tried.set()
        return path

    path.mkdir()
    one = Writer(place, lambda: math.inf)
    one.put(entry(number=1))
    assert tried.wait(5)
    one.put(entry(number=2))
    path.rmdir()
    deadline = time.monotonic() + 10
    while not path.is_file() or len(read(path)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert one.close(5)


def test_a_disk_that_hangs_does_not_hold_up_the_end(path):
    def hangs():
        time.sleep(30)
        return path

    one = Writer(hangs, lambda: math.inf)
    start = time.monotonic()
    one.put(entry())
    assert not one.close(0.3)
    assert time.monotonic() - start < 5
