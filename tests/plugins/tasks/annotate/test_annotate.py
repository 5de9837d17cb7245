"""Annotate types: what facts give, what of a model's answers is taken, and that mypy has the last word."""

from __future__ import annotations

import ast
import time

import pytest
from tests.task_helpers import FakeJob, applied, place, prompt_text

from aigc_plugins.api import WithheldError
from aigc_plugins.api import applied as with_edits
from aigc_plugins.document import Document
from aigc_plugins.index import IndexedWorkspace, Indexer
from aigc_plugins.tasks.annotate import AnnotateTask
from aigc_plugins.tasks.annotate.answers import accepted, bare_generic, cut, spelled
from aigc_plugins.tasks.annotate.imports import import_edits
from aigc_plugins.tasks.annotate.infer import type_of
from aigc_plugins.tasks.annotate.module import read_module
from aigc_plugins.tasks.annotate.scope import scope_of
from aigc_plugins.tasks.annotate.types import union
from aigc_plugins.tasks.annotate.verify import _probe


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIGC_LSP_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def annotated(text, answers="?", at=None, **options):
    where = place(text, at=at, uri="untitled:a.py")
    job = FakeJob(answers, **options)
    change = AnnotateTask().run(where, job)
    return applied(where, change), change, job


def header(text, name="f"):
    return next(line.strip() for line in text.splitlines() if f"def {name}(" in line)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "def f(x=0, y='a', *, z=True):\n    print(x)\n",
            "def f(x: int = 0, y: str = 'a', *, z: bool = True) -> None:",
        ),
        ("def f(x = 1.5):\n    return x\n", "def f(x: float = 1.5) -> float:"),
        ("async def f(n=2):\n    return str(n)\n", "async def f(n: int = 2) -> str:"),
        ("def f(n=2):\n    for i in range(n):\n        yield i\n", "def f(n: int = 2) -> Iterator[int]:"),
        ("async def f():\n    yield 'a'\n", "async def f() -> AsyncIterator[str]:"),
        ("def f(s):\n    return s.encode()\n", "def f(s: str) -> bytes:"),
        ("def f(s):\n    return 'a' + s\n", "def f(s: str) -> str:"),
        (
            "def f(s):\n    if not isinstance(s, str):\n        raise TypeError(s)\n    return len(s)\n",
            "def f(s: str) -> int:",
        ),
        ("def f(a=1):\n    if a:\n        return 'x'\n    return None\n", "def f(a: int = 1) -> str | None:"),
        ("def f(a=1):\n    while True:\n        if a:\n            return 'x'\n", "def f(a: int = 1) -> str:"),
        (
            "def f(a=1):\n    if a: return None\n    return {'k': [a]}\n",
            "def f(a: int = 1) -> dict[str, list[int]] | None:",
        ),
        ("def f(x):\n    return x\nf(1)\nf(2.5)\n", "def f(x: float) -> float:"),
        ("def f(x=None):\n    print(x)\nf(1)\n", "def f(x: int | None = None) -> None:"),
        ("def g(n: int) -> str: ...\ndef f(x):\n    return g(x)\n", "def f(x: int) -> str:"),
        ("def f(s='é', t='ü'):\n    return s\n", "def f(s: str = 'é', t: str = 'ü') -> str:"),
        ("def f(\n    x=1,  # one\n):\n    return x\n", "def f("),
    ],
)
def test_facts_need_no_model(before, after):
    text, change, job = annotated(before, at="def f|")
    assert header(text) == after
    assert not job.asked
    assert "mypy reports nothing new" in change.note
    ast.parse(text)


def test_lines_with_comments_stay_as_they_are():
    text, _, _ = annotated("def f(\n    x=1,  # one\n    y = 2,\n):\n    return x\n")
    assert text == "def f(\n    x: int = 1,  # one\n    y: int = 2,\n) -> int:\n    return x\n"


def test_facts_follow_from_facts():
    text, change, job = annotated(
        "class A:\n    def __init__(self, n=1):\n        self.n = n\n\n"
        "    def twice(self):\n        return self.n * 2\n\n"
        "    def __eq__(self, other):\n        return self is other\n"
    )
    assert "def __init__(self, n: int = 1) -> None:" in text
    assert "def twice(self) -> int:" in text
    assert "def __eq__(self, other: object) -> bool:" in text
    assert "the return of twice (what it returns)" in change.note
    assert not job.asked


def test_the_model_is_asked_for_what_is_left_and_two_answers_must_agree():
    text, change, job = annotated("def f(x, n=1):\n    return x.split('a', n)\n", " str, n", at="def f|")
    assert header(text) == "def f(x: str, n: int = 1) -> list[str]:"
    assert len(job.asked) == 2
    assert prompt_text(job.asked[0]).endswith("def f(x:")
    assert "from the code: n (its default)" in change.note
    assert "by the model: x, the return" in change.note
    with pytest.raises(WithheldError, match="No annotation holds"):
        annotated("def f(x):\n    return x.y\n", [" str)", " int)", " bytes)"], at="def f|")


def test_what_the_checker_does_not_take_is_dropped_and_the_rest_stays():
    text, change, _ = annotated("def f(a, b=1):\n    return a.nothing(b)\n", " str)", at="def f|")
    assert header(text) == "def f(a, b: int = 1):"
    assert "2 left open" in change.note


def test_a_guess_that_the_checker_cannot_judge_is_dropped():
    """Any type would do for `y` and for the return: nothing is known of what `unknown` does."""
    source = "from nowhere import unknown\ndef f(x, y, z=None):\n    unknown(y, z)\n    return unknown(x.upper())\n"
    text, change, _ = annotated(source, " str)", at="def f|")
    assert header(text) == "def f(x: str, y, z=None):"
    assert "by the model: x." in change.note


def test_a_wrong_fact_is_dropped():
    text, _, _ = annotated("def f(x=0, y=0):\n    return x.bit_length() + len(y)\n", " Any)", at="def f|")
    assert header(text) == "def f(x: int = 0, y=0) -> int:"


def test_a_container_is_asked_for_its_elements():
    text, _, job = annotated(
        "def f(x):\n    for y in x: print(y.upper())\n", lambda r: " list)" if r.prefix.endswith("x:") else "str])"
    )
    assert header(text) == "def f(x: list[str]) -> None:"
    assert prompt_text(job.asked[1]).endswith("def f(x: list[")


@pytest.mark.parametrize(
    ("type_", "probe"),
    [
        ("str", "P"),
        ("str | None", "P | None"),
        ("list[str]", "list[P]"),
        ("dict[str, list[int]]", "dict[P, list[P]]"),
        ("tuple[int, ...] | None", "tuple[P, ...] | None"),
        ("Callable[[int], str]", "P"),
    ],
)
def test_a_probe_asks_for_the_elements_too(type_, probe):
    assert _probe("P", type_) == probe


def test_elements_that_the_checker_knows_nothing_of_are_not_offered():
    source = "from nowhere import unknown\ndef f(n=1):\n    out = []\n    out.append(unknown(n))\n    return out\n"
    text, _, _ = annotated(source, " list[int]:", at="def f|")
    assert header(text) == "def f(n: int = 1):"


def test_existing_annotations_stay_and_self_is_left_alone():
    text, _, _ = annotated(
        "class A:\n    @classmethod\n    def f(cls, a: 'int', b=2, *c, **d) -> 'int':\n        return c[0] + a\n",
        " int)",
        at="def f|",
    )
    assert header(text) == "def f(cls, a: 'int', b: int = 2, *c: int, **d) -> 'int':"


@pytest.mark.parametrize(
    "text",
    [
        "from typing import overload\n@overload\ndef f(x: int) -> int: ...\n"
        "@overload\ndef f(x: str) -> str: ...\ndef f(x): return x\n",
        "def f(x):\n    # type: (int) -> int\n    return x\n",
    ],
)
def test_overloads_and_type_comments_are_left_alone(text):
    with pytest.raises(WithheldError, match="no function here that lacks"):
        annotated(text, " int)", at="x): return x|" if "overload" in text else "def f|")


def test_names_that_do_not_exist_yet_are_quoted():
    text, _, _ = annotated("class A:\n    def f(self):\n        return A()\n")
    assert 'def f(self) -> "A":' in text
    text, _, _ = annotated("from __future__ import annotations\nclass A:\n    def f(self):\n        return A()\n")
    assert "def f(self) -> A:" in text


def test_a_file_that_tells_checkers_to_be_silent_is_checked_all_the_same():
    with pytest.raises(WithheldError):
        annotated(
            "# mypy: ignore-errors\ndef f(x):\n    return x.nothing\n",
            lambda r: " int)" if r.prefix.endswith("x:") else " no:",
        )


def test_calls_in_other_files_count_where_the_name_is_defined_once(tmp_path):
    (tmp_path / "a.py").write_text("def shorten(text, width):\n    print(text, width)\n")
    (tmp_path / "b.py").write_text("from a import shorten\n\n\ndef main() -> None:\n    shorten('word', 3)\n")
    Indexer(tmp_path, workers=0).build()
    workspace = IndexedWorkspace([tmp_path])
    try:
        source = (tmp_path / "a.py").read_text()
        where = place(source, at="def shorten|", uri=(tmp_path / "a.py").as_uri())
        change = AnnotateTask().run(where, FakeJob(workspace=workspace, roots=[tmp_path]))
    finally:
        workspace.close()
    assert "def shorten(text: str, width: int) -> None:" in applied(where, change)


HOSTILE = [
    " Any)",
    " object)",
    " 'int'; import os)",
    " __import__('os').system('x'))",
    " (lambda: 0)())",
    " Missing)",
    " any)",
    " list[int, str])",
    " dict[str])",
    " x" * 5000,
    " [[[[[[[[[[",
    " int | Any)",
    " print)",
    " Optional[Any])",
    " ```python",
    " <|endoftext|>",
    " Literal[__import__('os')])",
    " \u202eint)",
    " Callable)",
    "",
    " typing.Any)",
    " os.PathLike.Any)",
    " int if x else str)",
    " *int)",
    " f)",
]


@pytest.mark.parametrize("answer", HOSTILE)
def test_a_hostile_answer_never_becomes_an_annotation(answer):
    with pytest.raises(WithheldError):
        annotated("import os\n\n\ndef f(x):\n    return os.some(x)\n", answer, at="def f|")


@pytest.mark.parametrize(
    ("answer", "type_"),
    [
        (" int, y", "int"),
        (" Optional[List[str]] = None", "list[str] | None"),
        (" typing.Dict[str, int])", "dict[str, int]"),
        (' "int")', "int"),
        (" Callable[[int], str])", "Callable[[int], str]"),
        (" tuple[int, ...])", "tuple[int, ...]"),
        (" Union[int, float, bool])", "float"),
        (" Path:", None),
        (" Seq)", "Seq"),
        (" ValueError)", "ValueError"),
        (" helper)", None),
        (" Literal['a', 'b'])", "Literal['a', 'b']"),
    ],
)
def test_only_types_that_exist_here_are_read(answer, type_):
    module = read_module("class Seq: ...\ndef helper(): ...\n")
    assert accepted(answer, module) == type_


def test_an_answer_ends_where_the_type_does():
    assert cut(" dict[str, int], b: int") == ("dict[str, int]", True)
    assert cut(" Literal['a,b'] = ") == ("Literal['a,b']", True)
    assert cut(" dict[str, ") == ("dict[str,", False)
    assert bare_generic(" list)", read_module("")) == "list"
    assert bare_generic(" List)", read_module("")) == "list"
    assert bare_generic(" int)", read_module("")) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "from collections.abc import Iterator\n\nx = 1\n"),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nfrom collections.abc import Iterator\nx = 1\n'),
        ("import os\nimport re\n", "import os\nimport re\nfrom collections.abc import Iterator\n"),
        ("from collections.abc import Mapping as M\n", "from collections.abc import Mapping as M, Iterator\n"),
        (
            "from collections.abc import (\n    Mapping,\n)\n",
            "from collections.abc import (\n    Mapping, Iterator,\n)\n",
        ),
        (
            "from typing import cast\r\nx = 1\r\n",
            "from collections.abc import Iterator\r\nfrom typing import cast\r\nx = 1\r\n",
        ),
    ],
)
def test_imports_are_added_where_they_belong(before, after):
    assert with_edits(before, import_edits(before, ast.parse(before), {"Iterator": "collections.abc"})) == after


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ("[1, 2]", "list[int]"),
        ("[1, 'a']", None),
        ("[]", None),
        ("(1, 'a')", "tuple[int, str]"),
        ("not x", "bool"),
        ("x == 1", "bool"),
        ("x == y", None),
        ("x in y", "bool"),
        ("1 + 2.0", "float"),
        ("2 ** -1", None),
        ("7 / 2", "float"),
        ("'a' % x", "str"),
        ("f'{x}'", "str"),
        ("s.split()", "list[str]"),
        ("[w for w in s.split()]", "list[str]"),
        ("{w: len(w) for w in s}", "dict[str, int]"),
        ("len(x)", "int"),
        ("x", None),
        ("s[1:]", "str"),
        ("s or 'a'", "str"),
        ("1 if x else None", "int | None"),
        ("sorted(s)", "list[str]"),
        ("json.dumps(x)", "str"),
        ("os.getcwd()", None),
        ("lambda: 0", None),
        ("...", None),
        ("sum(x)", None),
        ("local", "list[int]"),
        ("mixed", None),
        ("shadow(1)", None),
    ],
)
def test_types_of_expressions(expression, type_):
    module = read_module(
        "import json\ndef f(x, y, s: str, len_=0):\n    local = []\n    local.append(len(s))\n"
        "    mixed = 1\n    mixed = ''\n"
        f"    with x as shadow: pass\n    return ({expression})\n"
    )
    function = module.functions["f"]
    assert type_of(function.body[-1].value, scope_of(module, function)) == type_


def test_unions_are_short_and_none_is_last():
    assert union(["None", "int", "bool"]) == "int | None"
    assert union(["int | None", "str"]) == "int | str | None"
    assert union(["a", "b", "c", "d"]) is None


def test_a_name_for_type_checkers_only_is_quoted():
    module = read_module("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import B\ndef f(): ...\n")
    assert spelled("B | None", module.functions["f"], module) == '"B | None"'


def test_it_is_offered_where_something_is_missing():
    task = AnnotateTask()
    assert task.applies(place("def f(x): return x\n", at="return|")) == "Annotate types of `f`"
    assert task.applies(place("def f(x: int) -> int: return x\n", at="return|")) is False
    assert task.applies(place("class A:\n    def f(self) -> int: ...\n", at="self|")) is False
    assert task.applies(place("x = 1\ny = 2\n", at="x = 1\ny")) is False
    assert task.applies(place("class A:\n    def f(self): ...\n")) is True
    assert task.applies(place("x = 1\n", at="x|")) is False


def test_asking_whether_it_applies_takes_no_time():
    text = "".join(f"def f{n}(x: int, é: str = 'ü') -> int:\n    return x + {n}\n\n\n" for n in range(500))
    document = Document("file:///w/a.py", "python", text, 1).snapshot()
    where = place("x")
    where = type(where)(document, text.index("+ 250"), text.index("+ 250"))
    AnnotateTask().applies(where)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        AnnotateTask().applies(where)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1  # no parse, no walk: a walk takes far longer


def test_code_that_is_no_python_is_left_alone():
    with pytest.raises(WithheldError, match="cannot be read as Python"):
        annotated("def f(x):\n    return (\n")
