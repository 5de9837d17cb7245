"""Code for a comment or a signature: where it is offered, where it goes, and what is never offered."""

from __future__ import annotations

import pytest

from aigc_plugins.api import WithheldError
from aigc_plugins.tasks.instruct.generate import GenerateTask
from task_helpers import FakeJob, applied, place

EXTENSIONS = {"python": "py", "typescript": "ts", "javascript": "js", "go": "go", "java": "java", "rust": "rs"}


def here(text, language="python", *, at):
    return place(text, language, at=at, uri=f"file:///project/a.{EXTENSIONS[language]}")


def generate(text, answers, language="python", *, at):
    spot = here(text, language, at=at)
    job = FakeJob(answers, language=language)
    return applied(spot, GenerateTask().run(spot, job)), job


METHOD = "class A:\n    def half(self, x):\n        pass\n\n    def b(self):\n        return 1\n"
BODIES = [
    ("python", "def half(x):\n    pass\n\n\nprint(1)\n", "    return x / 2\n\n\ndef other():\n    return 1\n"),
    ("python", "def half(x): ...\n\n\nprint(1)\n", "    return x / 2\n"),
    ("python", 'def half(x):\n    """Half of x."""\n\n\nprint(1)\n', "    return x / 2\n"),
    ("python", "def half(x):\n    raise NotImplementedError\n\n\nprint(1)\n", "    return x / 2\n"),
    (
        "python",
        "class A:\n    def half(self, x):\n        pass\n\n    def b(self):\n        return 1\n",
        "return x / 2\n",
    ),
    ("python", "def half(x):\n", "    return x / 2\n"),
    ("typescript", "function half(x: number): number {\n}\n", "  return x / 2\n}\n"),
    ("javascript", 'function half(x) {\n  throw new Error("not implemented");\n}\n', "return x / 2\n}\n"),
    ("javascript", "const half = (x) => {};\n", "  return x / 2\n};\n"),
    ("go", 'package a\n\nfunc half(x int) int {\n\tpanic("not implemented")\n}\n', "return x / 2\n}\n"),
    ("go", "package a\n\nfunc half(x int) int {}\n", "\treturn x / 2\n}\n"),
    ("java", "class A {\n    int half(int x) {\n        // halve it\n    }\n}\n", "        return x / 2;\n    }\n"),
    ("rust", "fn half(x: u8) -> u8 {\n    todo!()\n}\n", "x / 2\n}\n"),
    ("javascript", "function half(x) {\n", "  return x / 2\n}\n"),
]


@pytest.mark.parametrize(("language", "text", "answer"), BODIES)
def test_a_body_is_written_in_the_place_of_what_stands_for_it(language, text, answer):
    spot = here(text, language, at="hal|f")
    assert GenerateTask().applies(spot) == "Write the body of `half`"
    new, _ = generate(text, answer, language, at="hal|f")
    assert new.count("x / 2") == 1
    assert not any(word in new for word in ("pass", "...", "NotImplemented", "not implemented", "todo", "other"))
    for line in ('"""Half of x."""', "// halve it", "print(1)", "def b(self):"):
        assert (line in new) == (line in text)


def test_what_is_written_stands_where_it_belongs():
    text = BODIES[4][1]
    assert generate(text, "return x / 2\n", at="hal|f")[0] == text.replace("pass", "return x / 2")
    text = "function half(x: number): number {\n}\n"
    expected = "function half(x: number): number {\n    return x / 2\n}\n"
    assert generate(text, "return x / 2\n}\n", "typescript", at="hal|f")[0] == expected


@pytest.mark.parametrize("cursor", ["# read", "keys"])
def test_code_for_a_comment_comes_below_it_and_ends_there(cursor):
    text = "import json\n\n# read a JSON file\n# and print its keys\n\n\nprint(2)\n"
    answer = "data = json.load(open('a'))\nprint(list(data))\n\n# write it\njson.dump(data, open('b', 'w'))\n"
    new, _ = generate(text, answer, at=f"{cursor}|")
    code = "data = json.load(open('a'))\nprint(list(data))\n"
    assert new == text.replace("its keys\n", f"its keys\n{code}")


@pytest.mark.parametrize(
    ("language", "text", "at"),
    [
        ("python", "def half(x):\n    return x / 2\n", "hal|f"),
        ("python", "# the half of a number\ndef half(x):\n    return x / 2\n", "the| half"),
        ("python", "# Copyright of some people, all rights\n\nx = 1\n", "Copy|right"),
        ("python", "x = 1\n\n\ny = 2\n", "x| ="),
        ("python", "from abc import abstractmethod\nclass A:\n    @abstractmethod\n    def f(self): ...\n", "f|(self"),
        ("typescript", "abstract class A {\n  abstract half(x: number): number;\n}\n", "hal|f"),
        ("java", "interface A {\n    int half(int x);\n}\n", "hal|f"),
        ("rust", "trait A {\n    fn half(x: u8) -> u8;\n}\n", "hal|f"),
        ("go", "package a\n\n// Half halves a number.\nfunc Half(x int) int {\n\treturn x / 2\n}\n", "halves| a"),
    ],
)
def test_where_nothing_is_missing_it_is_not_offered(language, text, at):
    spot = here(text, language, at=at)
    assert GenerateTask().applies(spot) is False
    with pytest.raises(WithheldError):
        GenerateTask().run(spot, FakeJob("return 1"))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "    \n\n",
        "pass\n",
        "...\n",
        "raise NotImplementedError\n",
        "# TODO\n",
        "# ... existing code ...\n",
        "return half(x)\n",
        "return (x\n",
        "<|im_end|>",
        "x = x / 2\n",
        "```python\nreturn x / 2\n```",
        "def other():\n    return 1\n",
    ],
)
def test_a_hostile_answer_is_never_offered(answer):
    with pytest.raises(WithheldError, match="No code is offered"):
        generate("def half(x: float) -> float:\n    pass\n\n\nprint(half(1))\n", answer, at="hal|f")


def test_the_first_answer_that_holds_is_offered():
    answers = ["return (x\n", "pass\n", "return x / 2\n"]
    new, job = generate("def half(x):\n    pass\n", answers, at="hal|f")
    assert new == "def half(x):\n    return x / 2\n"
    assert len(job.asked) == 3
    assert [request.temperature > 0 for request in job.asked] == [False, True, True]


def test_crlf_files_keep_their_line_endings():
    new, _ = generate("def half(x):\r\n    pass\r\n", "y = x\n    return y / 2\n", at="hal|f")
    assert new.replace("\r\n", "").count("\n") == 0
