"""Reads and parses files beside the process that writes the database: requests on standard input, entries on output.

A frame is four bytes of length and a marshalled value. The end of the input ends the process, so it outlives nobody.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from aigc_plugins.index.entry import Entry, read_entry
from aigc_plugins.syntax import Language, bundled_languages, language_for, use_languages

Job = tuple[str, bytes | None]  # a path, and the hash that is known of it
_STOP_S = 2.0


class Worker:
    """One such process, as its owner sees it."""

    def __init__(self, root: Path, largest: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "aigc_plugins.index.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **surroundings(),
        )
        _send(self._process.stdin, (str(root), largest, extra_languages()))

    def ask(self, jobs: Sequence[Job]) -> None:
        """Give it files to read; no more than two requests may be without an answer."""
        _send(self._process.stdin, list(jobs))

    def answer(self) -> list[Entry]:
        """Wait for the answer to the oldest request. Raises EOFError where the process died."""
        return [Entry(*row) for row in _receive(self._process.stdout)]

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def surroundings() -> dict[str, Any]:
    """Return `cwd` and `env` for a process of ours: nothing is imported from the working directory, a workspace."""
    entries = [str(Path(entry).absolute()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return {"cwd": "/", "env": {**os.environ, "PYTHONPATH": os.pathsep.join(entries)}}


def extra_languages() -> list[dict[str, Any]]:
    """Return, as plain data, the languages in use that are not bundled: those of plugins."""
    from aigc_plugins.syntax import registry

    bundled = set(bundled_languages())
    active = registry.active().languages
    return [asdict(language) for language in active if language not in bundled]


def use_extra(extra: Iterable[dict[str, Any]]) -> None:
    """Know the bundled languages and these, given as `extra_languages` does."""
    added = [Language(**{key: _frozen(value) for key, value in one.items()}) for one in extra]
    use_languages([*bundled_languages(), *added])


def _frozen(value: Any) -> Any:
    """Return lists as the tuples that they were before they were written."""
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _send(pipe: IO[bytes] | None, value: Any) -> None:
    assert pipe is not None  # noqa: S101 - for the type checker: the pipes were asked for
    body = marshal.dumps(value)
    try:
        pipe.write(len(body).to_bytes(4, "little") + body)
        pipe.flush()
    except (BrokenPipeError, ValueError) as error:
        raise EOFError from error


def _receive(pipe: IO[bytes] | None) -> Any:
    assert pipe is not None  # noqa: S101
    head = pipe.read(4)
    body = pipe.read(int.from_bytes(head, "little")) if len(head) == 4 else b""
    if not body:
        raise EOFError
    return marshal.loads(body)  # noqa: S302 - from a process of our own, over a pipe of our own


def main() -> int:
    """Serve until the input ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    try:
        root, largest, extra = _receive(source)
        use_extra(extra)
        while True:
            entries = [read_entry(Path(root), path, known, largest) for path, known in _receive(source)]
            _send(sink, [tuple(entry) for entry in entries if entry is not None])
    except (EOFError, KeyboardInterrupt):
        return 0


if __name__ == "__main__":
    language_for("")  # the languages' data are read while the first request is under way
    sys.exit(main())
