"""Composes a commit message of a diff: what a program can say for sure, and the style of the repository's history.

What only a model can say, a better subject, comes from the caller and is checked here.
"""

from __future__ import annotations

import re
from posixpath import commonpath
from typing import TYPE_CHECKING

from aigc_plugins.inline.clean import PLACEHOLDER, plain_newlines, strip_hidden
from aigc_plugins.tasks.explain.prose import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.tasks.explain.diff import FileDiff

LONGEST = 72
_MOST_FILES = 12
_FEW = 3  # names that a subject lists
_MOSTLY = 0.6  # of the lines, where the rest is of no account
_TYPES = "feat|fix|docs|style|refactor|perf|test|build|ci|chore|revert"
_CONVENTIONAL = re.compile(rf"(?:{_TYPES})(?:\([^)]*\))?!?: \S")
_TEST = re.compile(r"(?:^|/)(?:tests?|__tests__|spec)/|(?:^|/)test_[^/]*$|[_.](?:test|spec)\.[a-z]+$", re.IGNORECASE)
_DOCS = re.compile(r"(?:^|/)docs?/|\.(?:md|rst|adoc|txt)$", re.IGNORECASE)
_CI = re.compile(r"^\.github/|^\.gitlab-ci|(?:^|/)Jenkinsfile$|^\.circleci/", re.IGNORECASE)
_DEPENDENCIES = re.compile(
    r"(?:^|/)(?:requirements[^/]*\.txt|constraints[^/]*\.txt|pyproject\.toml|setup\.cfg|package\.json|go\.mod|Cargo\.toml"
    r"|pom\.xml|build\.gradle(?:\.kts)?)$"
)
_PIN = re.compile(
    r"^\s*[\"']?(@?[A-Za-z][\w./@-]*?)[\"']?\s*(?:[=~^<>!]=?=?|:|\s)\s*[\"'^~v=<>]*(\d[\w.+-]*)[\"']?,?\s*$"
)
# A subject is an order: it starts with one of the verbs that subjects start with.
_VERB_TEXT = """
accept add adjust allow apply avoid bind bump cache change check clean close configure convert copy correct create cut
define delete deprecate describe disable document do drop enable ensure exclude expect explain export extract fall fix
format generate give group guard handle hide ignore implement import improve include increase init inline introduce keep
let limit list load lock log make mark merge move name normalise normalize open optimise optimize parse pass prefer
prevent print protect put raise read recover reduce refactor reject release remove rename reorder replace report reset
restore retry return revert rework rewrite run save send set share show simplify skip sort speed split start stop store
strip support swap take tell test treat trim turn type unify update upgrade use validate verify wait warn wrap write
"""
_VERBS = frozenset(_VERB_TEXT.split())
_NAMED_FILE = re.compile(r"[\w./-]*\w\.[A-Za-z]{1,5}\b")


def exact_subject(files: Sequence[FileDiff]) -> str:
    """Return the subject that the diff alone gives, '' where it takes understanding."""
    bumped = _bumped(files)
    if bumped:
        return bumped
    if len(files) == 1:
        return _of_one(files[0])
    found = _of_kind(files)
    if found:
        return found
    code = [one for one in files if not _TEST.search(one.path) and not _DOCS.search(one.path)]
    return _of_one(code[0]) if len(code) == 1 else _of_new(code)


def _of_new(files: Sequence[FileDiff]) -> str:
    """Return the subject of files most of which are new, or that get a few definitions; '' where neither holds."""
    lines = sum(len(one.added) + len(one.removed) for one in files)
    fresh = [one for one in files if one.status == "added"]
    if lines and sum(len(one.added) for one in fresh) >= _MOSTLY * lines:
        if len(fresh) <= _FEW:
            return f"Add {_named([one.path for one in fresh])}"
        return f"Add {_main_folder(fresh)}"
    new = [name for one in files for name in one.defined if not name.startswith("_")]
    gone = any(one.dropped for one in files) or sum(len(one.removed) for one in files) > 2
    return f"Add {_named(new)}" if 0 < len(new) <= _FEW and not gone else ""


def _main_folder(files: Sequence[FileDiff]) -> str:
    """Return the folder that holds most of the lines, else the one around all, else the number of files."""
    sizes: dict[str, int] = {}
    for one in files:
        folder = one.path.rpartition("/")[0]
        sizes[folder] = sizes.get(folder, 0) + len(one.added)
    largest = max(sizes, key=lambda folder: sizes[folder])
    if sizes[largest] < _MOSTLY * sum(sizes.values()):
        largest = commonpath([folder or "." for folder in sizes])
    return largest if largest not in ("", ".") and len(largest) < LONGEST - 4 else f"{len(files)} files"


def _of_one(one: FileDiff) -> str:
    """Return the subject of one file's changes, '' where it takes understanding."""
    if one.status == "renamed":
        old_name = one.old_path.rpartition("/")[2]
        folder = one.path.rpartition("/")[0] or "the root"
        moved = f"Move {one.name} to {folder}" if old_name == one.name else f"Rename {old_name} to {one.name}"
        return moved if len(one.added) + len(one.removed) < 20 else f"{moved} and change it"
    if one.status != "changed":
        return f"{'Add' if one.status == 'added' else 'Remove'} {one.name}"
    gone, new = one.dropped, one.defined
    if len(gone) == len(new) == 1 and not one.touched:
        return f"Rename {gone[0]} to {new[0]}" if _same_but_name(one, gone[0], new[0]) else ""
    if new and not gone and len(one.removed) <= 2:
        return f"{'Test' if _TEST.search(one.path) else 'Add'} {_named(new)}"
    if gone and not new and len(one.added) <= 2:
        return f"Remove {_named(gone)} from {one.name}"
    return ""


def plain_subject(files: Sequence[FileDiff]) -> str:
    """Return a subject that says where something changed; there is always one."""
    names = [name for one in files for name in (*one.defined, *one.touched, *one.dropped)]
    if len(files) == 1:
        place = files[0].name
        return f"Change {_named(names)} in {place}" if names and not _DOCS.search(files[0].path) else f"Update {place}"
    folders = {one.path.rpartition("/")[0] for one in files}
    where = next(iter(folders)) if len(folders) == 1 else ""
    return f"Update {len(files)} files in {where}" if where else f"Update {len(files)} files"


def checked_subject(text: str, files: Sequence[FileDiff]) -> str:
    """Return a model's subject where it may stand: an order, about what the diff has, on one line; else ''."""
    line = strip_hidden(plain_newlines(text)).strip().partition("\n")[0].strip().strip("\"'`*.").strip()
    line = re.sub(rf"^(?:{_TYPES})(?:\([^)]*\))?!?:\s*", "", line, flags=re.IGNORECASE)
    line = line[:1].upper() + line[1:]
    if not 8 <= len(line) <= LONGEST or len(line.split()) < 2 or line.split()[0].lower() not in _VERBS:
        return ""
    if PLACEHOLDER.search(line) or re.search(r"[<>{}\[\]|\\]|https?:|\.\.\.|…", line):
        return ""
    changed = "\n".join([*(one.path for one in files), *(text for one in files for text in (*one.added, *one.removed))])
    if any(found[0].rpartition("/")[2] not in changed for found in _NAMED_FILE.finditer(line)):
        return ""
    names = words_of(" ".join(_names(files)))
    known = words_of(changed) | names
    said = [word for word in re.findall(r"[A-Za-z_]\w+", line)[1:] if len(word) > 3]
    grounded = [word for word in said if _among(word, known)]
    return line if any(_among(word, names) for word in said) and len(grounded) * 2 >= len(said) else ""


def _among(word: str, known: frozenset[str]) -> bool:
    return bool({word, word.lower(), word.lower().rstrip("s")} & known)


def _names(files: Sequence[FileDiff]) -> list[str]:
    """Return what the diff is about by name: definitions, and files."""
    found = [one.name.partition(".")[0] or one.name for one in files]
    return found + [name for one in files for name in (*one.defined, *one.dropped, *one.touched)]


def message(subject: str, files: Sequence[FileDiff], history: Sequence[str]) -> str:
    """Return the whole message: the subject in the style of `history` (subjects of commits), a line on each file."""
    subject = _styled(subject, files, history)
    if len(subject) > LONGEST:
        subject = subject[:LONGEST].rpartition(" ")[0] or subject[:LONGEST]
    if not 1 < len(files) <= _MOST_FILES:
        return subject
    return subject + "\n\n" + "\n".join(f"- {one.path}: {_what(one)}" for one in files)


def _styled(subject: str, files: Sequence[FileDiff], history: Sequence[str]) -> str:
    conventional = [line for line in history if _CONVENTIONAL.match(line)]
    if len(conventional) * 2 <= len(history) or not history:
        lower = sum(line[:1].islower() for line in history)
        return subject[:1].lower() + subject[1:] if history and lower * 2 > len(history) else subject
    return f"{_type(subject, files)}: {subject[:1].lower() + subject[1:]}"


def _type(subject: str, files: Sequence[FileDiff]) -> str:
    for pattern, kind in ((_TEST, "test"), (_DOCS, "docs"), (_CI, "ci"), (_DEPENDENCIES, "build")):
        if all(pattern.search(one.path) for one in files):
            return kind
    verb = subject.partition(" ")[0].lower()
    return {"fix": "fix", "correct": "fix", "add": "feat", "support": "feat", "implement": "feat", "allow": "feat"}.get(
        verb, "refactor" if verb in ("rename", "move", "remove", "extract", "simplify") else "chore"
    )


def _of_kind(files: Sequence[FileDiff]) -> str:
    """Return the subject of several files of one kind, '' where they are of several."""
    states = {one.status for one in files}
    for verb, state in (("Add", "added"), ("Remove", "deleted")):
        if states == {state} and (len(files) <= _FEW or state == "deleted"):
            return f"{verb} {_named([one.name for one in files])}"
    if all(_TEST.search(one.path) for one in files):
        new = [name for one in files for name in one.defined]
        return f"Test {_named([name.removeprefix('test_') for name in new])}" if new else "Change tests"
    if all(_DOCS.search(one.path) for one in files):
        return f"Document changes in {_named([one.name for one in files])}"
    return ""


def _bumped(files: Sequence[FileDiff]) -> str:
    """Return the subject of a diff that changes versions of dependencies and nothing else."""
    if not all(_DEPENDENCIES.search(one.path) for one in files):
        return ""
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    for one in files:
        for lines, pins in ((one.removed, old), (one.added, new)):
            for line in lines:
                found = _PIN.match(line)
                if found is None and line.strip():
                    return ""
                if found is not None:
                    pins[found[1]] = found[2]
    changed = [name for name in new if name in old and old[name] != new[name]]
    if not changed or set(old) != set(new):
        return ""
    if len(changed) == 1:
        return f"Bump {changed[0]} from {old[changed[0]]} to {new[changed[0]]}"
    return f"Bump {_named(changed)}"


def _same_but_name(one: FileDiff, old: str, new: str) -> bool:
    turned = [re.sub(rf"\b{old}\b", new, line) for line in one.removed]
    return turned == one.added


def _named(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        return names[0]
    if len(names) <= _FEW:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:2])} and {len(names) - 2} more"


def _what(one: FileDiff) -> str:
    parts = []
    for verb, names in (("add", one.defined), ("remove", one.dropped), ("change", one.touched)):
        if names:
            parts.append(f"{verb} {_named(names)}")
    if one.status == "renamed":
        parts.insert(0, f"renamed from {one.old_path}")
    if one.status in ("added", "deleted"):
        return "new file" if one.status == "added" else "removed"
    return "; ".join(parts) or ("binary" if one.binary else f"{len(one.added)} lines in, {len(one.removed)} out")
