"""The task `project`: plan → files → its tests → repair, and in the end a list of new files. It writes none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aigc_models.types import AigcError
from aigc_plugins.api import ActionTask, Argument, Change, Job, Place, WithheldError
from aigc_plugins.tasks.project import bodies, describe, propose, target
from aigc_plugins.tasks.project.plan import Function, Plan
from aigc_plugins.tasks.project.render import rendered
from aigc_plugins.tasks.project.trial import Runner, Tested, run_tests, sandboxed

_ROUNDS = 3
_LONGEST = 4000  # characters of a description
_HELP = (
    "Say what it keeps, for example: “books with a title, an author and a year”, or give a function with an example."
)


class ProjectTask(ActionTask):
    """Writes a runnable Python project with tests and a web API from a description.

    Its frame is written by program; the model adds what the description leaves open, and the bodies of functions. These
    are taken only where they do what their examples say. `runner` is what runs the tests: by default the sandbox.
    """

    name = "project"
    title = "Generate a project …"
    kind = "source.aigc.project"
    arguments = (
        Argument("instruction", "What shall it do?", placeholder="a library API: books with title, author and year"),
        Argument("name", "How shall its package be called? (empty: choose)", default=""),
        Argument("folder", "Into which folder? (empty: one of its own)", default=""),
    )
    model = True
    cost = "minutes"
    verified = "its own tests pass in the sandbox; each function does what its examples say"

    def __init__(self, runner: Callable[[Job], Runner] = sandboxed) -> None:
        self._runner = runner

    def run(self, place: Place, job: Job) -> Change:
        """Return the project's files."""
        description = job.arguments.get("instruction", "").strip()
        if not description or len(description) > _LONGEST:
            raise WithheldError(f"A description of 1 to {_LONGEST:,} characters is needed. {_HELP}")
        job.report("Planning", 0)
        plan = propose.completed(job, describe.read(description), description, job.arguments.get("name", ""))
        if not plan.resources and not plan.functions:
            raise WithheldError(" ".join((f"The description names nothing to build. {_HELP}", *plan.remarks)))
        folder = target.folder_for(job.roots, job.arguments.get("folder", ""), plan.package)
        target.placed(folder, rendered(replace(plan, functions=())) if plan.resources else {})  # before the long work
        run = self._runner(job)
        plan, tested = self._tested(job, run, self._with_bodies(job, run, plan))
        return Change(files=target.placed(folder, rendered(plan)), note=_note(plan, tested), confirm=True)

    def _with_bodies(self, job: Job, run: Runner, plan: Plan) -> Plan:
        made: list[Function] = []
        for one, reason in bodies.all_written(job, run, plan.functions):
            plan = plan.without(one.name, reason) if reason else plan
            made += [] if reason else [one]
        plan = replace(plan, functions=tuple(made))
        if not plan.resources and not made:
            raise WithheldError(" ".join(plan.remarks))
        return plan

    def _tested(self, job: Job, run: Runner, plan: Plan) -> tuple[Plan, Tested | None]:
        """Run the project's tests; a function whose tests fail is written anew, then left out."""
        for attempt in range(_ROUNDS):
            job.report("Running the project's tests", 60 + 10 * attempt)
            try:
                tested = run_tests(run, rendered(plan))
            except AigcError as error:
                return replace(plan, remarks=(*plan.remarks, f"Its tests were not run: {error}")), None
            if tested.passed:
                return plan, tested
            broken = [one for one in plan.functions if any(_tests(test, one.name) for test in tested.failed)]
            if not broken:
                break
            for one in broken:
                plan = _repaired(job, run, plan, one, tested) if attempt == 0 else plan.without(one.name, "tests fail.")
            if not plan.resources and not plan.functions:
                break
        raise WithheldError(f"The project's own tests fail, so it is not offered: {_end(tested.output)}")


def _tests(test: str, function: str) -> bool:
    return test in (f"test_{function}", f"test_{function}_through_the_api")


def _repaired(job: Job, run: Runner, plan: Plan, function: Function, tested: Tested) -> Plan:
    try:
        made = bodies.written(job, run, replace(function, code=""), _end(tested.output))
    except AigcError as error:
        return plan.without(function.name, str(error))
    return replace(plan, functions=tuple(made if one.name == function.name else one for one in plan.functions))


def _end(output: str) -> str:
    lines = [line.strip() for line in output.strip().splitlines() if "Error" in line or line.startswith("FAIL")]
    return " ".join(lines)[:300] or "they did not start."


def _note(plan: Plan, tested: Tested | None) -> str:
    parts = [f"The project `{plan.package}`:"]
    parts += (
        ["keeps " + ", ".join(one.collection.replace("_", " ") for one in plan.resources)] if plan.resources else []
    )
    parts += ["functions " + ", ".join(f"`{one.name}`" for one in plan.functions)] if plan.functions else []
    said = f"{parts[0]} {'; '.join(parts[1:])}."
    done = f" Its {tested.tests} tests pass in the sandbox." if tested is not None else ""
    guessed = [f"`{one.name}`" for one in plan.functions if one.guessed]
    doubt = f" The examples of {', '.join(guessed)} are the model's: look at them." if guessed else ""
    return said + done + doubt + "".join(f" {remark}" for remark in plan.remarks)
