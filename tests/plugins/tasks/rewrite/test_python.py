"""Simplify, modernise and optimise in Python: Ruff's repairs, the model's versions, and all that is refused."""

from __future__ import annotations

import pytest

from aigc_models.types import EngineUnavailableError
from aigc_plugins.api import WithheldError
from aigc_plugins.sandbox import SandboxUnavailableError, which_rung
from aigc_plugins.tasks.rewrite import ModerniseTask, OptimiseTask, SimplifyTask
from task_helpers import FakeJob, applied, place


@pytest.fixture(autouse=True)
def _sandbox():
    try:
        which_rung()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))


def run(task, text, answers=(), at="def f|", **options):
    here = place(text, at=at)
    job = FakeJob(answers, language="python", **options)
    result = task().run(here, job)
    return applied(here, result), result.note, job


RUFF = {
    "a returned condition": (
        SimplifyTask,
        "def f(a: int, b: int) -> bool:\n    if a == b:\n        return True\n    else:\n        return False\n",
        "def f(a: int, b: int) -> bool:\n    return a == b\n",
    ),
    "an else after return": (
        SimplifyTask,
        "def f(a: int) -> int:\n    if a > 3:\n        return 1\n    else:\n        return a\n",
        "def f(a: int) -> int:\n    if a > 3:\n        return 1\n    return a\n",
    ),
    "a format": (
        ModerniseTask,
        "def f(a: str, b: int) -> str:\n    return '{}: {}'.format(a, b)\n",
        "def f(a: str, b: int) -> str:\n    return f'{a}: {b}'\n",
    ),
}


@pytest.mark.parametrize("case", RUFF)
def test_what_ruff_repairs_needs_no_model(case):
    task, before, after = RUFF[case]
    text, note, job = run(task, before)
    assert text == after
    assert note.startswith("Written by Ruff (")
    assert "calls with made-up inputs" in note
    assert not job.asked


def test_other_functions_and_their_faults_stay_as_they_are():
    other = "def g(a):\n    if a:\n        return True\n    else:\n        return False\n\n\n"
    text, _, _ = run(SimplifyTask, other + RUFF["a returned condition"][1])
    assert text == other + RUFF["a returned condition"][2]


def test_a_method_keeps_its_indentation():
    head = "class A:\n    def f(self, a: int, b: int) -> bool:\n"
    before = f"{head}        if a == b:\n            return True\n        return False\n"
    text, _, _ = run(SimplifyTask, before)
    assert text == f"{head}        return a == b\n"


LEAVES = "        return True\n    else:\n        return False\n"
ADDS = "    total = 0\n    for x in xs:\n        total += x\n    return total\n"
LOOP = f"def f(xs: list[int]) -> int:\n    '''Add.'''\n{ADDS}"


def test_the_model_writes_a_body_that_is_verified():
    text, note, job = run(SimplifyTask, LOOP, ["    return sum(xs)\n\n\ndef g():\n    pass\n"])
    assert text == "def f(xs: list[int]) -> int:\n    '''Add.'''\n    return sum(xs)\n"
    assert note.startswith("Written by the model.")
    prefix = job.asked[0].prefix
    assert prefix.endswith("def f(xs: list[int]) -> int:\n    '''Add.'''\n")
    assert LOOP in prefix


def test_a_method_from_the_model_is_indented_as_before():
    body = "".join(f"\t{line}\n" for line in ADDS.replace("    ", "\t").splitlines())
    before = f"class A:\n\tdef f(self, xs: list[int]) -> int:\n{body}"
    text, _, _ = run(SimplifyTask, before, ["    return sum(xs)\n"])
    assert text == "class A:\n\tdef f(self, xs: list[int]) -> int:\n\t\treturn sum(xs)\n"


HOSTILE = {
    "garbage": "%%% ???\n",
    "nothing": "",
    "prose": "Sure! Here is the simplified function:\n",
    "placeholder": "    # ... existing code ...\n    pass\n",
    "another result": "    return sum(xs) + 1\n",
    "right on small inputs only": "    return sum(xs[:4])\n",
    "right for positive numbers only": "    return abs(sum(xs))\n",
    "an import": "    import os\n    return sum(xs)\n",
    "a command": "    __import__('os').system('true')\n    return sum(xs)\n",
    "exec": "    exec('1')\n    return sum(xs)\n",
    "an unknown name": "    return total_of(xs) if False else sum(xs)\n",
    "a file": "    open('x', 'w')\n    return sum(xs)\n",
    "a method that changes": "    xs.clear()\n    return sum(xs)\n",
    "another function": "def g(xs):\n    return sum(xs)\n",
    "endless": "    x = 1\n" * 100_000,
    "ten megabytes on one line": "    return " + "1+" * 5_000_000 + "1\n",
    "it never ends": "    while True:\n        pass\n",
    "larger": "    a = 0\n    for x in xs:\n        a = a + x\n    b = a\n    c = b\n    return c\n",
    "it forges the tests' end": "    raise SystemExit(0)\n",
    "the same": "    total = 0\n    for x in xs:\n        total += x\n    return total\n",
}


@pytest.mark.parametrize("task", [SimplifyTask, OptimiseTask])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_answers_are_never_offered(task, case):
    if task is OptimiseTask and case == "larger":
        pytest.skip("a faster function may be larger")
    with pytest.raises(WithheldError) as refused:
        run(task, LOOP, [HOSTILE[case]])
    assert len(str(refused.value)) < 1500


def test_comments_are_not_lost():
    commented = LOOP.replace("        total += x\n", "        total += x  # carefully\n")
    with pytest.raises(WithheldError, match="comments would be lost"):
        run(SimplifyTask, commented, ["    return sum(xs)\n"])


def test_calls_with_effects_must_stay():
    text = f"def f(log, xs: list[int]) -> int:\n    log.write('x')\n{ADDS}"
    with pytest.raises(WithheldError, match="calls with effects changed"):
        run(SimplifyTask, text, ["    return sum(xs)\n"])


def test_optimise_tells_how_much_faster():
    slow = "def f(xs: list[int], ys: list[int]) -> list[int]:\n    out = [x for x in xs if x in ys]\n    return out\n"
    text, note, _ = run(OptimiseTask, slow, ["    known = set(ys)\n    return [x for x in xs if x in known]\n"])
    assert "known = set(ys)" in text
    assert " times as fast on the same inputs" in note


def test_what_is_the_same_but_no_faster_is_not_offered():
    slower = "    out = [x for x in sorted(set(xs), key=xs.index) if x in ys]\n    return [x for x in xs if x in out]\n"
    slow = "def f(xs: list[int], ys: list[int]) -> list[int]:\n    out = [x for x in xs if x in ys]\n    return out\n"
    with pytest.raises(WithheldError, match="not faster"):
        run(OptimiseTask, slow, [slower])


@pytest.mark.parametrize("task", [SimplifyTask, ModerniseTask, OptimiseTask])
@pytest.mark.parametrize(
    "text",
    [
        f"import random\ndef f(a: int) -> bool:\n    if a == random.random():\n{LEAVES}",
        f"def f(p: str) -> bool:\n    if open(p).read() == '{{}}'.format(p):\n{LEAVES}",
        f"async def f(a: int) -> bool:\n    if a == 1:\n{LEAVES}",
    ],
)
def test_where_behaviour_cannot_be_compared_nothing_is_offered(task, text):
    with pytest.raises(WithheldError):
        run(task, text, ["    return True\n"], at="f|(")


def test_without_a_report_of_ruff_there_is_nothing_to_modernise():
    with pytest.raises(WithheldError, match="nothing to modernise in f"):
        run(ModerniseTask, "def f(a: int) -> int:\n    return a\n")


def test_the_target_version_is_the_projects(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nrequires-python = '>=3.8'\n")
    text = "def f(s: str) -> str:\n    if s.startswith('ab'):\n        s = s[2:]\n    return s\n"
    path = tmp_path / "a.py"
    path.write_text(text)
    here = place(text, at="def f|", uri=path.as_uri())
    with pytest.raises(WithheldError, match="nothing to modernise"):
        ModerniseTask().run(here, FakeJob(roots=[tmp_path], language="python"))
    (tmp_path / "pyproject.toml").write_text("[project]\nrequires-python = '>=3.9'\n")
    result = ModerniseTask().run(here, FakeJob(roots=[tmp_path], language="python"))
    assert "removeprefix" in applied(here, result)


def test_an_engine_that_is_away_is_said_so():
    def away(request):
        raise EngineUnavailableError("The engine is away.")

    with pytest.raises(EngineUnavailableError):
        run(SimplifyTask, LOOP, away)


def test_a_file_that_does_not_parse_is_left_alone():
    with pytest.raises(WithheldError, match="does not parse"):
        run(SimplifyTask, LOOP + "\nx = (\n")


def test_it_applies_on_functions_with_a_body_by_name():
    assert SimplifyTask().applies(place(LOOP, at="total|")) == "Simplify `f`"
    assert not SimplifyTask().applies(place("x = 1\n", at="x|"))
    assert not SimplifyTask().applies(place(LOOP, at="total|", uri="file:///project/a.pyi"))
