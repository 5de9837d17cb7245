"""The record's file: an SQLite database in the user's data folder that several servers write to. It decides nothing.

There is no text in it, no name and no path: only what `entry.Entry` lists.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from typing import TYPE_CHECKING

from aigc_lsp.stats.entry import COLUMNS, Entry, from_row, to_row
from aigc_models import paths
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SCHEMA = 1
_DAY_S = 86_400.0
_BUSY_S = 5.0

_CREATE = """
CREATE TABLE suggestions (
    session TEXT NOT NULL,
    number INTEGER NOT NULL,
    offered_at REAL NOT NULL,
    language TEXT NOT NULL,
    model TEXT,
    adapter TEXT,
    "trigger" TEXT NOT NULL,
    source TEXT NOT NULL,
    latency_ms REAL NOT NULL,
    length_chars INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    mean_logprob REAL,
    min_logprob REAL,
    first_logprob REAL,
    context_kinds TEXT NOT NULL,
    pause_ms REAL,
    fresh_line INTEGER NOT NULL,
    right_empty INTEGER NOT NULL,
    column_bucket INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    told INTEGER NOT NULL,
    explored INTEGER NOT NULL,
    shown_at REAL,
    ended_at REAL,
    accepted_chars INTEGER NOT NULL,
    kept_chars INTEGER,
    PRIMARY KEY (session, number)
) WITHOUT ROWID
"""
# From each version to the next: a list of statements. The first makes the tables of version 1.
_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (_CREATE, "CREATE INDEX suggestions_offered_at ON suggestions (offered_at)"),
)
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
_UPSERT = f"INSERT OR REPLACE INTO suggestions ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608


class StoreError(AigcError):
    """The record cannot be read or written; the text says why and what to do."""


class NewerStoreError(StoreError):
    """The record was written by a newer version of aigc-lsp; it is left alone."""


def default_path() -> Path:
    """Return where this user's record is, or would be."""
    return paths.data_dir() / "suggestions.db"


class Store:
    """An open record. Used by one thread; other processes may have it open at the same time (WAL).

    Raises:
        StoreError: the file cannot be opened, is damaged, or is a newer version's. So do all methods.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made by us, so that it is the user's alone; SQLite gives its other files the same rights.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        try:
            with self._told():
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute("PRAGMA synchronous = NORMAL")
                self._database.execute("PRAGMA secure_delete = ON")
                self._migrate()
        except BaseException:
            self._database.close()
            raise

    def write(self, entries: Iterable[Entry]) -> None:
        """Add entries; one with a session and number that are there takes the place of that one."""
        with self._transaction():
            self._database.executemany(_UPSERT, map(to_row, entries))

    def keep(self, days: float, now: float | None = None) -> int:
        """Delete what is older than `days`; return how many entries that were."""
        before = (time.time() if now is None else now) - days * _DAY_S
        with self._transaction():
            return self._database.execute("DELETE FROM suggestions WHERE offered_at < ?", (before,)).rowcount

    def read(self, *, since: float | None = None, language: str | None = None, model: str | None = None) -> list[Entry]:
        """Return the entries offered after `since` (seconds since 1970), of one language or model, oldest first."""
        tests = (("offered_at >= ?", since), ("language = ?", language), ("model = ?", model))
        used = [(test, value) for test, value in tests if value is not None]
        where = " WHERE " + " AND ".join(test for test, _ in used) if used else ""
        query = f"SELECT {_NAMES} FROM suggestions{where} ORDER BY offered_at, session, number"  # noqa: S608
        with self._told():
            return [from_row(row) for row in self._database.execute(query, [value for _, value in used])]

    def clear(self) -> int:
        """Delete all entries, also from the file's free pages; return how many there were."""
        with self._told():
            with self._transaction():
                count = self._database.execute("DELETE FROM suggestions").rowcount
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return count

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _migrate(self) -> None:
        if self._version() == SCHEMA:
            return
        with self._transaction():  # another server may have been quicker: look again, alone
            version = self._version()
            if version > SCHEMA:
                raise NewerStoreError(
                    f"{self.path} was written by a newer aigc-lsp (schema {version}, this one knows {SCHEMA}). "
                    "Update aigc-lsp, or move the file away."
                )
            for statements in _MIGRATIONS[version:]:
                for statement in statements:
                    self._database.execute(statement)
            self._database.execute(f"PRAGMA user_version = {SCHEMA}")

    def _version(self) -> int:
        return int(self._database.execute("PRAGMA user_version").fetchone()[0])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's and the system's errors into one for the user."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror}. Mend that, or set stats.enabled to false.") from error
        except sqlite3.OperationalError as error:
            raise StoreError(f"{self.path}: {error}. Mend that, or set stats.enabled to false.") from error
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path} is damaged ({error}). `aigc-lsp stats clear` begins a new one.") from error


def remove(path: Path) -> None:
    """Delete the record's files, damaged or not.

    Raises:
        OSError: one is there and cannot be deleted.
    """
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
