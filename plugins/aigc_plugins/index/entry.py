"""Reads one file and makes of it what the index keeps. What is in the database already, its caller knows."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
import time
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_plugins.index.cut import cut, normal
from aigc_plugins.index.secrets import redact
from aigc_plugins.index.tokens import words
from aigc_plugins.syntax import language_for

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

_LONG_LINE = re.compile(rb"[^\n]{5000}")
_LONG_ON_AVERAGE = 200  # bytes of a line: people do not write that
_RACY_NS = 50_000_000  # a file this young may change again without that its time shows it
_TRIES = 3


class Entry(NamedTuple):
    """What the index keeps of a file. `language` is None where nothing of it is indexed.

    `chunks` are rows of (start line, end line, text, words), `symbols` rows of `cut.Mark`. Everything in it can be
    marshalled.
    """

    path: str
    size: int
    mtime: int
    hash: bytes
    language: str | None = None
    lines: int = 0
    chunks: Sequence[tuple[int, int, str, str]] = ()
    symbols: Sequence[tuple[Any, ...]] = ()


def read_entry(root: Path, path: str, known: bytes | None, largest: int) -> Entry | None:
    """Return the entry of a file of up to `largest` bytes, None where it cannot be read.

    Where its content still has the hash `known`, the entry has no chunks, and `language` is ''.
    """
    for _ in range(_TRIES):
        try:
            data, status, after = _read(root / path, largest)
        except OSError:
            return None
        if _same(status, after):
            break
    else:
        after = None  # it is being written: what we have is looked at again next time
    fresh = after is None or time.time_ns() - status.st_mtime_ns < _RACY_NS
    size, mtime = status.st_size, -1 if fresh else status.st_mtime_ns
    if data is None:
        return Entry(path, size, mtime, b"", "" if known == b"" else None)
    digest = hashlib.blake2b(data, digest_size=16).digest()
    if digest == known:
        return Entry(path, size, mtime, digest, "")
    text = decoded(data)
    try:
        return Entry(path, size, mtime, digest) if text is None else made(path, size, mtime, digest, text)
    except Exception:  # a grammar or a query of a plugin's that is broken costs its own files
        logger.exception("%s is not indexed", path)
        return Entry(path, size, mtime, digest)


def made(path: str, size: int, mtime: int, digest: bytes, text: str) -> Entry:
    """Return the entry of a file with this text."""
    language = language_for("", PurePath(path))
    if language is None:
        return Entry(path, size, mtime, digest)
    found = cut(redact(normal(text)), language)
    named = " ".join(words(path))
    rows = [(start, end, chunk, chunk_words(chunk, named)) for start, end, chunk in found.chunks]
    return Entry(path, size, mtime, digest, language.name, found.lines, rows, [tuple(one) for one in found.symbols])


def chunk_words(text: str, named: str) -> str:
    """Return the words of a chunk as the full-text index gets them; `named` are those of its file's path."""
    return f"{' '.join(words(text))} {named}"


def decoded(data: bytes) -> str | None:
    """Return the text of a file, None where it is binary, minified or hardly any text."""
    if b"\0" in data[:8192] or _LONG_LINE.search(data) or len(data) > _LONG_ON_AVERAGE * (data.count(b"\n") + 10):
        return None
    text = data.decode("utf-8-sig", "replace")
    return None if text.count("\ufffd") > 8 + len(text) // 20 else text


def _read(path: Path, largest: int) -> tuple[bytes | None, os.stat_result, os.stat_result]:
    """Return the content (None: too large, or no regular file), and the status before and after."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
            return None, status, status
        data = file.read(largest + 1)
        return (data if len(data) <= largest else None), status, os.fstat(descriptor)


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return one.st_size == other.st_size and one.st_mtime_ns == other.st_mtime_ns
