"""Runs pytest in the sandbox by orders that come as JSON on standard input. What is reported goes to a file."""

from __future__ import annotations

import json
import os
import sys

from aigc_plugins.testgen.inside.pytest_lent import give_way, lend

_USAGE = 4  # pytest's status for a configuration that it cannot work with


def main() -> None:
    """Run the tests.

    Each of `attempts` is a list of arguments for pytest; the next one is taken where it refuses the configuration.
    """
    orders = json.loads(sys.stdin.buffer.read())
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    lend(orders["lent"])
    import pytest

    from aigc_plugins.testgen.inside.pytest_measuring import Measuring
    from aigc_plugins.testgen.inside.pytest_running import Events, Running

    events = Events(orders["events"])
    loaded = None
    if orders["instrument"]:
        from aigc_plugins.testgen.inside.loaded import install

        loaded = install(orders["text"], orders["name"], orders["file"])
    measuring = Measuring(
        "" if orders["instrument"] or not orders["cover"] else orders["file"], orders["events"] + ".json"
    )
    give_way(orders["name"], orders["path"])
    measuring.start()
    for arguments in orders["attempts"]:
        status = pytest.main(arguments, plugins=[Running(orders, events, measuring, loaded)])
        if status != _USAGE:
            break
    events.emit("status", status=int(status))
    os._exit(int(status))
