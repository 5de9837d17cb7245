"""The database file of one workspace folder: opening it, its schema, and what an error of SQLite's means here."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from aigc_plugins.index.limits import IndexUnavailableError

logger = logging.getLogger(__name__)

# Another version: the database is built anew. Raise it whenever chunks, words, symbols or redaction change.
SCHEMA = 1
_BUSY_MS = 10_000
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, reversed TEXT NOT NULL, language TEXT, size INTEGER NOT NULL,
    mtime INTEGER NOT NULL, hash BLOB NOT NULL, lines INTEGER NOT NULL
);
CREATE INDEX files_reversed ON files (reversed);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX chunks_file ON chunks (file);
CREATE TABLE symbols (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, container TEXT NOT NULL,
    start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, signature TEXT NOT NULL
);
CREATE INDEX symbols_file ON symbols (file);
CREATE INDEX symbols_name ON symbols (name);
CREATE TABLE frequent (word TEXT PRIMARY KEY, chunks INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE fulltext USING fts5 (words, content = '', tokenize = "ascii tokenchars '_'");
"""
_UNUSABLE = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOLFS,
}  # fmt: skip
_WAITING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class BrokenError(Exception):
    """The database file is corrupt, or of another version: it has to be built anew."""


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open a database; a reader gets one that exists and has our schema, a writer makes it where there is none.

    Raises:
        BrokenError: it is no database, or not of our schema.
        IndexUnavailableError: it may not be opened. FileNotFoundError: a reader's is not there.
    """
    if write:
        with _folder_errors(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not path.exists():
        raise FileNotFoundError(path)
    with translated(path):
        connection = sqlite3.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, write=write)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, *, write: bool) -> None:
    run = connection.execute
    run(f"PRAGMA busy_timeout = {_BUSY_MS if write else 1000}")
    version = run("PRAGMA user_version").fetchone()[0]
    empty = not run("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version != SCHEMA and not (empty and write):
        raise BrokenError(f"schema {version}, not {SCHEMA}")
    run("PRAGMA temp_store = MEMORY")
    if not write:
        run("PRAGMA query_only = 1")
        run("PRAGMA cache_size = -16384")
        return
    run("PRAGMA journal_mode = WAL")
    run("PRAGMA synchronous = NORMAL")
    run("PRAGMA cache_size = -24576")
    run("PRAGMA journal_size_limit = 16777216")
    run("PRAGMA wal_autocheckpoint = 4000")  # pages: a checkpoint waits for the disk, an update of one file should not
    if empty:
        with transaction(connection):
            for statement in _TABLES.split(";\n"):
                if statement.strip():
                    run(statement)
            run(f"PRAGMA user_version = {SCHEMA}")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run what is inside as one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite's into BrokenError or IndexUnavailableError; `sqlite3.OperationalError` stays when busy."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _WAITING:
            raise
        if code in _UNUSABLE or "no such module" in str(error):
            raise IndexUnavailableError(advice(path, str(error))) from error
        raise BrokenError(str(error)) from error


@contextlib.contextmanager
def _folder_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexUnavailableError(advice(path, error.strerror or str(error))) from error


def discard(path: Path) -> bool:
    """Delete a database and what SQLite keeps beside it; tell whether there was one.

    Raises:
        IndexUnavailableError: it may not be deleted.
    """
    there = path.exists()
    with _folder_errors(path):
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
    return there


def advice(path: Path, why: str) -> str:
    """Return what to tell the user of a place that cannot be used."""
    return (
        f"The index of the workspace cannot be kept in {path.parent}: {why}. "
        "Make room or give access there, or switch it off with `context.index = false`."
    )
