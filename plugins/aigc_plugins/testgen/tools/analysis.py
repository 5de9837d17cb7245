"""Analyses a file of Go or Java: which of its functions tests can call, and in which file these tests belong."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.action import WithheldError
from aigc_plugins.document import Document
from aigc_plugins.tasks.functions import definitions, parameters
from aigc_plugins.testgen.parts import Conventions, Subject
from aigc_plugins.testgen.scenario import Parameter, Target
from aigc_plugins.testgen.tools.base import source
from aigc_plugins.testgen.tools.go import Go
from aigc_plugins.testgen.tools.java import Java

if TYPE_CHECKING:
    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.functions import Definition
    from aigc_plugins.testgen.tools.base import Tool

_TOOLS: dict[str, Tool] = {".go": Go(), ".java": Java()}


def tool_of(path: Path) -> Tool:
    """Return the tools for a file."""
    return _TOOLS[path.suffix]


def analyse(
    path: Path,
    text: str,
    *,
    root: Path,
    names: Sequence[str] = (),
    lines: Collection[int] = (),
    python: Path | None = None,
    trusted: bool = False,
    opened: Mapping[Path, str] | None = None,
) -> Subject:
    """Return the file as a module, as `aigc_plugins.testgen.analysis.analyse` does for Python.

    Raises:
        WithheldError: there is nothing to write tests for, or nothing to run them with; the text says why.
    """
    path, root = Path(os.path.abspath(path)), Path(os.path.abspath(root))  # noqa: PTH100 - links are kept
    tool = tool_of(path)
    if path.stem.endswith(("_test", "Test", "Tests", "IT")):
        raise WithheldError(f"{path.name} holds tests itself.")
    snapshot = Document(path.as_uri(), tool.language, text, 1).snapshot()
    everything = tuple(_targets(snapshot))
    wanted = [name.removesuffix("()").removesuffix(".*") for name in names]
    targets = tuple(
        one
        for one in everything
        if (not wanted or any(_means(name, one.name) for name in wanted))
        and (not lines or any(one.line <= line <= one.end_line for line in lines))
    )
    if not targets:
        raise WithheldError(f"{path.name} has no function that tests could call{f' of {names[0]}' if names else ''}.")
    file = tool.test_file(path, root)
    old = (opened or {}).get(file)
    if old is None and file.is_file():
        old = file.read_text("utf-8", errors="replace")
    # The style is Python's, and not looked at here.
    conventions = Conventions("pytest", file, old, (), 100)
    shown = path.relative_to(root).as_posix()
    subject = Subject(root, path, shown, text, targets, everything, (), Path(tool.program), conventions)
    tool.found()
    tool.check(subject)
    return subject


def _means(wanted: str, name: str) -> bool:
    """Tell whether a word means a target: its name, its class's, or a method's alone, as it stands in Go."""
    return name == wanted or name.startswith(f"{wanted}.") or name.rpartition(".")[2] == wanted


def _targets(snapshot: Snapshot) -> Iterator[Target]:
    for one in definitions(snapshot, ("function",)):
        kind: Any = "function"
        holder = _holder(one)
        public = snapshot.path is None or snapshot.path.suffix == ".go" or "private" not in one.header.split("(")[0]
        if one.body is None or not public or one.name in ("main", "init"):
            continue
        kind = "method" if holder else "function"
        given = tuple(Parameter(p.name, p.type, p.default) for p in parameters(one) if p.kind != "receiver")
        first, last = one.node.start_point[0] + 1, one.node.end_point[0] + 1
        yield Target(f"{holder}.{one.name}" if holder else one.name, kind, first, last, given)


def _holder(one: Definition) -> str:
    receiver = source(one.node.child_by_field_name("receiver"))
    if receiver:
        return receiver.strip("()").split()[-1].lstrip("*").partition("[")[0]
    above = one.node.parent
    while above is not None and above.type not in ("class_declaration", "record_declaration", "enum_declaration"):
        above = above.parent
    return source(above.child_by_field_name("name")) if above is not None else ""
