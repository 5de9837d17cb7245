"""A folder, or one file, on this machine. Ignore rules and names of secrets are honoured; links are not followed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from aigc_finetune.collect.sources.base import Commits, Entry, Listing, Origin, Rejected, SourceError
from aigc_finetune.collect.sources.history import commit_times
from aigc_plugins.index.ignore import Rules, is_secret_name

_SILENT = frozenset((".git", ".hg", ".svn", ".jj", "__pycache__"))  # nobody expects these to be sources


class FolderSource:
    """The files below `root`, without those below `without`: a run's own folder may lie in what it trains on."""

    def __init__(self, root: Path, label: str, origin: Origin | None = None, *, without: Path | None = None) -> None:
        if not root.is_dir():
            raise SourceError(f"{root} is no folder: check `collect.sources` in the recipe.")
        self.root = root
        self.label = label
        self._origin = origin or Origin("folder")
        self._without = _below(without, root)
        self._listed: Listing | None = None

    @property
    def origin(self) -> Origin:
        """Where it is from."""
        return self._origin

    def fingerprint(self) -> str:
        """Return a SHA-256 over the paths, sizes and times of change of all files."""
        digest = hashlib.sha256(str(self.root.resolve()).encode("utf-8", "surrogateescape"))
        for path, size in self.listing().entries:
            try:
                changed = (self.root / path).lstat().st_mtime_ns
            except OSError:
                changed = 0  # it went meanwhile, which its reading will tell
            digest.update(f"\0{path}\0{size}\0{changed}".encode())
        return digest.hexdigest()

    def listing(self) -> Listing:
        """Return its files by name, with those that the rules leave out as rejected."""
        if self._listed is None:
            self._listed = _walk(self.root, self.label, self._without)
        return self._listed

    def read(self, path: str) -> bytes:
        """Return a file's bytes; a link that came in its place meanwhile is refused."""
        handle = os.open(self.root / path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError("it is no regular file any more")
            return stream.read()

    def commits(self) -> Mapping[str, Commits]:
        """Return the times of its files, from one pass of `git log`; empty without a repository or git."""
        here = self.root.resolve()
        return commit_times(here) if any((place / ".git").exists() for place in (here, *here.parents)) else {}

    def close(self) -> None:
        """Nothing was started."""


class FileSource(FolderSource):
    """One file; it was named, so no ignore rule is asked, only whether its name is that of a secret."""

    def __init__(self, file: Path, label: str) -> None:
        super().__init__(file.parent, label, Origin("file"))
        self._file = file

    def listing(self) -> Listing:
        """Return the one file."""
        name = self._file.name
        if is_secret_name(name):
            return Listing([], [Rejected(name, self.label, "secret-name", "files of this name hold secrets")])
        return Listing([Entry(name, self._file.stat().st_size)])


def _below(folder: Path | None, root: Path) -> str:
    """Return a folder's path relative to `root`, empty where it does not lie in it."""
    here, there = root.resolve(), folder.resolve() if folder is not None else root.resolve()
    return there.relative_to(here).as_posix() if here != there and there.is_relative_to(here) else ""


def _walk(root: Path, label: str, without: str) -> Listing:
    rules = Rules(root)
    found = Listing([])
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            found.rejected.append(Rejected(f"{folder}/", label, "unreadable", error.strerror or ""))
            continue
        below = []
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                below.append(path)
            else:
                _file(entry, path, rules, found, label)
        for path in reversed(below):
            if path == without:
                continue
            if rules.allows_folder(path):
                waiting.append(path)
            elif path.rpartition("/")[2] not in _SILENT:
                found.rejected.append(Rejected(f"{path}/", label, *_why(path)))
    return found


def _file(entry: os.DirEntry[str], path: str, rules: Rules, found: Listing, label: str) -> None:
    try:
        path.encode()
        status = entry.stat(follow_symlinks=False)
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        found.rejected.append(Rejected(shown, label, "name", "its name is no Unicode"))
    except OSError as error:
        found.rejected.append(Rejected(path, label, "unreadable", error.strerror or ""))
    else:
        if not stat.S_ISREG(status.st_mode):
            found.rejected.append(Rejected(path, label, "link", "a link, or no regular file"))
        elif not rules.allows(path):
            found.rejected.append(Rejected(path, label, *_why(path)))
        else:
            found.entries.append(Entry(path, status.st_size))


def _why(path: str) -> tuple[str, str]:
    if is_secret_name(path.rpartition("/")[2]):
        return "secret-name", "files of this name hold secrets"
    return "ignored", "an ignore file, or made by a tool"
