"""A throw-away plugin of the server: a task that asks for two things, and one that answers with a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aigc_plugins.api import Argument, Edit, Page
from aigc_plugins.document import Snapshot
from aigc_plugins.hookspecs import hookimpl


class Shout:
    """Write the selection in capitals."""

    name = "shout"
    title = "Shout the selection"
    kind = "refactor.rewrite.aigc"
    arguments = (
        Argument("mark", "What to put at its end", placeholder="for example !"),
        Argument("times", "How often", choices=("once", "twice"), default="once"),
    )

    def applies(self, snapshot: Snapshot, start: int, end: int) -> bool:
        return "# tasks" in snapshot.text and start < end

    def run(self, snapshot: Snapshot, start: int, end: int, arguments: Mapping[str, str]) -> Sequence[Edit]:
        marks = arguments["mark"] * {"once": 1, "twice": 2}[arguments["times"]]
        return [Edit(start, end, snapshot.text[start:end].upper() + marks)]


class Count:
    """Say how much is selected."""

    name = "count"
    title = "Count the characters"
    kind = "refactor.aigc"
    arguments = ()

    def applies(self, snapshot: Snapshot, start: int, end: int) -> bool:
        return "# tasks" in snapshot.text and start < end

    def run(self, snapshot: Snapshot, start: int, end: int, arguments: Mapping[str, str]) -> Page:
        return Page("Characters", f"There are {end - start} characters.\n")


@hookimpl
def aigc_tasks() -> list[object]:
    return [Shout(), Count()]
