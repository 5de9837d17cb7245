"""Makes small projects with a module, and what has been written to test it."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

from aigc_plugins.testgen.parts import Conventions, Subject, Written, WrittenTest
from aigc_plugins.testgen.scenario import Recorded, Scenario, Target

MODULE = '''
    """A cart."""

    seen = []


    def total(prices, rate=0.0):
        if not prices:
            return 0
        total = sum(prices)
        return total + total * rate


    def sign(number):
        if number < 0:
            return -1
        return 1


    def note(text):
        seen.append(text)
        return len(seen)
'''


def project(folder: Path, module: str = MODULE, file: str = "cart.py", **files: str) -> tuple[Subject, Path]:
    """Return the subject of a module in a project and the project's copy; `files` are others, `__` for a slash."""
    copy = folder / "scratch" / "project"
    root = folder / "root"
    for name, text in {file: module, **{name.replace("__", "/"): text for name, text in files.items()}}.items():
        place = copy / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text).lstrip("\n"))
    source = "src" if file.startswith("src/") else ""
    subject = Subject(
        root=root,
        path=root / file,
        name=file.removeprefix("src/").removesuffix(".py").replace("/", "."),
        text=(copy / file).read_text(),
        targets=(Target("total", "function", 6, 10), Target("sign", "function", 13, 16)),
        all_targets=(),
        search_path=(root / source,),
        python=Path(sys.executable),
        conventions=Conventions("pytest", root / "tests" / "test_cart.py"),
    )
    return subject, copy


def written(text: str, **rows: int) -> Written:
    """Return a file with these tests, each with its number of rows; `__` stands for `::`."""
    row = Recorded(Scenario("total", "total([])"))
    tests = tuple(WrittenTest(name.replace("__", "::"), (row,) * count) for name, count in rows.items())
    return Written(dedent(text).lstrip("\n"), tests)


def never() -> bool:
    """Cancel nothing."""
    return False
