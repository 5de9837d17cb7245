"""Reads the test files of a project: what each imports, in what style it is written, which fixtures it defines."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aigc_plugins.index.ignore import Rules
from aigc_plugins.testgen.analysis.definitions import dotted, last_part

_MOST_FILES, _MOST_READ, _LARGEST = 20_000, 1_000, 1 << 20
_USUAL = re.compile(r"test_.*\.py|.*_tests?\.py|tests?\.py")


@dataclass(frozen=True, slots=True)
class Imports:
    """The modules that a file imports, and the names that it takes from each; `a` and `b` for `from a import b`."""

    modules: frozenset[str]
    names: Mapping[str, frozenset[str]]

    def takes(self, module: str) -> bool:
        """Tell whether a module of that name is imported."""
        package, _, name = module.rpartition(".")
        return module in self.modules or (bool(package) and name in self.names.get(package, ()))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A test file with its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def style(self) -> str:
        """`pytest`, `unittest`, or empty where it holds no tests."""
        classes = [node for node in self.tree.body if isinstance(node, ast.ClassDef)]
        cases = [one for one in classes if any(last_part(dotted(base)).endswith("TestCase") for base in one.bases)]
        plain = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                 and node.name.startswith("test")]  # fmt: skip
        own = [one for case in cases for one in ast.walk(case)]
        if cases and len([one for one in plain if any(one is inner for inner in own)]) * 2 >= len(plain):
            return "unittest"
        return "pytest" if plain else ""

    def imports(self, package: str = "") -> Imports:
        """Return what the file imports; `package` is the one it lies in, for relative imports."""
        return imports_of(self.tree, package)


class TestFiles:
    """The test files of a project, read when they are asked for. `opened` are texts as they are in the editor."""

    __test__ = False

    def __init__(self, root: Path, patterns: Sequence[str], opened: Mapping[Path, str]) -> None:
        self.root, self._opened = root, opened
        self.python = [root / name for name in _python(root)]
        self.paths = [one for one in self.python if _is_named(one.name, patterns)]
        self._parsed: dict[Path, Parsed | None] = {}

    def parsed(self, path: Path) -> Parsed | None:
        """Return a file's text and tree, None where it cannot be read, or too many were."""
        if path not in self._parsed:
            self._parsed[path] = self._parse(path) if len(self._parsed) < _MOST_READ else None
        return self._parsed[path]

    def text(self, path: Path) -> str | None:
        """Return a file's text as the editor has it, else as it was saved; None where there is none."""
        if path in self._opened:
            return self._opened[path]
        try:
            with path.open("rb") as file:
                data = file.read(_LARGEST)
            return data.decode() if len(data) < _LARGEST else None
        except (OSError, UnicodeDecodeError):
            return None

    def _parse(self, path: Path) -> Parsed | None:
        text = self.text(path)
        tree = parse(text) if text is not None else None
        return None if text is None or tree is None else Parsed(path, text, tree)


def parse(text: str) -> ast.Module | None:
    """Return the syntax tree of a text, None where it has none."""
    try:
        return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_test(name: str, tree: ast.Module) -> bool:
    """Tell whether a file is one of tests: by its name, and by what it holds."""
    if _USUAL.fullmatch(name) is None:
        return False
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=function) | ast.AsyncFunctionDef(name=function) if function.startswith("test"):
                return True
            case ast.ClassDef(bases=bases) if any(last_part(dotted(one)).endswith("TestCase") for one in bases):
                return True
    return False


def imports_of(tree: ast.Module, package: str = "") -> Imports:
    """Return what a module imports, wherever it does so; relative imports count from `package`."""
    modules: set[str] = set()
    names: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parts = package.split(".") if package else []
                module = ".".join([*parts[: len(parts) - node.level + 1], *([module] if module else [])])
            modules.add(module)
            names.setdefault(module, set()).update(one.name for one in node.names)
    return Imports(frozenset(modules), {module: frozenset(each) for module, each in names.items()})


def fixtures(tree: ast.Module) -> tuple[str, ...]:
    """Return the names of the fixtures of pytest that a module defines."""
    found: dict[str, None] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if last_part(dotted(decorator)) in ("fixture", "yield_fixture"):
                    found[_name_of(decorator) or node.name] = None
    return tuple(found)


def _name_of(decorator: ast.expr) -> str:
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return ""


def _python(root: Path) -> Iterator[str]:
    for count, (name, _) in enumerate(Rules(root).files()):
        if count >= _MOST_FILES:
            return
        if name.endswith(".py"):
            yield name


def _is_named(name: str, patterns: Sequence[str]) -> bool:
    return name != "conftest.py" and (
        any(fnmatch.fnmatchcase(name, one) for one in patterns) or _USUAL.fullmatch(name) is not None
    )
