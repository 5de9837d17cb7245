"""The task that writes tests for the function or class at a place; how they come about is `aigc_plugins.testgen`'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.action import ActionTask, Change, Cost, Place, WithheldError
from aigc_plugins.tasks.functions import definition_at
from aigc_plugins.testgen.languages import LANGUAGES, parts_for

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.tasks.functions import Definition
    from aigc_plugins.testgen.parts import Generated

_SECONDS = 30.0
_TEST = re.compile(
    r"^(?:test_|conftest).*\.py$|_test\.(?:py|go)$|\.(?:test|spec)\.[mc]?[jt]sx?$|(?:Test|Tests|IT)\.java$"
)


class GenerateTestsTask(ActionTask):
    """Writes tests that ran in the sandbox, pass, do not depend on order or hash seed, and each catch a fault."""

    name = "generate-tests"
    title = "Generate tests"
    kind = "refactor.rewrite.aigc"
    languages = LANGUAGES
    gives = "files"
    model = True
    cost: Cost = "minutes"
    verified = "each test ran in the sandbox, passes each of several times, and fails on a planted fault"

    def applies(self, place: Place) -> bool | str:
        """Tell whether a function or class is there that tests can call."""
        definition = definition_at(place.snapshot, place.start, place.end, ("function", "class"))
        if definition is None or place.snapshot.path is None or _is_test(place):
            return False
        return f"Generate tests for `{definition.name}`" if _qualified(definition) is not None else False

    def run(self, place: Place, job: Job) -> Change:
        """Write the tests and return the file that holds them."""
        from aigc_plugins.behaviour.project import root_of
        from aigc_plugins.testgen.parts import Options

        snapshot = place.snapshot
        definition = definition_at(snapshot, place.start, place.end, ("function", "class"))
        name = _qualified(definition) if definition is not None else None
        if name is None or snapshot.path is None:
            raise WithheldError("Put the cursor into a function or class of a file on disk.")
        root = root_of(snapshot, job) or snapshot.path.parent
        opened = {root / one.path: one.text for one in job.workspace.open_files()} if job.workspace is not None else {}
        analyse, generate = parts_for(snapshot.language)
        subject = analyse(snapshot.path, snapshot.text, root=root, names=(name,), trusted=job.trusted, opened=opened)
        generated = generate(subject, job, Options(seconds=_SECONDS))
        if generated.change is None:
            raise WithheldError(_reason(name, generated))
        return Change(files=(generated.change,), note=_note(generated))


def _is_test(place: Place) -> bool:
    path = place.snapshot.path
    return path is not None and _TEST.search(path.name) is not None


def _qualified(definition: Definition) -> str | None:
    from aigc_plugins.behaviour.naming import qualified

    path = qualified(definition)
    return ".".join(path) if path else None


def _reason(name: str, generated: Generated) -> str:
    if generated.suspicions:
        return f"{_suspicion(generated)} No test was written."
    if generated.notes:
        return f"No test of {name} could be kept. {generated.notes[0]}"
    if generated.before.mutants[0]:
        return f"The tests of {name} that there are catch all that could be caught."
    return f"No test of {name} could be kept: none ran, passed every time and caught a fault."


def _note(generated: Generated) -> str:
    rows = sum(len(test.rows) for test in generated.tests)
    killed, mutants = generated.after.mutants
    covered, arcs = generated.after.arcs
    note = f"{rows} tests; they take {covered} of {arcs} branches and catch {killed} of {mutants} planted faults."
    if generated.suspicions:
        note += f" {_suspicion(generated)}"
    return note


def _suspicion(generated: Generated) -> str:
    one = generated.suspicions[0]
    return f"Possible bug: {one.call} is documented as {one.promised}, but gives {one.observed}."
