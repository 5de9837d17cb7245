"""Says why a function cannot be tested without the outside: a keyboard, a network, windows, other programs.

Only what always happens counts: what a function does under a condition leaves the rest of it to be tested.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from aigc_plugins.testgen.analysis.definitions import FunctionNode, decorators, dotted, last_part

_NETWORK = ("socket", "requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client", "http.server",
            "smtplib", "ftplib", "telnetlib", "imaplib", "poplib", "nntplib", "xmlrpc.client", "paramiko", "websockets",
            "boto3", "socketserver", "grpc")  # fmt: skip
_PROGRAMS = ("subprocess", "pexpect", "sh", "os.system", "os.popen", "os.fork", "os.forkpty", "os.execv", "os.execve",
             "os.execvp", "os.execl", "os.execlp", "os.spawnl", "os.spawnv", "os.spawnvp", "os.posix_spawn", "os.kill",
             "os.killpg", "pty.spawn", "asyncio.create_subprocess_exec",
             "asyncio.create_subprocess_shell", "webbrowser")  # fmt: skip
_WINDOWS = ("tkinter", "turtle", "pygame", "curses", "wx", "PyQt5", "PyQt6", "PySide2", "PySide6", "gi", "kivy",
            "pyglet", "idlelib", "pyautogui")  # fmt: skip
_KEYBOARD = ("getpass.getpass", "sys.stdin", "click.prompt", "click.confirm", "typer.prompt", "typer.confirm", "pdb",
             "cmd", "readline", "fileinput")  # fmt: skip
_OUTSIDE = (
    (_KEYBOARD, "it reads what a user types"),
    (_NETWORK, "it uses the network"),
    (_PROGRAMS, "it runs other programs"),
    (_WINDOWS, "it opens windows"),
)
_COMMANDS = ("click.command", "click.group", "app.command", "cli.command", "typer.command", "main.command")
_NOTHING = ("PIPE", "STDOUT", "DEVNULL", "CalledProcessError", "TimeoutExpired", "SubprocessError", "error", "timeout",
            "HTTPError", "URLError", "RequestException", "CompletedProcess", "list2cmdline", "isatty",
            "encoding")  # fmt: skip


class Outside:
    """Why the functions of a module cannot be tested. `functions` are all of them by qualified name."""

    def __init__(self, imported: Mapping[str, str], functions: Mapping[str, FunctionNode]) -> None:
        self._imported, self._functions = imported, functions
        self._known: dict[str, str] = {}

    def reason(self, name: str) -> str:
        """Return why a function cannot be tested, empty where nothing stands against it; helpers are looked at, too."""
        if name not in self._known:
            self._known[name] = ""  # for functions that call themselves
            self._known[name] = self._reason(name)
        return self._known[name]

    def _reason(self, name: str) -> str:
        node = self._functions.get(name)
        if node is None:
            return ""
        reason = _by_decorators(node)
        if reason:
            return reason
        for used in always(node.body):
            reason = self._of_use(used)
            if not reason and isinstance(used, ast.Call):
                helper = _helper(used, name)
                reason = self._of_helper(helper)
                reason = reason and f"{reason} in {last_part(helper)}" if " in " not in reason else reason
            if reason:
                return reason
        return ""

    def _of_helper(self, name: str) -> str:
        """Return why a function that is called cannot be tested; what decorates it is not what it does."""
        node = self._functions.get(name)
        return "" if node is None or _by_decorators(node) else self.reason(name)

    def _of_use(self, node: ast.AST) -> str:
        match node:
            case ast.Call(func=ast.Name(id="input" | "breakpoint")):
                return "it reads what a user types"
            case ast.Call(func=ast.Name(id="exec"), args=[given, *_]) if not isinstance(given, ast.Constant):
                return "it runs a text as code"
            case ast.Call(func=called):
                return self._of_name(dotted(called))
            case ast.Attribute(attr="stdin"):
                return self._of_name(dotted(node))
        return ""

    def _of_name(self, name: str) -> str:
        first, _, rest = name.partition(".")
        if first not in self._imported or last_part(name) in _NOTHING:
            return ""
        whole = f"{self._imported[first]}.{rest}" if rest else self._imported[first]
        for modules, reason in _OUTSIDE:
            if any(whole == module or whole.startswith(f"{module}.") for module in modules):
                return reason
        return ""


def always(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes that run whenever statements do, until one may return or raise, or a condition decides."""
    for statement in body:
        match statement:
            case ast.If(test=first) | ast.While(test=first):
                yield from _evaluated(first)
            case ast.For(iter=first) | ast.AsyncFor(iter=first) | ast.Match(subject=first):
                yield from _evaluated(first)
            case ast.With(items=items, body=inner) | ast.AsyncWith(items=items, body=inner):
                for item in items:
                    yield from _evaluated(item.context_expr)
                yield from always(inner)
            case ast.Try(body=inner, finalbody=final) | ast.TryStar(body=inner, finalbody=final):
                yield from always([*inner, *final])
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case _:
                yield from _evaluated(statement)
        if any(isinstance(one, ast.Return | ast.Raise) for one in ast.walk(statement)):
            return


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of an expression or simple statement that are always evaluated."""
    match node:
        case ast.Lambda() | ast.GeneratorExp():
            return
        case ast.IfExp(test=inner):
            yield from _evaluated(inner)
        case ast.BoolOp(values=[inner, *_]):
            yield from _evaluated(inner)
        case ast.ListComp(generators=[first, *_]) | ast.SetComp(generators=[first, *_]):
            yield from _evaluated(first.iter)
        case _:
            yield node
            for child in ast.iter_child_nodes(node):
                yield from _evaluated(child)


def _by_decorators(node: FunctionNode) -> str:
    names = decorators(node)
    parts = {last_part(one) for one in names}
    if parts & {"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"}:
        return "it is abstract"
    if "overload" in parts:
        return "it is a stub of an overload"
    if any(one in ("pytest.fixture", "fixture") for one in names):
        return "it is a fixture of pytest"
    if any(one in _COMMANDS for one in names):
        return "it is a command, which reads the command line"
    return ""


def _helper(node: ast.Call, name: str) -> str:
    """Return the qualified name of the function of the module that a call in the function `name` may go to."""
    match node.func:
        case ast.Name(id=called):
            return called
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=called):
            return f"{name.rpartition('.')[0]}.{called}"
    return ""
