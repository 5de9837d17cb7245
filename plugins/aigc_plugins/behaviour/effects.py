"""Finds in a Python module's syntax what a function does beside returning something: files, processes, chance, globals.

Where nothing is found there still may be effects: the sandbox looks at what calls really do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aigc_plugins.behaviour.hints import FunctionNode

_CALLS = frozenset(("open", "input", "exec", "eval", "compile", "__import__", "globals", "breakpoint", "exit", "quit"))
_MODULES = frozenset(
    ("subprocess", "socket", "random", "secrets", "uuid", "tempfile", "shutil", "requests", "httpx", "urllib3",
     "threading", "multiprocessing", "asyncio", "concurrent", "ctypes", "signal", "sqlite3", "select", "http",
     "smtplib", "ftplib")
)  # fmt: skip
_PURE_OF_OS = frozenset(
    ("path", "sep", "fspath", "linesep", "pathsep", "extsep", "altsep", "PathLike", "name", "curdir")
)
_CLOCKS = frozenset(
    ("time", "monotonic", "perf_counter", "process_time", "sleep", "now", "utcnow", "today", "time_ns", "localtime",
     "gmtime")
)  # fmt: skip
_METHODS = frozenset(
    ("read_text", "write_text", "read_bytes", "write_bytes", "unlink", "mkdir", "rmdir", "touch", "iterdir", "is_file",
     "is_dir", "exists", "rglob", "stat", "urlopen", "connect", "send", "recv", "execute", "cwd", "resolve")
)  # fmt: skip
_CHANGING = frozenset(
    ("append", "extend", "add", "update", "pop", "popitem", "clear", "remove", "discard", "insert", "setdefault",
     "sort", "reverse", "appendleft", "write")
)  # fmt: skip


def effect_of(module: ast.Module, path: list[str]) -> str:
    """Return in words what effect the function with the qualified name `path` has, empty where none is seen.

    Functions of the same module and methods of the same class that it calls are looked at, too.
    """
    return Effects(module).of(path)


class Effects:
    """The effects of a module's functions; what each does itself is looked at once."""

    def __init__(self, module: ast.Module) -> None:
        self._module = module
        self._imported, self._shared = _imports(module), _shared(module)
        self._own: dict[tuple[str, ...], tuple[str, list[list[str]]] | None] = {}

    def of(self, path: list[str]) -> str:
        """Return in words what effect a function has; see `effect_of`."""
        waiting = [path]
        seen: set[tuple[str, ...]] = set()
        while waiting:
            one = waiting.pop()
            if tuple(one) in seen:
                continue
            seen.add(tuple(one))
            effect, called = self._of_itself(one) or ("", [])
            if effect:
                return effect
            waiting += called
        return ""

    def _of_itself(self, path: list[str]) -> tuple[str, list[list[str]]] | None:
        """Return the first effect of a function's own code, and what it calls; None where there is no such function."""
        key = tuple(path)
        if key not in self._own:
            function = find(self._module, path)
            self._own[key] = None if function is None else self._look(function, path)
        return self._own[key]

    def _look(self, function: FunctionNode, path: list[str]) -> tuple[str, list[list[str]]]:
        shared = self._shared - _bound(function)
        called: list[list[str]] = []
        for node in ast.walk(function):
            effect = _effect(node, self._imported, shared)
            if effect:
                return effect, []
            called += _called(node, path)
        return "", called


def find(module: ast.Module, path: list[str]) -> FunctionNode | None:
    """Return the function with a qualified name, the last one of that name."""
    body: list[ast.stmt] = module.body
    for place, name in enumerate(path):
        last = place == len(path) - 1
        wanted: type | tuple[type, ...] = (ast.FunctionDef, ast.AsyncFunctionDef) if last else ast.ClassDef
        found = [node for node in _flat(body) if isinstance(node, wanted) and getattr(node, "name", "") == name]
        if not found:
            return None
        if last:
            node = found[-1]
            return node if isinstance(node, FunctionNode) else None
        body = getattr(found[-1], "body", [])
    return None


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, also those under `if` and `try`, not those of functions and classes."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _flat([*node.body, *node.orelse])


def _imports(module: ast.Module) -> dict[str, str]:
    """Return for each imported name the module that it comes from."""
    found: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {(alias.asname or alias.name.partition(".")[0]): alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(alias.asname or alias.name): f"{node.module or ''}.{alias.name}" for alias in node.names}
    return found


def _shared(module: ast.Module) -> set[str]:
    """Return the names of a module's variables."""
    found = set()
    for node in _flat(module.body):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def _bound(function: FunctionNode) -> set[str]:
    names = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return names | {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and not _loads(node)}


def _loads(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _effect(node: ast.AST, imported: dict[str, str], shared: set[str]) -> str:
    match node:
        case ast.Global() | ast.Nonlocal():
            return "it changes variables of its module"
        case ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            return "it is asynchronous"
        case ast.Name(id=name) if name in imported:
            return _of_module(imported[name], "")
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in imported:
            return _of_module(imported[name], attribute)
        case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in shared | set(imported):
            return f"it changes {name}, which others see"
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in shared:
            return f"it changes {name}, which others see"
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            return f"it calls {name}"
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if (
            name in shared and method in _CHANGING
        ):
            return f"it changes {name}, which others see"
        case ast.Call(func=ast.Attribute(attr=method)) if method in _METHODS:
            return f"it calls {method}, which may look at files"
    return ""


def _of_module(module: str, attribute: str) -> str:
    parts = [*module.split("."), *([attribute] if attribute else [])]
    if parts[0] in _MODULES:
        return f"it uses {parts[0]}"
    if parts[0] in ("os", "sys") and len(parts) > 1 and parts[1] not in _PURE_OF_OS and not _harmless(parts):
        return f"it uses {'.'.join(parts[:2])}"
    if (
        parts[0] in ("time", "datetime")
        and len(parts) > 1
        and parts[-1] in _CLOCKS
        and parts[-2:] != ["datetime", "time"]
    ):
        return "it asks the clock"
    return ""


def _harmless(parts: list[str]) -> bool:
    return parts[0] == "sys" and parts[1] in (
        "maxsize",
        "version_info",
        "platform",
        "byteorder",
        "float_info",
        "intern",
    )


def _called(node: ast.AST, path: list[str]) -> list[list[str]]:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return [[name], [name, "__init__"]]
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return [[*path[:-1], name]]
    return []
