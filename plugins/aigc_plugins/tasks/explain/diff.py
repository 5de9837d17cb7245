"""Reads a unified diff as git writes it: files, what became of them, changed lines, the functions around them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from aigc_plugins.index.ignore import is_secret_name

Status: TypeAlias = Literal["added", "deleted", "renamed", "changed"]

_HEADER = re.compile(r"^diff --git (?P<old>\"?a/.+?\"?) (?P<new>\"?b/.+\"?)$")
_HUNK = re.compile(r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@ ?(.*)$")
_DEFINES = re.compile(
    r"^\s*(?:export\s+|default\s+|pub(?:\([^)]*\))?\s+|public\s+|private\s+|protected\s+|static\s+|async\s+|final\s+|unsafe\s+)*"
    r"(?:def|class|func(?:\s+\([^)]*\))?|fn|function|interface|struct|enum|trait|type)\s+(?P<name>[A-Za-z_]\w*)"
)


@dataclass(slots=True)
class FileDiff:
    """What a diff says of one file; `functions` are named by the heads of hunks, `defined` and `dropped` by lines."""

    path: str
    old_path: str
    status: Status = "changed"
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    binary: bool = False
    text: str = ""

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return self.path.rpartition("/")[2]

    @property
    def defined(self) -> list[str]:
        """The definitions whose first line is new and is not among the removed ones."""
        old = _defined(self.removed)
        return [name for name in _defined(self.added) if name not in old]

    @property
    def dropped(self) -> list[str]:
        """The definitions whose first line is removed and does not come back."""
        new = _defined(self.added)
        return [name for name in _defined(self.removed) if name not in new]

    @property
    def touched(self) -> list[str]:
        """The definitions that stay and have changed lines."""
        both = [name for name in _defined(self.added) if name in _defined(self.removed)]
        inside = [found["name"] for head in self.functions if (found := _DEFINES.match(head))]
        return [name for name in dict.fromkeys((*both, *inside)) if name not in (*self.defined, *self.dropped)]


def read_diff(text: str) -> list[FileDiff]:
    """Return the files of a diff; those whose names say that they hold secrets are left out."""
    files: list[FileDiff] = []
    parts = re.split(r"(?m)^(?=diff --git )", text.replace("\r\n", "\n"))
    if len(parts) == 1 and not parts[0].startswith("diff --git"):  # a plain one: --- a, +++ b
        parts = re.split(r"(?m)^(?=--- \S.*\n\+\+\+ )", parts[0])
    for part in parts:
        one = _read_file(part)
        if one is not None and not any(
            is_secret_name(name) for name in (*one.path.split("/"), *one.old_path.split("/"))
        ):
            files.append(one)
    return files


def _read_file(part: str) -> FileDiff | None:
    lines = part.split("\n")
    header = _HEADER.match(lines[0])
    if header is not None:
        one = FileDiff(_path(header["new"]), _path(header["old"]), text=part)
    elif lines[0].startswith("--- ") and len(lines) > 1:
        old, new = _path(lines[0][4:].partition("\t")[0]), _path(lines[1][4:].partition("\t")[0])
        one = FileDiff(old if new == "/dev/null" else new, new if old == "/dev/null" else old, text=part)
        one.status = "added" if old == "/dev/null" else "deleted" if new == "/dev/null" else "changed"
    else:
        return None
    left, right = 0, 0
    for line in lines[1:]:
        hunk = _HUNK.match(line) if left <= 0 and right <= 0 else None
        if hunk is not None:
            left, right = int(hunk[1] or 1), int(hunk[2] or 1)
            if hunk[3].strip() and hunk[3].strip() not in one.functions:
                one.functions.append(hunk[3].strip())
        elif left > 0 or right > 0:
            left, right = _body_line(one, line, left, right)
        else:
            _head_line(one, line)
    return one


def _body_line(one: FileDiff, line: str, left: int, right: int) -> tuple[int, int]:
    """Take one line of a hunk; return how many lines of each side are still to come."""
    if line.startswith("+"):
        one.added.append(line[1:])
        return left, right - 1
    if line.startswith("-"):
        one.removed.append(line[1:])
        return left - 1, right
    return (left, right) if line.startswith("\\") else (left - 1, right - 1)


def _head_line(one: FileDiff, line: str) -> None:
    if line.startswith("new file"):
        one.status = "added"
    elif line.startswith("deleted file"):
        one.status = "deleted"
    elif line.startswith("rename from "):
        one.status, one.old_path = "renamed", line.removeprefix("rename from ")
    elif line.startswith("rename to "):
        one.path = line.removeprefix("rename to ")
    elif line.startswith(("Binary files", "GIT binary patch")):
        one.binary = True


def _defined(lines: list[str]) -> list[str]:
    return list(dict.fromkeys(found["name"] for line in lines if (found := _DEFINES.match(line)) is not None))


def _path(name: str) -> str:
    name = name.strip().strip('"')
    return name[2:] if name[:2] in ("a/", "b/") else name
