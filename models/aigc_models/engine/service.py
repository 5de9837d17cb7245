"""Start the engine as a process: its lock, its socket, its model. Serving HTTP on the socket is `serving`'s."""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from aigc_models import __version__, paths
from aigc_models.engine.host import HostOptions, ModelHost
from aigc_models.place import EnginePlace
from aigc_models.types import AigcError, RuntimeSpec

log = logging.getLogger(__name__)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Where and how to serve. A `host` other than loopback needs a token that the user chose.

    `managed` is the engine that clients start for themselves: it listens on the user's own socket, one at a time, and
    ends `idle_exit_s` after its last client left (0: never).
    """

    host_options: HostOptions = field(default_factory=HostOptions)
    managed: bool = False
    socket: Path | None = None
    host: str | None = None
    port: int = 8765
    token: str | None = None
    idle_exit_s: float = 300.0


def run_service(options: ServeOptions, runtimes: Sequence[RuntimeSpec]) -> int:
    """Serve until stopped; return the process's exit status.

    Raises:
        AigcError: the address cannot be used; the text says why.
    """
    if not options.managed:
        return _serve(options, runtimes, None)
    place = EnginePlace(paths.runtime_dir())
    with place.lock() as won:
        if not won:
            log.info("another engine of this user is running")
            return 0
        return _serve(options, runtimes, place)


def _serve(options: ServeOptions, runtimes: Sequence[RuntimeSpec], place: EnginePlace | None) -> int:
    # Who may use the socket may read this user's files as well; over TCP only names of adapters are taken.
    host_options = replace(options.host_options, adapter_folders=options.host is None)
    host = ModelHost(host_options, runtimes, __version__)
    token = options.token or (secrets.token_urlsafe(32) if options.host else None)
    if options.host and options.host not in _LOOPBACK and not options.token:
        raise AigcError(f"Listening on {options.host} opens the engine to the network; choose a --token for it.")
    listener, address = _listen(options, place)
    host.start_loading()  # before the service is up: every 100 ms counts for the first suggestion
    # The HTTP stack takes a third of a second to import, while the model compiles in a thread of its own.
    from aigc_models.engine.serving import serve_http

    hosts = frozenset((*_LOOPBACK, options.host)) if options.host in _LOOPBACK else None
    log.info("engine %s, process %s, listens on %s", __version__, os.getpid(), address)
    if place is None:
        _announce(options, address, token)
    try:
        serve_http(host, listener, token, hosts, options.idle_exit_s if options.managed else 0.0)
    finally:
        host.unload()
        if address.startswith("unix:"):
            Path(address.removeprefix("unix:")).unlink(missing_ok=True)
        listener.close()
    log.info("engine ended")
    return 0


def _listen(options: ServeOptions, place: EnginePlace | None) -> tuple[socket.socket, str]:
    if options.host:
        family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((options.host, options.port))
        except OSError as error:
            listener.close()
            reason = f"Cannot listen on {options.host}:{options.port}: {error.strerror}; choose another --port."
            raise AigcError(reason) from error
        listener.listen(128)
        return listener, f"http://{options.host}:{listener.getsockname()[1]}"
    path = options.socket or (place.socket if place else paths.runtime_dir() / "serve.sock")
    _make_way(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise AigcError(f"Cannot make the socket {path}: {error.strerror or error}.") from error
    finally:
        os.umask(before)
    listener.listen(128)
    return listener, f"unix:{path}"


def _make_way(path: Path) -> None:
    """Remove a socket that a dead process left; nothing else is removed.

    Raises:
        AigcError: something listens there, or it is no socket.
    """
    if not os.path.lexists(path):
        return
    if not path.is_socket():
        raise AigcError(f"{path} exists and is no socket; choose another --socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise AigcError(f"Something listens on {path} already; choose another --socket.")


def _announce(options: ServeOptions, address: str, token: str | None) -> None:
    """Tell the person who started `serve` where it is; the token is told only when we made it up."""
    told = {"address": address, "token": None if options.token else token}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
