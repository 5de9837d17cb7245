"""Repairs of names that do not exist: an import of what defines them, or the name that was meant.

Which of the possible ones is right, the checker tells; none is offered that it does not take.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aigc_plugins.api import Edit
from aigc_plugins.tasks.annotate.imports import import_edits
from aigc_plugins.tasks.fix.candidate import Candidate
from aigc_plugins.text import line_ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.api import Job
    from aigc_plugins.tasks.fix.candidate import Problem
    from aigc_plugins.workspace import Symbol, Workspace

_UNDEFINED = re.compile(
    r"^(?:Undefined name [`'\"](?P<a>\w+)|Name ['\"](?P<b>\w+)['\"] is not defined|['\"](?P<c>\w+)['\"] is not defined"
    r"|Cannot find name ['\"](?P<d>[\w$]+)['\"])"
)
_MEANT = re.compile(
    r"(?:[Dd]id you mean|maybe)\b[^'\"`]*(?P<names>['\"`][^'\"`]+['\"`](?:(?:, | or |, or )['\"`][^'\"`]+['\"`])*)"
)
_ABSENT = re.compile(
    r"has no attribute ['\"](?P<a>\w+)['\"]|[Uu]nexpected keyword argument ['\"](?P<b>\w+)['\"]"
    r"|No parameter named ['\"](?P<c>\w+)['\"]|Cannot access attribute ['\"](?P<d>\w+)['\"]"
    r"|Property ['\"](?P<e>[\w$]+)['\"] does not exist|['\"](?P<f>[\w$]+)['\"] does not exist in type"
)
_QUOTED = re.compile(r"['\"`]([A-Za-z_$][\w$.]*)['\"`]")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
# Names that hardly mean anything but what this module of the standard library calls so.
_KNOWN = {
    "pathlib": ("Path", "PurePath", "PosixPath", "PurePosixPath"),
    "dataclasses": ("dataclass", "field", "asdict", "replace", "astuple"),
    "collections": ("defaultdict", "Counter", "OrderedDict", "deque", "namedtuple", "ChainMap"),
    "collections.abc": ("Iterable", "Iterator", "Callable", "Mapping", "Sequence", "Generator", "MutableMapping"),
    "typing": (
        "Any",
        "Optional",
        "Union",
        "List",
        "Dict",
        "Tuple",
        "Protocol",
        "TypeVar",
        "NamedTuple",
        "Literal",
        "cast",
    ),
    "datetime": ("datetime", "timedelta", "timezone", "date"),
    "functools": ("partial", "lru_cache", "wraps", "reduce", "cached_property", "cache", "total_ordering"),
    "itertools": ("chain", "islice", "groupby", "product", "permutations", "combinations", "zip_longest", "accumulate"),
    "contextlib": ("contextmanager", "suppress", "ExitStack", "closing", "asynccontextmanager", "redirect_stdout"),
    "enum": ("Enum", "IntEnum", "StrEnum", "Flag", "auto"),
    "abc": ("ABC", "abstractmethod", "ABCMeta"),
    "io": ("StringIO", "BytesIO"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "copy": ("deepcopy",),
    "pprint": ("pprint",),
    "textwrap": ("dedent", "indent"),
    "tempfile": ("TemporaryDirectory", "NamedTemporaryFile"),
    "argparse": ("ArgumentParser",),
    "concurrent.futures": ("ThreadPoolExecutor", "ProcessPoolExecutor", "as_completed"),
    "types": ("SimpleNamespace", "MappingProxyType", "ModuleType"),
}


def undefined(message: str) -> str | None:
    """Return the name that a message calls undefined, None for any other message."""
    found = _UNDEFINED.search(message)
    return next((name for name in found.groups() if name), None) if found is not None else None


def meant(message: str) -> list[str]:
    """Return the names that a message proposes."""
    found = _MEANT.search(message)
    return _QUOTED.findall(found["names"]) if found is not None else []


def name_candidates(problem: Problem, job: Job) -> Iterator[Candidate]:
    """Yield imports and other spellings for a name that does not exist."""
    yield from _as_proposed(problem)
    message = problem.diagnostic.message
    name = undefined(message)
    if name is None:
        absent = _ABSENT.search(message)
        yield from _other_spellings(next(filter(None, absent.groups())), problem) if absent is not None else ()
        return
    if problem.language == "python":
        yield from _python_imports(name, problem, job)
    elif problem.language in ("typescript", "tsx", "javascript"):
        yield from _script_imports(name, problem, job)
    yield from _other_spellings(name, problem)


def _as_proposed(problem: Problem) -> Iterator[Candidate]:
    """Yield what the checker itself proposes, in the place of the name that it complains of."""
    message = problem.diagnostic.message
    proposals = meant(message)
    wrong = [one for one in _QUOTED.findall(message) if one not in proposals]
    for new in proposals:
        for old in wrong:
            at = _last(old, problem)
            if at is not None:
                yield Candidate((Edit(at, at + len(old), new),), f"`{old}` is spelled `{new}`")
                break


def _last(word: str, problem: Problem) -> int | None:
    """Return where a word stands last in the diagnostic's range, else in its line."""
    text = problem.snapshot.text
    for start, end in ((problem.diagnostic.start, problem.diagnostic.end), problem.line):
        found = [one.start() for one in re.finditer(rf"(?<![\w$]){re.escape(word)}(?![\w$])", text[start:end])]
        if found:
            return start + found[-1]
    return None


def _python_imports(name: str, problem: Problem, job: Job) -> Iterator[Candidate]:
    text = problem.snapshot.text
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    if name in sys.stdlib_module_names and re.search(rf"\b{name}\s*\.", text):
        yield Candidate(tuple(import_edits(text, tree, {}, [name])), f"imports `{name}`")
    for module in _python_modules(name, problem, job.workspace):
        yield Candidate(tuple(import_edits(text, tree, {name: module})), f"imports `{name}` from {module}")
    for module, names in _KNOWN.items():
        if name in names:
            yield Candidate(tuple(import_edits(text, tree, {name: module})), f"imports `{name}` from {module}")


def _python_modules(name: str, problem: Problem, workspace: Workspace | None) -> list[str]:
    """Return the one module of the workspace that defines a name at its top level, none where it is not one."""
    found = _definitions(name, problem, workspace, "python")
    if workspace is None or len(found) != 1:
        return []
    path = PurePosixPath(found[0].path)
    parts = [*path.parts[:-1], *([path.stem] if path.stem != "__init__" else [])]
    package = len(path.parts) - 1
    while package > 0 and workspace.exists("/".join((*path.parts[:package], "__init__.py"))):
        package -= 1
    module = parts[package:]
    return [".".join(module)] if module and all(map(str.isidentifier, module)) else []


def _definitions(name: str, problem: Problem, workspace: Workspace | None, language: str) -> list[Symbol]:
    if workspace is None:
        return []
    own = workspace.path_of(problem.snapshot)
    symbols = workspace.symbols(name, language=language)
    return [one for one in symbols if not one.container and one.kind != "method" and one.path != own]


def _script_imports(name: str, problem: Problem, job: Job) -> Iterator[Candidate]:
    workspace = job.workspace
    own = workspace.path_of(problem.snapshot) if workspace is not None else None
    if workspace is None or own is None:
        return
    for language in ("typescript", "tsx", "javascript"):
        for symbol in _definitions(name, problem, workspace, language):
            lines = (workspace.read(symbol.path) or "").splitlines()
            head = lines[symbol.start_line] if symbol.start_line < len(lines) else ""
            if re.match(r"\s*export\s+(?!default\b)", head):
                yield _script_import(name, problem, relative(own, symbol.path))


def relative(own: str, other: str) -> str:
    """Return how a script refers to another one: `./b`, `../c/d`, without the extension."""
    here, there = PurePosixPath(own).parent.parts, PurePosixPath(other).with_suffix("").parts
    same = 0
    while same < len(here) and same < len(there) - 1 and here[same] == there[same]:
        same += 1
    up = "../" * (len(here) - same)
    return (up or "./") + "/".join(there[same:])


def _script_import(name: str, problem: Problem, module: str) -> Candidate:
    text = problem.snapshot.text
    end = line_ending(text)
    imports = list(re.finditer(r"^import\b[^;]*?(['\"])[^'\"]+\1(;?)[ \t]*$", text, re.M))
    quote, semicolon = (imports[-1][1], imports[-1][2]) if imports else ('"', ";" if ";\n" in text else "")
    line = f"import {{ {name} }} from {quote}{module}{quote}{semicolon}"
    at = imports[-1].end() if imports else 0
    edit = Edit(at, at, end + line if imports else line + end)
    return Candidate((edit,), f"imports `{name}` from {module}")


def _other_spellings(name: str, problem: Problem) -> Iterator[Candidate]:
    text = problem.snapshot.text
    words = set(_WORD.findall(text)) - {name}
    if problem.language == "python":
        words |= {one for one in dir(builtins) if not one.startswith("_")}
    at = _last(name, problem)
    for new in get_close_matches(name, sorted(words), n=3, cutoff=0.75) if at is not None else ():
        start = at or 0
        yield Candidate((Edit(start, start + len(name), new),), f"`{name}` is spelled `{new}`")
