"""A plugin with tasks of all kinds, for the tests of the command line."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from aigc_models.types import ChatMessage, ChatRequest, CompletionRequest
from aigc_plugins.api import (
    ActionTask,
    Argument,
    Change,
    Edit,
    FileEdit,
    ModelTask,
    NewFile,
    Page,
    RenamedFile,
    Task,
    WithheldError,
)
from aigc_plugins.hookspecs import hookimpl


class Shout(ActionTask):
    """Writes the names in what is selected in capitals."""

    name, title, languages = "shout", "Shout", ("python", "go")
    arguments = (
        Argument("mark", "Which mark?", ("!", "?", "none"), default="none"),
        Argument("name", "Whose?", default=""),
    )

    def applies(self, place):
        return place.start < place.end

    def run(self, place, job):
        job.report("shouting", 50)
        text = re.sub(r"\b(?!def\b|class\b|return\b)\w+", lambda found: found[0].upper(), place.selected)
        mark = job.arguments["mark"].replace("none", "") + job.arguments["name"]
        text += f"  # {mark}" if mark else ""
        return Change((Edit(place.start, place.end, text),), note="It is loud.")


class Point(ActionTask):
    """Puts a blank where the cursor is."""

    name, title = "point", "Point"

    def applies(self, place):
        return place.start == place.end

    def run(self, place, job):
        return [Edit(place.start, place.start, " ")]


class Say(ModelTask):
    """Replaces the selection by what the model says, after two lines of it."""

    name, title, attempts = "say", "Say", 1
    arguments = (Argument("instruction", "What?"),)

    def ask(self, place, job):
        return CompletionRequest(job.arguments["instruction"] + "\n" + place.snapshot.text, "after", stop=("\n\n",))

    def read(self, place, answer):
        return [Edit(place.start, place.end, answer)]


class Tell(ActionTask):
    """Has a page, and asks nobody."""

    name, title, gives = "tell", "Tell", "page"

    def run(self, place, job):
        job.preview("# so far")
        return Page("Told", f"# Told\n\nIt has **{len(place.selected)}** characters.\n")


class Chat(ActionTask):
    """Talks to the model."""

    name, title, gives, model = "chat", "Chat", "page", True

    def run(self, place, job):
        messages = (ChatMessage("system", "Be brief."), ChatMessage("user", place.selected))
        return Page("Said", job.ask(ChatRequest(messages)), "plaintext")


class Many(ActionTask):
    """Changes, makes and moves files."""

    name, title = "many", "Many"

    def run(self, place, job):
        folder = job.roots[0]
        other = folder / "other.py"
        before = other.read_text()
        files = (
            FileEdit(other, before, (Edit(0, 1, "z"),)),
            NewFile(folder / "sub" / "new.py", "new = 1\n"),
            RenamedFile(folder / "old.py", folder / "moved.py"),
        )
        return Change((Edit(place.start, place.start, "y = 2\n"),), files)


class Meddle(ActionTask):
    """Is overtaken by somebody who saves the file."""

    name, title = "meddle", "Meddle"

    def run(self, place, job):
        place.snapshot.path.write_text("theirs = 1\n")
        return [Edit(0, 0, "# ours\n")]


class Slow(ActionTask):
    """Runs a program that ends by being killed."""

    name, title = "slow", "Slow"

    def run(self, place, job):
        code = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
        job.run([sys.executable, "-c", code], cwd=Path.cwd())
        return [Edit(0, 0, "# done\n")]


class Nothing(ActionTask):
    """Never has anything to offer."""

    name, title = "nothing", "Nothing"

    def run(self, place, job):
        raise WithheldError("There is nothing here. Look elsewhere.")


class Mend(ActionTask):
    """Writes down which diagnostics there are."""

    name, title, kind = "mend", "Mend", "quickfix.aigc"

    def applies(self, place):
        return bool(place.diagnostics)

    def run(self, place, job):
        return Page("Wrong", "\n".join(f"{one.source} {one.code}" for one in place.diagnostics), "plaintext")


class Trust(ActionTask):
    """Says whether the workspace is trusted, and where it is."""

    name, title, gives = "trust", "Trust", "page"

    def run(self, place, job):
        return Page("Trust", f"{job.trusted} {job.roots[0]}", "plaintext")


class CommitMessage(ActionTask):
    """Stands for the built-in one: shows what it was given."""

    name, title, gives = "commit-message", "Commit", "page"

    def run(self, place, job):
        return Page("Commit", f"{place.snapshot.language_id}\n{place.selected}", "plaintext")


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    return [
        Shout(), Point(), Say(), Tell(), Chat(), Many(), Meddle(), Slow(), Nothing(), Mend(), Trust(), CommitMessage(),
    ]  # fmt: skip
