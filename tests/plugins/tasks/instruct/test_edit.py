"""Editing by an instruction: what of a model's answer becomes the edit, and what never does."""

from __future__ import annotations

import pytest

from aigc_models.types import ChatRequest, CompletionRequest, EngineRequestError
from aigc_plugins.api import WithheldError
from aigc_plugins.tasks.instruct.edit import EditTask
from task_helpers import FakeJob, applied, place, prompt_text

TOTAL = """import math


def total(prices):
    result = 0
    for price in prices:
        result += price
    return result


print(total([1, 2]))
"""
NEW = """def total(prices):
    return sum(prices)
"""


def edit(text, answers, instruction, *, at, language="python", uri="file:///project/a.py"):
    here = place(text, language, at=at, uri=uri)
    job = FakeJob(answers, arguments={"instruction": instruction}, language=language)
    return applied(here, EditTask().run(here, job)), job


@pytest.mark.parametrize(
    "answer",
    [
        NEW,
        f"```python\n{NEW}```",
        f"Sure! Here is the code:\n\n```python\n{NEW}```\n\nIt uses `sum`, which is shorter.",
        f"Here is the changed code:\n\n{NEW}\nThis is shorter than before.",
        f"```python\nimport math\n\n\n{NEW}\n\nprint(total([1, 2]))\n```",
        f"~~~\n{NEW}~~~",
        f"```python\n{NEW}",
        NEW.replace("    ", "  "),
        NEW.replace("\n", "\r\n"),
        f"```python\n{NEW}\n# Example\nprint(total([3]))\n```",
    ],
    ids=["bare", "fenced", "chat", "talk", "with the file around", "tildes", "open", "two blanks", "crlf", "example"],
)
def test_the_new_code_is_found_in_whatever_is_around_it(answer):
    new, _ = edit(TOTAL, answer, "use sum", at="tot|al(p")
    assert new.replace("\n  return", "\n    return") == TOTAL.replace(
        TOTAL[TOTAL.index("def total") : TOTAL.index("\n\n\nprint")], NEW.rstrip("\n")
    )


METHOD = """class Box:
    def load(self, path):
        file = open(path)
        text = file.read()
        file.close()
        return text

    def size(self):
        return 1
"""
WITH = """def load(self, path):
    with open(path) as file:
        return file.read()
"""


@pytest.mark.parametrize(
    "answer",
    [
        WITH,
        "    " + WITH.replace("\n    ", "\n        "),
        "class Box:\n    " + WITH.replace("\n    ", "\n        "),
        WITH.replace("    ", "\t"),
        WITH + "\n\nbox = Box()\nbox.load('a')\n",
    ],
    ids=["dedented", "as it stands", "in its class", "tabs", "with a call below"],
)
def test_a_method_comes_back_at_its_own_indentation(answer):
    new, _ = edit(METHOD, answer, "use a with statement", at="lo|ad")
    assert new == METHOD[: METHOD.index("        file")] + (
        "        with open(path) as file:\n            return file.read()\n\n    def size(self):\n        return 1\n"
    )


def test_a_file_in_tabs_gets_tabs():
    text = "package main\n\nfunc Max(a, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n\treturn b\n}\n"
    answer = "```go\nfunc Max(a, b int) int {\n    if a >= b {\n        return a\n    }\n    return b\n}\n```"
    new, _ = edit(text, answer, "use >= to compare", at="func M|ax", language="go", uri="file:///project/a.go")
    assert new == text.replace("a > b", "a >= b")


def test_only_the_selected_lines_change_and_the_line_ending_below_stays():
    new, _ = edit(TOTAL, "    result = 0.0", "use a float", at="result = 0")
    assert new == TOTAL.replace("result = 0\n", "result = 0.0\n")


def test_a_piece_of_a_line_is_replaced_alone():
    new, _ = edit(TOTAL, "```python\n[1, 2, 3]\n```", "add a third number", at="[1, 2]")
    assert new == TOTAL.replace("[1, 2]", "[1, 2, 3]")


def test_text_without_a_grammar_is_edited_too():
    text = "Dear all,\n\nwe meet on monday.\n"
    new, _ = edit(
        text,
        "we meet on Monday.",
        "capitals",
        at="we meet on monday.",
        language="plaintext",
        uri="file:///project/a.txt",
    )
    assert new == text.replace("monday", "Monday")


OTHER = "def mean(prices):\n    return sum(prices) / len(prices)\n"
HOSTILE = {
    "nothing": "",
    "blanks": "\n   \n",
    "unchanged": f"```python\n{TOTAL[TOTAL.index('def total') : TOTAL.index('print(')].rstrip()}\n```",
    "placeholder": "def total(prices):\n    # ... existing code ...\n    return sum(prices)\n",
    "rest of": "def total(prices):\n    result = 0\n    # ... rest of the function\n",
    "stub": "def total(prices):\n    pass\n",
    "todo": "def total(prices):\n    # TODO: sum\n    return None\n",
    "a different function": OTHER,
    "talk": "I am sorry, I cannot help with that.",
    "syntax error": "def total(prices:\n    return sum(prices\n",
    "markup": "<|im_start|>assistant\n<p>total</p>",
    "a diff": "--- a\n+++ b\n@@ -1 +1 @@\n-def total(prices):\n+def total(p):\n",
    "other parameters": "def total(prices, tax):\n    return sum(prices) * tax\n",
    "another order": "def total():\n    return sum([])\n",
    "a name that is nowhere": "def total(prices):\n    return add_all(prices)\n",
    "a variable that is gone": "def total(prices):\n    for _ in prices:\n        print(price)\n    return result_\n",
    "calls itself": "def total(prices):\n    return total(prices)\n",
    "10 MB": "def total(prices):\n" + "    prices = sum(prices)\n" * 400_000 + "    return prices\n",
    "three functions": f"{NEW}\n\n{OTHER}\n\ndef other(a):\n    return a\n".replace("def total", "def sub_total"),
    "path": "../../etc/passwd",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_answer_is_never_offered(answer):
    with pytest.raises(WithheldError, match="No edit is offered"):
        edit(TOTAL, answer, "use sum", at="tot|al(p")


def test_endless_output_is_ended():
    ends = []

    class Endless(FakeJob):
        def ask(self, request, *, until=None):
            answer = ""
            for count in range(100_000):
                answer += "        result += price\n"
                if until(answer):
                    ends.append(count)
                    return answer
            pytest.fail("the answer was never ended")

    here = place(TOTAL, at="tot|al(p")
    with pytest.raises(WithheldError):
        EditTask().run(here, Endless(arguments={"instruction": "use sum"}))
    assert ends
    assert max(ends) < 100


def test_what_the_instruction_brings_up_may_change():
    new, _ = edit(
        TOTAL,
        "def total(prices, tax):\n    return sum(prices) * tax\n",
        "multiply by tax, a new parameter",
        at="tot|al(p",
    )
    assert "def total(prices, tax):" in new
    new, _ = edit(TOTAL, NEW.replace("total", "add_up"), "rename the function to add_up and use sum", at="tot|al(p")
    assert "def add_up(prices):" in new


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [
        ("raise ValueError for negative prices", NEW),
        ("call math.fsum", NEW),
        ("add a docstring", TOTAL[TOTAL.index("def total") : TOTAL.index("\n\n\nprint")].replace("= 0", "= 0.0")),
        ("add a check for None", NEW),
    ],
)
def test_an_answer_without_what_was_asked_for_is_not_offered(instruction, answer):
    with pytest.raises(WithheldError):
        edit(TOTAL, answer, instruction, at="tot|al(p")


def test_decorators_and_modifiers_stay():
    text = "export async function load(path: string) {\n  return await read(path);\n}\n"
    at = {"at": "lo|ad", "language": "typescript", "uri": "file:///project/a.ts"}
    with pytest.raises(WithheldError, match="`export` of `load` would be gone"):
        edit(text, "async function load(path: string) {\n  return read(path);\n}\n", "drop await", **at)
    new, _ = edit(text, text.replace("await ", ""), "drop await", **at)
    assert new == text.replace("await ", "")


def test_the_first_attempt_is_a_chat_and_the_next_completes():
    answers = iter(["no code here at all, sorry", "    return sum(prices)\n\nprint(total([1]))\n"])
    new, job = edit(TOTAL, [lambda request: next(answers)] * 2, "use sum", at="tot|al(p")
    assert [type(request) for request in job.asked] == [ChatRequest, CompletionRequest]
    assert job.asked[1].prefix.endswith("# After: use sum\ndef total(prices):\n")
    assert "def total(prices):\n    return sum(prices)\n" in new
    assert "use sum" in prompt_text(job.asked[0])


def test_a_model_that_cannot_chat_completes():
    def answer(request):
        if isinstance(request, ChatRequest):
            raise EngineRequestError("This model has no chat template.")
        return "    return sum(prices)\n"

    new, _ = edit(TOTAL, answer, "use sum", at="tot|al(p")
    assert "return sum(prices)" in new


def test_a_check_of_arguments_is_put_at_the_start_and_the_rest_stays():
    answers = iter(["", "if prices is None:\n        raise ValueError('no prices')\n"])
    new, job = edit(TOTAL, [lambda request: next(answers)] * 2, "raise ValueError if prices is None", at="tot|al(p")
    assert new == TOTAL.replace(
        "    result = 0\n", "    if prices is None:\n        raise ValueError('no prices')\n    result = 0\n"
    )
    assert len(job.asked) == 2


def test_rename_is_done_without_a_model():
    new, job = edit(TOTAL, [], "rename result to amount", at="tot|al(p")
    assert new == TOTAL.replace("result", "amount")
    assert not job.asked


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [("rename total to add_up", "outside"), ("rename result to prices", "already"), ("rename result to def", "word")],
)
def test_rename_that_would_break_something_says_so(instruction, reason):
    with pytest.raises(WithheldError, match=reason):
        edit(TOTAL, [], instruction, at="tot|al(p")


DOCUMENTED = 'def half(x):\n    """Half of x."""\n    return x / 2  # half\n'


@pytest.mark.parametrize("instruction", ["use a shift", "make it faster"])
def test_other_words_alone_are_not_what_was_asked_for(instruction):
    answer = DOCUMENTED.replace("Half of x.", "Half of x, faster.").replace("# half", "# fast")
    with pytest.raises(WithheldError, match="nothing but comments"):
        edit(DOCUMENTED, answer, instruction, at="hal|f(x")
    assert edit(DOCUMENTED, answer, "mention the speed in the comments", at="hal|f(x")[0] == answer


def test_another_nesting_in_python_is_another_code():
    text = "def last(names):\n    for name in names:\n        name = name.strip()\n    print(name)\n"
    answer = text.replace("    print", "        print")
    assert edit(text, answer, "show every one", at="las|t")[0] == answer


def test_a_namesake_elsewhere_is_not_the_function_itself():
    text = "class A {\n    int max(int a, int b) {\n        return a > b ? a : b;\n    }\n}\n"
    where = {"at": "ma|x", "language": "java", "uri": "file:///project/A.java"}
    answer = "int max(int a, int b) {\n    return {}max(a, b);\n}\n"
    assert "return Math.max(a, b);" in edit(text, answer.replace("{}", "Math."), "use Math.max", **where)[0]
    with pytest.raises(WithheldError, match="call itself"):
        edit(text, answer.replace("{}", "this."), "make it shorter", **where)


def test_an_empty_instruction_and_an_empty_place_ask_nothing():
    with pytest.raises(WithheldError, match="empty"):
        edit(TOTAL, [], "  ", at="tot|al(p")
    with pytest.raises(WithheldError, match="no code"):
        edit("\n\n\n", [], "use sum", at="|")
    assert not EditTask().applies(place("a = 1\n\n", at="\n|\n"))
    assert EditTask().applies(place("a = 1\n\n", at="a|"))


def test_a_long_selection_is_refused_before_anything_is_asked():
    with pytest.raises(WithheldError, match="longer"):
        edit("x = 1\n" * 4000, [], "use 2", at="x = 1\n" * 4000)
