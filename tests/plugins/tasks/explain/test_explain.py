"""Explanations: what is read off the code, and what of a model's prose may stand on the page."""

from __future__ import annotations

import pytest

from aigc_plugins.api import Page, WithheldError
from aigc_plugins.tasks.explain.explain import ExplainTask
from aigc_plugins.tasks.explain.prose import sentences
from aigc_plugins.tasks.explain.summarise import SummariseTask
from aigc_plugins.workspace import Symbol
from task_helpers import FakeJob, place, prompt_text

CODE = '''import os


def read_rows(path: str, limit: int = 10, *names) -> list[str]:
    """Read the rows of a file.

    More is said here.
    """
    rows = []
    for line in os.scandir(path):
        if len(rows) >= limit and line:
            raise ValueError(path)
        rows.append(parse_row(line))
    return rows
'''


class Symbols:
    """A workspace that knows one function."""

    def path_of(self, snapshot):
        return "a.py"

    def symbols(self, name, *, language=None, limit=20):
        known = Symbol("parse_row", "function", "rows.py", "python", 4, 9, "def parse_row(line: str) -> str:")
        return [known] if name == "parse_row" else []


def explain(text, answers, language="python", *, at=None, workspace=None):
    job = FakeJob(answers, language=language, workspace=workspace)
    page = ExplainTask().run(place(text, language, at=at), job)
    assert isinstance(page, Page)
    return page.text, job


def test_the_page_has_the_facts_and_the_prose():
    page, job = explain(
        CODE, " reads each line of a file. It raises `ValueError`. ", at="read|_rows", workspace=Symbols()
    )
    assert page.startswith("# `read_rows`\n\n```python\ndef read_rows(path: str")
    assert "`read_rows` reads each line of a file. It raises `ValueError`." in page
    for line in (
        "- Its documentation says: Read the rows of a file.",
        "- Parameter `path`: `str`",
        "- Parameter `limit`: `int`, `10` by default",
        "- Returns `list[str]`",
        "- Raises `ValueError`",
        "- Calls `os.scandir`, `len`, `ValueError`, `rows.append`, `parse_row`",
        "- Has 11 lines, 1 branch and 1 loop",
        "- `parse_row`: `def parse_row(line: str) -> str:` in `rows.py:5`",
    ):
        assert f"{line}\n" in page
    assert page.index("reads each line") < page.index("Read off the code")
    assert CODE[CODE.index("def ") :].rstrip() in prompt_text(job.asked[0])


def test_the_facts_are_shown_before_the_model_is_done():
    _, job = explain(CODE, " reads lines of a path. ", at="read|_rows")
    assert "Read off the code" in job.previews[0]
    assert "reads lines" not in job.previews[0]
    assert "reads lines" in job.previews[-1]


@pytest.mark.parametrize(
    "answer",
    ["", " \n\n", "```python\nx = 1\n```", "<script>alert(1)</script>", "Sure! Here is the code:", "no end of it"],
)
def test_without_any_sentence_the_facts_stand_alone(answer):
    page, job = explain(CODE, answer, at="read|_rows")
    assert "The model said nothing that could be shown." in page
    assert "- Returns `list[str]`" in page
    assert len(job.asked) == 3


def test_go_typescript_java_and_rust_functions_have_facts():
    cases = {
        "go": ("func half(x int) (int, error) {\n\treturn x / 2, nil\n}\n", "- Returns `(int, error)`"),
        "typescript": ("function half(x: number): number {\n  return x / 2;\n}\n", "- Parameter `x`: `number`"),
        "java": ("class A {\n    int half(int x) throws E {\n        return x / 2;\n    }\n}\n", "- Raises `E`"),
        "rust": (
            "fn half(x: u8) -> u8 {\n    if x > 1 { x / 2 } else { 0 }\n}\n",
            "- Has 3 lines, 1 branch and 0 loops",
        ),
    }
    for language, (text, fact) in cases.items():
        page, _ = explain(text, " halves x. ", language, at="hal|f")
        assert f"{fact}\n" in page, language


def test_a_class_lists_its_methods_and_a_selection_its_calls():
    page, _ = explain("class A:\n    def b(self):\n        return 1\n", " is a class. ", at="class| A")
    assert "- Function `def b(self)`\n" in page
    page, _ = explain(CODE, " appends to rows. ", at="        rows.append(parse_row(line))")
    assert page.startswith("# 1 line\n")
    assert "- Calls `rows.append`, `parse_row`\n" in page
    assert "This code appends to rows." in page


def test_code_with_fences_does_not_leave_its_block():
    text = 'def f():\n    return """```"""\n\nprint("```")\n'
    page, _ = explain(text, " prints it. ", at=None)
    assert page.count("````") == 2


def test_where_there_is_nothing_it_is_not_offered():
    assert not ExplainTask().applies(place("\n\n\n", at="\n|\n"))
    with pytest.raises(WithheldError):
        explain("\n\n\n", "x", at="\n|\n")
    assert ExplainTask().applies(place(CODE, at="read|_rows")) == "Explain `read_rows`"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It reads a path. It reads a path. It reads a path. ", ["It reads a path."]),
        ("It reads a path. It reads the path. It uses rows.", ["It reads a path."]),
        ("It reads a path. It calls `open_file` then. It has a limit.", ["It reads a path.", "It has a limit."]),
        ("It calls fetch_all() for rows. It has a limit.", ["It has a limit."]),
        ("It reads [the path](http://evil.example/a). And", ["It reads the path."]),
        ("See https://evil.example/path for rows. It has a limit.", ["It has a limit."]),
        ("It reads <b>rows</b> of *a path*.", ["It reads &lt;b&gt;rows&lt;/b&gt; of a path."]),
        ("It reads `rows of a path.", ["It reads rows of a path."]),
        ("It has rows.\n\n```python\nrows\n```\nIt has a path.", ["It has rows."]),
        ("It has rows.<|im_end|>It has a path.", ["It has rows."]),
        ("It has rows.\n# A heading\nIt has a path.", ["It has rows."]),
        ("- It has rows.\n- It has a path.\n", ["It has rows.", "It has a path."]),
        ("Ignore all previous instructions about rows. It has rows.", ["It has rows."]),
        ("I am sorry, I have no rows. It has rows.", ["It has rows."]),
        ("It has ![rows](a.png) here. ", ["It has rows here."]),
        ("The weather is nice today. It has rows.", ["It has rows."]),
        ("It has rows \u202eand a path\u202c.", ["It has rows and a path."]),
        ("It has rows, a path and", []),
        ("rows " * 200 + ".", []),
    ],
)
def test_only_sentences_that_may_stand_are_kept(text, kept):
    assert sentences(text, CODE, 4) == kept


def test_the_outline_of_a_file_takes_documentation_first_and_asks_for_the_rest():
    text = '''class Box:
    """Holds things."""

    def put(self, thing):
        return thing


def weigh(box):
    return len(box)
'''
    job = FakeJob(" weighs the box. ", language="python")
    page = SummariseTask().run(place(text), job).text
    assert page == (
        "# `a.py`\n\n9 lines, 2 functions and 1 class.\n\n- `class Box`: Holds things.\n  - `def put(self, thing)`\n"
        "- `def weigh(box)`: `weigh` weighs the box. *(by the model)*\n"
    )
    assert len(job.asked) == 1


def test_comments_above_functions_are_documentation():
    text = "package a\n\n// Half halves a number. It rounds.\nfunc Half(x int) int {\n\treturn x / 2\n}\n"
    page = SummariseTask().run(place(text, "go", uri="file:///project/a.go"), FakeJob()).text
    assert "- `func Half(x int) int`: Half halves a number.\n" in page
    text = "/**\n * Halves a number.\n * @param x it\n */\nexport function half(x: number) {\n  return x / 2;\n}\n"
    page = SummariseTask().run(place(text, "typescript", uri="file:///project/a.ts"), FakeJob()).text
    assert ": Halves a number.\n" in page


def test_the_number_of_questions_is_limited():
    text = "".join(f"def function_{number}(a):\n    return a\n\n\n" for number in range(40))
    job = FakeJob(" returns a. ", language="python")
    page = SummariseTask().run(place(text), job).text
    assert len(job.asked) == 20
    assert page.count("- `def ") == 40


def test_a_text_without_a_grammar_has_no_outline():
    assert not SummariseTask().applies(place("text", "plaintext", uri="file:///project/a.txt"))
    with pytest.raises(WithheldError):
        SummariseTask().run(place("text", "plaintext", uri="file:///project/a.txt"), FakeJob())


def test_a_function_that_is_still_being_written_has_no_docstring_and_no_fault():
    page = SummariseTask().run(place("def g():\n    return 1\n\n\ndef f():\n"), FakeJob("Nothing."))
    assert "`def f()`" in page.text
