"""A throw-away plugin of the server: tasks that ask, answer with a page, write a long one, refuse, or have a lens."""

from __future__ import annotations

import time
from collections.abc import Sequence

from aigc_plugins.api import ActionTask, Argument, Edit, Job, Page, Place, WithheldError
from aigc_plugins.hookspecs import hookimpl


class OfTests(ActionTask):
    """A task that is offered on a selection in files of the tests of tasks."""

    kind = "refactor.rewrite.aigc"

    def applies(self, place: Place) -> bool:
        return "# tasks" in place.snapshot.text and place.start < place.end


class Shout(OfTests):
    """Write the selection in capitals."""

    name = "shout"
    title = "Shout the selection"
    arguments = (
        Argument("mark", "What to put at its end", placeholder="for example !"),
        Argument("times", "How often", choices=("once", "twice"), default="once"),
    )

    def run(self, place: Place, job: Job) -> Sequence[Edit]:
        marks = job.arguments["mark"] * {"once": 1, "twice": 2}[job.arguments["times"]]
        return [Edit(place.start, place.end, place.selected.upper() + marks)]


class Count(OfTests):
    """Say how much is selected."""

    name = "count"
    title = "Count the characters"
    gives = "page"

    def run(self, place: Place, job: Job) -> Page:
        return Page("Characters", f"There are {place.end - place.start} characters.\n")


class Recite(OfTests):
    """Write a long page, whose end comes once there is a file `go` in the workspace."""

    name = "recite"
    title = "Recite a poem"
    gives = "page"
    cost = "seconds"

    def run(self, place: Place, job: Job) -> Page:
        while not (job.roots[0] / "go").exists():
            job.preview("The first line\n")
            job.check()
            time.sleep(0.05)
        return Page("Poem", "The first line\nThe last line\n")


class Wait(OfTests):
    """Take away the selection once there is a file `go` in the workspace."""

    name = "wait"
    title = "Delete it slowly"
    cost = "seconds"

    def run(self, place: Place, job: Job) -> Sequence[Edit]:
        while not (job.roots[0] / "go").exists():
            job.report("waiting")
            time.sleep(0.05)
        return [Edit(place.start, place.end, "")]


class Refuse(OfTests):
    """Offer nothing."""

    name = "refuse"
    title = "Refuse to do it"

    def run(self, place: Place, job: Job) -> Sequence[Edit]:
        raise WithheldError("There is nothing to do here, says the test.")


class Stamp(OfTests):
    """Put a comment above a definition."""

    name = "stamp"
    title = "Stamp it"
    lens = True

    def run(self, place: Place, job: Job) -> Sequence[Edit]:
        return [Edit(place.start, place.start, "# stamped\n")]


@hookimpl
def aigc_tasks() -> list[ActionTask]:
    return [Shout(), Count(), Recite(), Wait(), Refuse(), Stamp()]
