"""Looks for tests that do not always pass: in other orders, with other hash seeds, in another place and time zone."""

from __future__ import annotations

import os
import random
import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.testgen.checking.hashes import seeds
from aigc_plugins.testgen.checking.measured import put
from aigc_plugins.testgen.checking.run import Orders, Ran, inside, run

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject, Written

Row = tuple[str, int]
_SECONDS = 60.0
_PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # ASCII, where no encoding is named


def shuffled(
    subject: Subject,
    copy: Path,
    written: Written,
    *,
    runs: int = 5,
    seed: int,
    cancelled: Callable[[], object],
    jobs: int = 1,
) -> frozenset[Row]:
    """Return the rows of the new tests that fail in one of `runs` runs, each another process.

    Orders, hash seeds and folders for temporary files differ in all of them. The first one is reversed, the second one
    in another time zone and locale and with another width of the terminal, the third one in another place of the file
    system, by another user and program. The fourth one runs the whole file in its order: what it held before may leave
    traces. The fifth one runs all twice: what a test leaves in a module may change what the same test sees. `jobs` run
    at once.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
        CancelledError: `cancelled` said so.
    """
    put(subject, copy, written)
    rows = {(test.name, row) for test in written.tests for row in range(len(test.rows))}
    hashes = seeds(subject.text, written, random.Random(f"{seed}"), runs)  # noqa: S311

    def failing(number: int) -> set[Row]:
        return _failing(subject, copy, written, number, seed, cancelled, rows, hashes[number])

    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        return frozenset().union(*pool.map(failing, range(runs)))


def _failing(
    subject: Subject, copy: Path, written: Written, number: int, seed: int, cancelled: Callable[[], object],
    rows: set[Row], hash_seed: int,
) -> set[Row]:  # fmt: skip
    copy = copy.resolve()
    temporary = copy.parent / ".tmp" / f"run {number} {secrets.token_hex(3)}"
    temporary.mkdir(parents=True, exist_ok=True)
    environment = {"PYTHONHASHSEED": str(hash_seed), "TMPDIR": str(temporary)}
    names = tuple(test.name for test in written.tests)
    file = subject.conventions.file
    orders = Orders((file,), names, order="reverse" if number == 0 else f"{seed} {number}")
    if number == 1:
        environment |= {"TZ": "Pacific/Kiritimati", "COLUMNS": "57", **_PLAIN}
    elif number == 2:
        environment |= {"HOME": str(temporary), "USER": "somebody", "LOGNAME": "somebody"}
        orders = replace(orders, program="__main__.py")
    elif number == 3 and subject.conventions.text is not None:
        orders = replace(orders, names=None, order="")
    elif number == 4:
        orders = replace(orders, twice=True)
    place = _elsewhere(copy) if number == 2 else copy
    try:
        orders = replace(orders, files=(inside(subject, place, file),))
        ran = run(subject, place, orders, seconds=_SECONDS, cancelled=cancelled, environment=environment)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if place != copy:
            shutil.rmtree(place, ignore_errors=True)
    if number == 2 and not ran.rows:
        return set()  # the project itself cannot be moved
    return rows - _passed(ran)


def _passed(ran: Ran) -> set[Row]:
    good: set[Row] = set()
    bad: set[Row] = set()
    for index, row in ran.rows.items():
        (good if ran.results.get(index, {}).get("passed") else bad).add(row)
    return good - bad


def _elsewhere(copy: Path) -> Path:
    """Return the same project at another place of the same scratch folder; its files are the same on disk."""
    place = copy.parent / f"elsewhere-{secrets.token_hex(3)}"

    def linked(source: str, target: str) -> None:
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError:
            with suppress(OSError):
                shutil.copy2(source, target, follow_symlinks=False)

    shutil.copytree(copy, place, symlinks=True, copy_function=linked)
    return place
