"""Runs pytest in the sandbox by orders that come as JSON on standard input. What is reported goes to a file."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside.pytest_lent import give_way, lend, put_first

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.pytest_measuring import Measuring

_USAGE = 4  # pytest's status for a configuration that it cannot work with


def main() -> None:
    """Run the tests.

    Each of `attempts` is a list of arguments for pytest; the next one is taken where it refuses the configuration.
    """
    orders = json.loads(sys.stdin.buffer.read())
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    sys.argv[:] = [orders["program"]]
    lend(orders["lent"])
    import pytest

    from aigc_plugins.testgen.inside.pytest_measuring import Measuring
    from aigc_plugins.testgen.inside.pytest_running import Events, Running

    events = Events(orders["events"])
    put_first(orders["path"])
    cover = orders["cover"] and not orders["instrument"]
    measuring = Measuring(orders["file"] if cover else "", orders["events"] + ".json")
    subject = _Subject(orders, measuring)
    plugin = Running
    if orders["scenarios"]:
        from aigc_plugins.testgen.inside.pytest_recording import Recording

        plugin = Recording
    for arguments in orders["attempts"]:
        status = pytest.main(arguments, plugins=[plugin(orders, events, measuring, subject.ready)])
        if status != _USAGE:
            break
    events.emit("status", status=int(status))
    os._exit(int(status))


class _Subject:
    """The module under test, which is made ready once, when pytest and its plugins are loaded."""

    def __init__(self, orders: dict[str, Any], measuring: Measuring) -> None:
        self._orders, self._measuring = orders, measuring
        self._is_ready = False
        self._loaded: Any = None

    def ready(self) -> Any:
        """Return the instrumented module (see `loaded`), None where it runs as it is."""
        if not self._is_ready:
            self._is_ready = True
            orders = self._orders
            from aigc_plugins.testgen.inside.loaded import install  # while nothing else goes by its name

            give_way(orders["name"])
            if orders["instrument"]:
                self._loaded = install(orders["text"], orders["name"], orders["file"])
            self._measuring.start()
        return self._loaded
