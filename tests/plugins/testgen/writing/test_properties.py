"""What holds for all written files, whatever was recorded: they parse, pass, are clean, and are written once."""

from __future__ import annotations

import ast
import random
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aigc_plugins.testgen.writing import without, write

from .shop import MODULE, recorded, subject

TEXTS = st.text(st.sampled_from("abc XYZ_-.,:'\"\\\n\t{}[]()é日\u200b$^*|\x00"), max_size=200)
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | st.binary()
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.tuples(inner, inner)
        | st.dictionaries(TEXTS, inner, max_size=4)
        | st.sets(st.integers(), max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def rows(draw):
    """Draw a scenario, and run it."""
    act = draw(st.sampled_from(ACTS))
    values = [repr(draw(TEXTS if "message" in act else VALUES)) for _ in range(2)]
    arrange = tuple(line.format(*values) for line in ARRANGED.get(act, ()))
    return recorded(act.format(*values, message=values[0]), arrange)


ACTS = [
    "Box({}).get()",
    "Box([{}, {}]).size",
    "Box({}, name='x').put({}, 2)",
    "same({})",
    "pair({}, {})",
    "pair({}, swap=True)",
    "fail({message})",
    "expected({message})",
    "show({message}, end='')",
    "type({}, id={})",
    "_private({}, {}, key=1)",
    "test_it({})",
    "box((same, request, total))",
    "TestThing({}).run()",
    "same(pair)",
]
ARRANGED = {
    "box((same, request, total))": ("same = [{}]", "request = {}", "total = [one for one in same]"),
    "same(pair)": ("pair = pair({})",),
}
MANY = st.lists(rows(), min_size=1, max_size=8)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(MANY, st.sampled_from(["pytest", "unittest"]), st.sampled_from([40, 79, 120]))
def test_a_file_is_written_once(some, style, line_length):
    written = write(subject(style=style, line_length=line_length), some)
    assert written == write(subject(style=style, line_length=line_length), some)
    again = write(subject(written.text, style=style, line_length=line_length), some)
    assert (again.text, again.tests) == (written.text, ())


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(MANY, MANY, st.sampled_from(["pytest", "unittest"]))
def test_more_tests_leave_the_file_as_it_was_but_for_its_imports(some, more, style):
    before = write(subject(style=style), some)
    after = write(subject(before.text, style=style), [*some, *more])
    assert len(_tests(after.text)) == len(_tests(before.text)) + len(after.tests)
    assert len(set(_tests(after.text))) == len(_tests(after.text))
    assert _bodies(before.text) == _bodies(after.text)[: len(_bodies(before.text))]


def _tests(text):
    tree = ast.parse(text)
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    functions = [("", one) for one in tree.body] + [(owner.name, one) for owner in classes for one in owner.body]
    return [(owner, one.name) for owner, one in functions if isinstance(one, ast.FunctionDef)]


def _bodies(text):
    tree = ast.parse(text)
    return [ast.get_source_segment(text, one) for one in tree.body if isinstance(one, ast.FunctionDef | ast.ClassDef)]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(MANY, st.randoms(use_true_random=False), st.sampled_from(["pytest", "unittest"]))
def test_tests_keep_their_names_when_others_go(some, chance, style):
    written = write(subject(style=style), some)
    every = [(test.name, place) for test in written.tests for place in range(len(test.rows))]
    dropped = {one for one in every if chance.random() < 0.5}
    left = without(written, subject(style=style), dropped)
    kept = {
        test.name: [row for n, row in enumerate(test.rows) if (test.name, n) not in dropped] for test in written.tests
    }
    assert {test.name: list(test.rows) for test in left.tests} == {name: found for name, found in kept.items() if found}
    assert without(written, subject(style=style), set(every)).text == ""
    assert without(written, subject(style=style), ()) == written


@pytest.fixture(scope="module")
def samples():
    """Return many recorded scenarios, always the same."""
    chance, found = random.Random(5), []
    for act in ACTS * 8:
        values = [repr(_text(chance) if "message" in act else _value(chance)) for _ in range(2)]
        arrange = tuple(line.format(*values) for line in ARRANGED.get(act, ()))
        found.append(recorded(act.format(*values, message=values[0]), arrange))
    chance.shuffle(found)
    return found


def _text(chance):
    letters = chance.choice(["abc ", "abc XYZ_-.,:'\"\\\n\t{}[]()é日\u200b$^*|\x00", "words and  words "])
    return "".join(chance.choice(letters) for _ in range(chance.choice([0, 1, 5, 20, 200])))


def _value(chance, depth=0):
    plain = [None, True, 0, -1, 2**70, 0.5, 1e300, -1e-9, b"", b"a'\n\xff" * 9, _text(chance), _text(chance)]
    if depth > 2 or chance.random() < 0.5:
        return chance.choice(plain)
    inner = [_value(chance, depth + 1) for _ in range(chance.choice([0, 1, 3]))]
    kinds = [inner, tuple(inner), {_text(chance)[:9]: one for one in inner}, set(range(len(inner) * 9))]
    return chance.choice(kinds)


@pytest.fixture(scope="module")
def project(tmp_path_factory, samples):
    """Return a project with written files: new ones, and one that was extended."""
    root = tmp_path_factory.mktemp("project")
    (root / "shop").mkdir()
    (root / "shop" / "__init__.py").touch()
    (root / "shop" / "boxes.py").write_text(MODULE, "utf-8")
    half = write(subject(root=root), samples[: len(samples) // 2])
    files = {
        "test_new.py": write(subject(root=root), samples),
        "test_unittest.py": write(subject(root=root, style="unittest"), samples),
        "test_extended.py": write(subject(half.text, root=root), samples),
    }
    for name, written in files.items():
        (root / name).write_text(written.text, "utf-8", newline="")
    expected = sum(len(test.rows) for name in ("test_new.py", "test_unittest.py") for test in files[name].tests)
    expected += sum(len(test.rows) for written in (half, files["test_extended.py"]) for test in written.tests)
    return root, expected


def test_written_tests_pass(project):
    root, expected = project
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", root, "-o", f"pythonpath={root}", "--tb=short"]
    ran = subprocess.run([sys.executable, "-m", "pytest", *options, root], capture_output=True, text=True, check=False)
    assert f"{expected} passed" in ran.stdout.splitlines()[-1], ran.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [
            "check",
            "--select",
            "E,F,I,W,B,PT,RUF,UP,C4,SIM,PIE",
            "--ignore",
            "RUF001,PT009,PT011,PT027,SIM300,C416,E501",
        ],
        ["format", "--diff"],
    ],
)
def test_written_files_are_as_linters_and_formatters_want_them(project, arguments):
    root, _ = project
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--isolated", "--target-version", "py311", *root.glob("test_*.py")],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
