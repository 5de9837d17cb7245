"""Brings a database in step with a workspace folder: which files are new, changed or gone, in transactions."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

from aigc_plugins.index import database
from aigc_plugins.index.crew import Crew
from aigc_plugins.index.entry import Entry
from aigc_plugins.index.ignore import IGNORE_FILES, Rules
from aigc_plugins.index.keeper import Cancelled, Keeper
from aigc_plugins.index.limits import Limits, database_of
from aigc_plugins.index.writer import Known, Writer
from aigc_plugins.syntax import language_for

DEFAULT = Limits()
_BATCH_CHUNKS, _BATCH_S = 4000, 1.0  # a transaction ends after so much
_GROWTH = 1.6  # words are counted again when the chunks are this many times as many, or as few
_RULES_S = 2.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, and what is in the index now; `truncated` where the workspace has more than `max_files`."""

    files: int
    chunks: int
    symbols: int
    lines: int
    changed: int
    removed: int
    seconds: float
    truncated: bool = False
    cancelled: bool = False


class _Done(NamedTuple):
    files: int
    changed: int


class Indexer:
    """Writes the index of one workspace folder. Several processes may do so: they take turns.

    `folder` is where the database lies, the user's cache where it is None. `workers` are processes that read and parse
    beside this one when there is much to do; 0 does all of it here.
    """

    def __init__(self, root: Path, *, folder: Path | None = None, limits: Limits = DEFAULT, workers: int = 1) -> None:
        self.root = root.absolute()
        self.path = database_of(root, folder)
        self._limits = limits
        self._workers = workers
        self._rules: Rules | None = None
        self._rules_read = 0.0
        self._keeper = Keeper(self.path)

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        self._keeper.close()

    def build(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> Report:
        """Bring the whole index up to date; `progress(done, all)` counts files.

        Only what changed is read: size and time are compared first, then the content's hash. A build that is cancelled
        or killed keeps what it has done, and the next one goes on from there.

        Raises:
            IndexUnavailableError: the database cannot be written.
            FileNotFoundError: the workspace folder is gone.
        """
        with self._keeper.turn(cancelled) as free:
            if not free:
                return Report(0, 0, 0, 0, 0, 0, 0.0, cancelled=True)
            self.close()  # opened anew, a file that was damaged meanwhile is noticed
            return self._keeper.mended(lambda connection: self._build(connection, progress, cancelled))

    def update(self, paths: Iterable[str]) -> int:
        """Bring single files up to date, given relative to the root with `/`; return how many changed.

        A folder among them, or a file with ignore rules, makes that a `build`. Raises as `build` does.
        """
        paths = list(dict.fromkeys(path.strip("/") for path in paths))
        if any(PurePath(path).name in IGNORE_FILES or (self.root / path).is_dir() for path in paths):
            report = self.build()
            return report.changed + report.removed
        with self._keeper.turn(None):
            return self._keeper.mended(lambda connection: self._update(connection, paths))

    def clear(self) -> bool:
        """Delete the database; tell whether there was one. Raises IndexUnavailableError where that cannot be."""
        if not self.path.exists():
            return False
        self.close()
        with self._keeper.turn(None):
            return database.discard(self.path)

    def _build(self, connection: sqlite3.Connection, progress: Progress | None, cancelled: Cancelled | None) -> Report:
        began = time.monotonic()
        stop = cancelled or (lambda: False)
        writer = Writer(connection)
        known = writer.known()
        rules = self._rules = Rules(self.root)
        self._rules_read = time.monotonic()
        jobs, seen, truncated = self._survey(rules, known, stop)
        changed = removed = 0
        if not stop():
            removed = self._forget(connection, writer, {path: known[path] for path in known.keys() - seen})
        largest = self._limits.max_file_kb * 1024
        with Crew(rules.root, largest, self._workers) as crew:
            work = crew.entries([(path, known[path].hash if path in known else None) for path in jobs])
            for done in self._put(connection, writer, work, known, stop):
                changed += done.changed
                if progress is not None:
                    progress(done.files, len(jobs))
        with database.transaction(connection):
            self._count(writer, force=changed + removed > 0 and not stop())
            writer.note("root", str(self.root))
            if not stop():
                writer.note("built", time.time())
                writer.note("truncated", int(truncated))
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        counts = stock(connection)
        return Report(*counts, changed, removed, time.monotonic() - began, truncated, stop())

    def _survey(self, rules: Rules, known: dict[str, Known], stop: Cancelled) -> tuple[list[str], set[str], bool]:
        """Return the files to read, all files there are, and whether there are too many."""
        jobs: list[str] = []
        seen: set[str] = set()
        for path, status in rules.files():
            if stop() or len(seen) >= self._limits.max_files:
                return jobs, seen | (set() if not stop() else known.keys()), not stop()
            if language_for("", PurePath(path)) is None:
                continue
            seen.add(path)
            old = known.get(path)
            if old is None or (old.size, old.mtime) != (status.st_size, status.st_mtime_ns):
                jobs.append(path)
        return jobs, seen, False

    def _forget(self, connection: sqlite3.Connection, writer: Writer, gone: dict[str, Known]) -> int:
        for at, (path, known) in enumerate(sorted(gone.items())):
            if at % 100 == 0:
                if at:
                    connection.execute("COMMIT")
                connection.execute("BEGIN IMMEDIATE")
            writer.remove(path, known)
        if gone:
            connection.execute("COMMIT")
        return len(gone)

    def _put(
        self,
        connection: sqlite3.Connection,
        writer: Writer,
        work: Iterator[list[Entry]],
        known: dict[str, Known],
        stop: Cancelled,
    ) -> Iterator[_Done]:
        """Write entries, a transaction for each batch; yield after each of them."""
        files, exhausted = 0, False
        while not exhausted and not stop():
            changed = chunks = 0
            until = time.monotonic() + _BATCH_S
            with database.transaction(connection):
                while chunks < _BATCH_CHUNKS and time.monotonic() < until:
                    entries = next(work, None)
                    if entries is None:
                        exhausted = True
                        break
                    for entry in entries:
                        changed += writer.put(entry, known.get(entry.path))
                        chunks += len(entry.chunks)
                    files += len(entries)
                self._count(writer)
            yield _Done(files, changed)

    def _count(self, writer: Writer, *, force: bool = False) -> None:
        chunks, counted = writer.chunks, writer.fact("counted")
        before = counted if isinstance(counted, int) else 0
        small = max(chunks, before) < 2000
        if force or not (small or before / _GROWTH <= chunks <= before * _GROWTH):
            writer.count_words()

    def _update(self, connection: sqlite3.Connection, paths: list[str]) -> int:
        writer, rules = Writer(connection), self._recent_rules()
        changed = 0
        with Crew(rules.root, self._limits.max_file_kb * 1024, self._workers) as crew:
            known = {path: writer.one(path) for path in paths}
            wanted = [path for path in paths if rules.allows(path) and language_for("", PurePath(path)) is not None]
            jobs = [(path, old.hash if (old := known[path]) else None) for path in wanted]
            entries = {entry.path: entry for group in crew.entries(jobs) for entry in group}
        with database.transaction(connection):
            for path, old in known.items():
                entry = entries.get(path)
                if entry is not None:
                    changed += writer.put(entry, old)
                elif old is not None:
                    writer.remove(path, old)
                    changed += 1
            # What stood below a folder that is gone is not named one by one.
            changed += self._remove_below(connection, writer, [path for path in paths if path not in entries])
            self._count(writer)
        return changed

    def _recent_rules(self) -> Rules:
        """Return the ignore rules, read no longer ago than files come one by one; a change of them makes a build."""
        now = time.monotonic()
        if self._rules is None or now - self._rules_read > _RULES_S:
            self._rules, self._rules_read = Rules(self.root), now
        return self._rules

    def _remove_below(self, connection: sqlite3.Connection, writer: Writer, folders: list[str]) -> int:
        gone = 0
        for folder in folders:
            rows = connection.execute(
                "SELECT path, id, size, mtime, hash FROM files WHERE path >= ? AND path < ?",
                (folder + "/", folder + "0"),
            ).fetchall()
            for path, *rest in rows:
                writer.remove(path, Known(*rest))
            gone += len(rows)
        return gone


def stock(connection: sqlite3.Connection) -> tuple[int, int, int, int]:
    """Return how many files, chunks, symbols and lines are in the index."""
    files, lines = connection.execute(
        "SELECT count(*), coalesce(sum(lines), 0) FROM files WHERE language IS NOT NULL"
    ).fetchone()
    chunks = connection.execute("SELECT count(*) FROM chunks").fetchone()[0]
    symbols = connection.execute("SELECT count(*) FROM symbols").fetchone()[0]
    return files, chunks, symbols, lines
