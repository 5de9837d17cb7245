"""The indexing process beside a language server: orders on standard input, events on output, one JSON object a line.

The first line says `{"max_files": …, "max_file_kb": …, "languages": […], "nice": …}`. Orders are `{"build": ROOT}` and
`{"update": ROOT, "paths": […]}`, done in turn. Events are `progress` (`done`, `all`), `built`, `updated`, `unavailable`
(`message`), `failed` (`message`), `log` (`message`). The end of the input ends the process at once, whatever it does:
the database survives that.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aigc_plugins.index.build import Indexer
from aigc_plugins.index.limits import IndexUnavailableError, Limits
from aigc_plugins.index.pruning import prune
from aigc_plugins.index.worker import use_extra

_PROGRESS_S = 0.25  # between two events of progress
_SPARE_CORES = 2  # a second worker would take a core from somebody at the keyboard
Emit = Callable[..., None]


def workers() -> int:
    """Return how many processes read beside the one that writes."""
    return 1 if (os.cpu_count() or 1) <= _SPARE_CORES else 2


class _Log(logging.Handler):
    """Hands warnings to the server, whose log it is: an editor that reads no log must not block this process."""

    def __init__(self, emit: Emit) -> None:
        super().__init__(logging.WARNING)
        self._tell = emit

    def emit(self, record: logging.LogRecord) -> None:
        self._tell("log", message=record.getMessage())


def serve() -> int:
    """Do what the input orders until it ends."""
    out = sys.stdout

    def emit(event: str, **facts: Any) -> None:
        out.write(json.dumps({"event": event, **facts}) + "\n")
        out.flush()

    first = sys.stdin.readline()
    if not first:
        return 0
    setup = json.loads(first)
    os.nice(int(setup.get("nice", 0)))
    use_extra(setup.get("languages", ()))
    logging.getLogger().addHandler(_Log(emit))
    limits = Limits(setup["max_files"], setup["max_file_kb"])
    orders: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    indexers: dict[str, Indexer] = {}
    while True:
        order = orders.get()
        root = str(order.get("build") or order.get("update"))
        try:
            if root not in indexers:
                indexers[root] = Indexer(Path(root), limits=limits, workers=workers())
            _obey(order, indexers[root], emit)
        except IndexUnavailableError as error:
            emit("unavailable", root=root, message=str(error))
        except BrokenPipeError:
            return 0
        except Exception as error:
            emit("failed", root=root, message=f"{type(error).__name__}: {error}")


def _obey(order: dict[str, Any], indexer: Indexer, emit: Emit) -> None:
    if "update" in order:
        emit("updated", root=order["update"], changed=indexer.update(order["paths"]))
        return
    root = order["build"]
    last = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_S:
            last = now
            emit("progress", root=root, done=done, all=total)

    report = indexer.build(progress)
    prune()
    emit("built", root=root, **asdict(report))


def _listen(orders: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)  # who started us is gone; workers notice by their own input
