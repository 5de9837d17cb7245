"""What could be tried of a JavaScript or TypeScript module: by values, by documentation, by the project's own calls,
and by the model, of whose answers only the calls count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_plugins.index.ignore import Rules
from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.scenario import Suspicion
from aigc_plugins.testgen.script.acts import valid
from aigc_plugins.testgen.script.inputs import Boundaries
from aigc_plugins.testgen.script.module import Module
from aigc_plugins.testgen.script.reader import Reader

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals, Recorded, Scenario, Target

_MOST_FILES, _MOST_BYTES, _MOST_SOURCE = 400, 200_000, 4000
_SOURCE = re.compile(r"\.[mc]?[jt]sx?$")


class Examples(TestProposer):
    """The calls in JSDoc comments' examples."""

    name = "documentation examples"

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield each call of an example, with what it promises where it says."""
        if goals.round == 0:
            yield from examples(Module(subject.path, subject.text), subject, self.name)


class Calls(TestProposer):
    """The calls of targets in the project's own files, tests included, where they need nothing else."""

    name = "calls in the project"

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield calls of functions and constructors of the module that are found in other files."""
        if goals.round:
            return
        module = Module(subject.path, subject.text)
        for number, (name, status) in enumerate(Rules(subject.root).files()):
            job.check()
            if number > _MOST_FILES:
                return
            path = subject.root / name
            if path != subject.path and _SOURCE.search(path.name) and status.st_size < _MOST_BYTES:
                try:
                    text = path.read_text("utf-8")
                except (OSError, ValueError):
                    continue
                if subject.path.stem in text:
                    yield from Reader(module, subject, self.name).scenarios(text)


class ModelInputs(TestProposer):
    """Asks the model for calls with different inputs."""

    name = "model: inputs"
    model = True

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield a scenario for each call that the model writes, one line of each answer."""
        module = Module(subject.path, subject.text)
        kinds = ("function", "staticmethod", "constructor")
        for target, attempt in _asked(subject, goals, kinds, 24):
            call = f"{'new ' if target.kind == 'constructor' else ''}{target.name}("
            values = {"source": _source(subject, target), "call": call, "goal": _goal(subject, goals, target)}
            answer = _ask(job, "testgen-inputs.javascript", values, goals, attempt)
            yield from Reader(module, subject, self.name).scenarios(f"{call}{answer.partition(chr(10))[0]}")


class ModelTests(TestProposer):
    """Asks the model for whole tests; what they arrange and call becomes scenarios."""

    name = "model: tests"
    model = True

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield a scenario for each call of a target in the tests that the model writes."""
        module = Module(subject.path, subject.text)
        for target, attempt in _asked(subject, goals, (), 8):
            name = target.name.partition(".")[0]
            values = {
                "path": subject.name, "source": _source(subject, target), "name": target.name,
                "import": f'import {{ {name} }} from "./{subject.path.stem}";', "goal": _goal(subject, goals, target),
            }  # fmt: skip
            answer = _ask(job, "testgen-tests.javascript", values, goals, attempt)
            yield from Reader(module, subject, self.name).tests(f'it("{answer}')


PROPOSERS: tuple[TestProposer, ...] = (Examples(), Boundaries(), Calls(), ModelInputs(), ModelTests())


def examples(module: Module, subject: Subject, origin: str) -> Iterator[Scenario]:
    """Yield the calls in JSDoc examples; `// => value` behind one, or in the next line, is what they promise."""
    reader = Reader(module, subject, origin)
    for member in module.members:
        for block in re.findall(r"@example\b(.*?)(?=\n\s*\*?\s*@|\*/)", member.doc, re.DOTALL):
            lines = [re.sub(r"^\s*\*\s?", "", line).strip() for line in block.splitlines()]
            for place, line in enumerate(lines):
                code, _, promised = re.sub(r"\s*//\s*(?:=>|->|→|returns:?)\s*", "\0", line).partition("\0")
                if not promised and place + 1 < len(lines):
                    found = re.match(r"//\s*(?:=>|->|→)\s*(.*)", lines[place + 1])
                    promised = found[1] if found else ""
                inner = re.sub(r"^(?:const|let|var)\s+\w+\s*=\s*|^console\.log\((?=.*\);?$)", "", code).rstrip(";")
                if code.startswith("console.log(") and inner.endswith(")"):
                    inner = inner[:-1]
                for one in list(reader.scenarios(inner))[:1]:
                    whole = one.act.removeprefix("await ") == inner.removeprefix("await ")
                    good = promised.strip().rstrip(";") if whole and valid(f"({promised.strip().rstrip(';')})") else ""
                    yield replace(one, expected=good)


def suspicions(module: Module, subject: Subject, recorded: Sequence[Recorded]) -> tuple[Suspicion, ...]:
    """Return the examples that say something else than the code does."""
    seen = {one.scenario.act: one for one in recorded if not one.scenario.arrange}
    lines = {one.name: one.line for one in subject.all_targets}
    found = []
    for example in examples(module, subject, "documentation examples"):
        one = seen.get(example.act)
        if one is None or not example.expected:
            continue
        observed = f"an error, {one.exception}: {one.message}" if one.exception else ""
        for check in one.checks:
            left, _, right = check.partition(" = ")
            if left == "result" and _plain(right) != _plain(example.expected):
                observed = right
        if observed and not re.match(r"(?:throws|Promise)\b", example.expected):
            found.append(
                Suspicion(example.target, lines[example.target], "example", example.act, example.expected, observed)
            )
    return tuple(dict.fromkeys(found))


def _plain(value: str) -> str:
    return re.sub(r"\s+|,(?=\s*[\]}])", "", value.replace("'", '"').replace("`", '"'))


def _asked(subject: Subject, goals: Goals, kinds: Sequence[str], most: int) -> Iterator[tuple[Target, int]]:
    usable = [one for one in subject.targets if (not kinds or one.kind in kinds) and not one.untestable]
    if goals.round:
        missing = {one.function for one in goals.branches} | {one.function for one in goals.mutants}
        usable = [one for one in usable if one.name in missing]
    yield from [(target, attempt) for attempt in range(4) for target in usable][:most]


def _source(subject: Subject, target: Target) -> str:
    lines = subject.text.splitlines()
    holder = next((one for one in subject.all_targets if one.name == target.name.partition(".")[0]), target)
    text = "\n".join(lines[target.line - 1 : target.end_line])
    if holder is not target:
        text = f"{lines[holder.line - 1]}\n{text}\n}}"
    return text[:_MOST_SOURCE]


def _goal(subject: Subject, goals: Goals, target: Target) -> str:
    if not goals.round:
        return ""
    lines = subject.text.splitlines()
    inside = [one for one in goals.branches if target.line <= one.line <= target.end_line and one.way != "entered"]
    texts = dict.fromkeys(
        f"// {'not ' if one.way == 'false' else ''}when: {lines[one.line - 1].strip()}\n" for one in inside
    )
    return "".join(list(texts)[:3])


def _ask(job: Job, prompt: str, values: dict[str, str], goals: Goals, attempt: int) -> str:
    number = 1 + 100 * goals.round + attempt + 10_000 * goals.seed
    return job.ask(replace(job.prompt(prompt, values), temperature=0.9, top_p=0.95, seed=number))
