"""The `aigc-lsp` command's front door: starts a server without loading the rest, hands every other word to the CLI."""

import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` looks for modules in the working directory first: that is a workspace, whose files we do not run.
    del sys.path[0]
if "" in os.environ.get("PYTHONPATH", "-").split(os.pathsep):  # an empty entry means the working directory too
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.path.realpath(os.curdir))]

from typing import NamedTuple, NoReturn

USAGE = "usage: aigc-lsp (--stdio | --tcp HOST:PORT | --ws HOST:PORT) [--log-level LEVEL]"
_TRANSPORTS = ("--stdio", "--tcp", "--ws")
_LEVELS = ("debug", "info", "warning", "error")


class ServeOptions(NamedTuple):
    """What the command line asked for; `client_pid` is the editor's process, where it told us."""

    transport: str
    host: str = ""
    port: int = 0
    log_level: str = "warning"
    client_pid: int | None = None


class UsageError(Exception):
    """The command line cannot be understood; the text says why."""


def parse_serve(args: list[str]) -> ServeOptions:
    """Read the options of a serving command line.

    Raises:
        UsageError: an unknown option, a missing or bad value, or not exactly one transport.
    """
    chosen: dict[str, str] = {}
    words = iter(args)
    for word in words:
        name, equals, value = word.partition("=")
        if name == "--stdio" and not equals:
            chosen[name] = ""
            continue
        if name not in ("--tcp", "--ws", "--log-level", "--clientProcessId"):
            raise UsageError(f"unknown option {word!r} beside a transport")
        if not equals:
            value = next(words, "")
        if not value:
            raise UsageError(f"{name} needs a value")
        chosen[name] = value
    transports = [name for name in _TRANSPORTS if name in chosen]
    if len(transports) != 1:
        raise UsageError("give exactly one of --stdio, --tcp and --ws")
    level = chosen.get("--log-level", "warning")
    if level not in _LEVELS:
        raise UsageError(f"--log-level is one of {', '.join(_LEVELS)}, not {level!r}")
    pid = chosen.get("--clientProcessId")
    if pid is not None and not pid.isdecimal():
        raise UsageError(f"--clientProcessId needs a process id, not {pid!r}")
    host, port = ("", 0) if transports[0] == "--stdio" else _address(chosen[transports[0]])
    return ServeOptions(transports[0], host, port, level, int(pid) if pid else None)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:7357")
    return host, int(port)


def claim_stdio() -> tuple[int, int]:
    """Keep the protocol's two pipes for us alone and return their file descriptors (input, output).

    File descriptor 1 becomes standard error, so that a print of a plugin or a C library cannot break a frame, and
    file descriptor 0 becomes empty, so that no child process reads the editor's messages.
    """
    source, sink = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return source, sink


def _serve(options: ServeOptions) -> NoReturn:
    # Claimed before anything else is imported: whatever prints from here on prints to standard error.
    pipes = claim_stdio() if options.transport == "--stdio" else None
    from aigc_lsp.lsp import run

    code = run.serve(options, pipes)
    sys.stderr.flush()
    # Not sys.exit: that would wait for worker threads, and the editor is gone already.
    os._exit(code)


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status; 2 means that the command line was wrong."""
    args = sys.argv[1:] if argv is None else list(argv)
    first = args[0].partition("=")[0] if args else ""
    if first in (*_TRANSPORTS, "--log-level", "--clientProcessId"):
        try:
            options = parse_serve(args)
        except UsageError as error:
            sys.stderr.write(f"aigc-lsp: {error}\n{USAGE}\n")
            return 2
        _serve(options)
    if args == ["--version"]:
        from aigc_models import __version__

        sys.stdout.write(f"aigc-lsp {__version__}\n")
        return 0
    from aigc_lsp.cli import app

    return int(app.run(args) or 0)


if __name__ == "__main__":
    sys.exit(main())
