"""What must never reach the editor: leaks, loops, repetitions, broken code, foreign line endings, hidden characters."""

from __future__ import annotations

import time

import pytest

from aigc_plugins.api import Budget, InlineTask, Judge, Prepared, SelectedText
from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask, Suggestion

from .helpers import play

BODY = "def f(x):\n    y = 1\n    ‸\n    return z\n"


@pytest.mark.parametrize(
    "token",
    [
        "<|endoftext|>",
        "<fim_middle>",
        "<|im_end|>",
        "<|fim_pad|>",
        "<｜fim▁hole｜>",
        "<|file_separator|>",
        "</s>",
        " <EOT>",
        "[SUFFIX]",
    ],
)
@pytest.mark.parametrize("piece", [1, 5, 100])
def test_special_tokens_end_the_answer(token: str, piece: int) -> None:
    played = play("python", BODY, f"z = y + 2{token}\n    more = 1\n", piece=piece)
    assert played.text == "z = y + 2"


def test_a_special_token_that_the_stream_broke_off_is_not_shown() -> None:
    assert play("python", BODY, "z = y + 2<|endof").text == "z = y + 2"


def test_comparison_with_a_pipe_is_no_special_token() -> None:
    assert play("python", BODY, "z = y <x|2\n").text == "z = y <x|2"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "empty answer"),
        ("   \n\n  \n", "empty answer"),
        ("<|endoftext|>", "empty answer"),
        ("#\n", "comment marker"),
        ("#\n#\n", "comment marker"),
        ("return z\n", "repeats the text below"),
        ("return y\n", "would never run"),
        ("z = = 2\n", "new syntax errors"),
        ("z = foo(a\n", "new syntax errors"),
        ("# ... existing code ...\n", "placeholder"),
        ("    ]]\n", "new syntax errors"),
    ],
)
def test_answer_is_withheld_with_its_reason(answer: str, reason: str) -> None:
    played = play("python", BODY, answer)
    assert played.text is None
    assert reason in (played.withheld or "")


def test_definition_that_would_take_the_rest_of_a_function_is_withheld() -> None:
    marked = "def f(x):\n    y = x\n‸\n    return y\n"
    assert play("python", marked, "def g(x):\n    return x\n").withheld == "a definition in the middle of another"


def test_markdown_fence_ends_the_answer() -> None:
    assert play("python", BODY, "z = y + 2\n```\n\nThis code is great.\n").text == "z = y + 2"
    assert play("python", "def f():\n    ‸", "```\n\nDone.\n").text is None


def test_header_without_a_body_is_withheld_unless_one_line_was_asked_for() -> None:
    assert play("python", BODY, "if y > 1:\n", truncated=True).withheld == "block without a body"
    assert play("python", BODY, "if y > 1:\n        z = 2\n", multiline="never").text == "if y > 1:"


def test_line_that_repeats_the_one_above_is_withheld() -> None:
    marked = "def f(x):\n    total = compute(x)\n    ‸\n"
    assert play("python", marked, "total = compute(x)\n").withheld == "repeats the text above"


def test_answer_stops_before_the_line_that_follows() -> None:
    marked = "def f(x):\n‸\n    return total\n"
    played = play("python", marked, "    total = x\n    total += 1\n    return total\n", multiline="always")
    assert played.text == "    total = x\n    total += 1"


def test_shorter_cut_is_taken_where_the_whole_does_not_parse() -> None:
    marked = "def f(x):\n    ‸\n"
    played = play("python", marked, "a = 1\n    b = 2\n    c = = 3\n    d = (\n")
    assert played.text == "a = 1\n    b = 2"


def test_last_line_of_a_truncated_block_is_dropped() -> None:
    played = play("python", "def f(x):\n    ‸\n", "alpha = 1\n    beta = comp", truncated=True)
    assert played.text == "alpha = 1"


def test_loop_of_lines_is_cut_to_its_first_round() -> None:
    answer = "first = load(x)\n" + "    second = load(x)\n    third = first + second\n" * 12
    played = play("python", "def f(x):\n    ‸\n", answer)
    assert played.text == "first = load(x)\n    second = load(x)\n    third = first + second"
    assert len(played.read) < len(answer) / 2


def test_loop_inside_a_line_ends_the_stream() -> None:
    played = play("python", "x = ‸\n", "[" + "'a', 'b', " * 200)
    assert len(played.read) < 200
    assert played.withheld == "repeats itself"


def test_short_list_of_equal_items_is_no_loop() -> None:
    assert play("python", "x = ‸\n", "[0, 0, 0, 0, 0, 0]\ny = 1\n", piece=1).text == "[0, 0, 0, 0, 0, 0]"


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_endings_are_the_document_s(newline: str) -> None:
    marked = "def f(x):\n    y = x\n‸\n    return y\n".replace("\n", newline)
    played = play("python", marked, "    if y:\n        y = 2\r\n    return y\n")
    assert played.text == f"    if y:{newline}        y = 2"
    assert "\r" not in played.request_prefix


def test_hidden_characters_are_stripped() -> None:
    played = play("python", BODY, "z\u200b = \u202e'a\u2066b\U000e0041'\ufeff\u0007 + 'क्\u200dष'\n")
    assert played.text == "z = 'ab' + 'क्\u200dष'"


def test_hidden_characters_of_the_file_stay_out_of_the_prompt() -> None:
    played = play("python", "# a\u202eb\nx = ‸\n", "1\n")
    assert played.request_prefix == "# ab\nx = "


def test_prompt_keeps_the_blanks_at_its_end() -> None:
    snapshot = Document("file:///a.py", "python", "def f():\n    \n").snapshot()
    prepared = InlineCompletionTask().prepare(snapshot, 13)
    assert prepared is not None
    assert prepared.request.prefix == "def f():\n    "
    assert prepared.request.suffix == "\n"


@pytest.mark.parametrize(
    ("marked", "answer", "expected"),
    [
        ("def f(x):\n    y = 1\n    ‸\n", " z = 2\n", "z = 2"),
        ("x = ‸\n", " 1\n", "1"),
        ("def f(x):\n    y = 1\n‸\n    return y\n", "   z = 2\n", "    z = 2"),
        ("if a:\n    ‸\n", "    b = 1\n", "b = 1"),
    ],
    ids=["stray blank", "stray blank after =", "three columns", "typed already"],
)
def test_indentation_is_put_right(marked: str, answer: str, expected: str) -> None:
    assert play("python", marked, answer).text == expected


def test_code_that_left_the_empty_block_is_withheld() -> None:
    assert play("python", "if a:\n‸\n", "b = 1\n").withheld == "nothing of it belongs here"


def test_indentation_is_put_right_in_a_brace_language() -> None:
    assert play("go", "package a\n\nfunc f() {\n\ta := 1\n‸\n}\n", "b := 2\n").text == "\tb := 2"


def test_selected_entry_is_extended_in_its_range() -> None:
    text = "import math\nx = math.s\n"
    snapshot = Document("file:///a.py", "python", text).snapshot()
    start, end = text.index("s\n"), text.index("s\n") + 1
    prepared = InlineCompletionTask().prepare(snapshot, end, selected=SelectedText(start, end, "sqrt"))
    assert prepared is not None
    assert prepared.request.prefix.endswith("x = math.sqrt")
    judge = prepared.judge()
    judge.feed("(2)\n")
    assert judge.finish() == Suggestion("sqrt(2)", start, end)


def test_selected_range_over_two_lines_is_refused() -> None:
    snapshot = Document("file:///a.py", "python", "a\nb\n").snapshot()
    with pytest.raises(ValueError, match="one line"):
        InlineCompletionTask().prepare(snapshot, 3, selected=SelectedText(0, 3, "x"))


@pytest.mark.parametrize("offset", [-1, 99])
def test_offset_outside_the_text_is_refused(offset: int) -> None:
    with pytest.raises(ValueError, match="offset"):
        InlineCompletionTask().prepare(Document("file:///a.py", "python", "a").snapshot(), offset)


def test_nothing_is_asked_in_the_middle_of_a_word_or_in_an_empty_file_unless_invoked() -> None:
    task = InlineCompletionTask()
    word, empty = (Document("file:///a.py", "python", text).snapshot() for text in ("value", " \n"))
    assert task.prepare(word, 2) is None
    assert task.prepare(empty, 1) is None
    assert task.prepare(word, 2, trigger="invoked") is not None
    assert task.prepare(empty, 1, trigger="invoked") is not None


def test_complete_line_is_left_alone_unless_more_was_asked_for() -> None:
    marked = "def f(x):\n    y = g(x)‸\n"
    assert play("python", marked, "\n    z = 2\n").withheld == "the line is complete"
    assert play("python", marked, "\n    z = 2\n", trigger="invoked").text == "\n    z = 2"


def test_brackets_on_the_right_are_replaced_where_the_answer_goes_past_them() -> None:
    played = play("python", "def f(‸)\n", "a, b) -> int:\n    return a\n")
    assert played.result.startswith("def f(a, b) -> int:\n")


class TestWindow:
    """The prefix starts at a definition and stays there while the user types."""

    text = "".join(f"def function_{i}(x):\n    value = {i}\n    return value\n\n\n" for i in range(400))
    budget = Budget(prefix_tokens=500, suffix_tokens=50, max_tokens=20, chars_per_token=3.0)

    def prefix(self, document: Document, at: int) -> str:
        prepared = InlineCompletionTask().prepare(document.snapshot(), at, budget=self.budget)
        assert prepared is not None
        return prepared.request.prefix

    def test_starts_at_a_definition_within_the_budget(self) -> None:
        prefix = self.prefix(Document("file:///a.py", "python", self.text), len(self.text))
        assert prefix.startswith("def function_")
        assert 500 * 3 * 0.6 <= len(prefix) <= 500 * 3

    def test_typing_extends_the_prefix_and_rarely_moves_its_start(self) -> None:
        document = Document("file:///a.py", "python", self.text)
        moves, last = 0, self.prefix(document, len(self.text))
        for char in "total = (1 + 2)\n" * 30:
            document.apply(len(document.text), len(document.text), char)
            prefix = self.prefix(document, len(document.text))
            moves += prefix != last + char
            last = prefix
        assert 0 < moves <= 3

    def test_small_file_is_taken_whole(self) -> None:
        assert self.prefix(Document("file:///a.py", "python", "x = 1\n"), 6) == "x = 1\n"

    def test_suffix_ends_with_a_whole_line(self) -> None:
        prepared = InlineCompletionTask().prepare(
            Document("file:///a.py", "python", self.text).snapshot(), 0, budget=self.budget
        )
        assert prepared is not None
        assert prepared.request.suffix.endswith("\n")
        assert len(prepared.request.suffix) <= 150


def test_judging_a_piece_is_cheap() -> None:
    text = "".join(f"def function_{i}(x):\n    value = {i}\n    return value\n\n\n" for i in range(500))
    at = text.index("    return value", len(text) // 2)
    prepared = InlineCompletionTask().prepare(Document("file:///a.py", "python", text).snapshot(), at)
    assert prepared is not None
    judge, times = prepared.judge(), []
    for piece in ["    result", " = compute", "(", "\n", "        value,", "\n", "        x,", "\n", "    )", "\n"]:
        begin = time.perf_counter()
        judge.feed(piece)
        times.append(time.perf_counter() - begin)
    assert sorted(times)[len(times) // 2] < 0.002
    found = judge.finish()
    assert found is not None
    assert found.text.rstrip() == "    result = compute(\n        value,\n        x,\n    )"


def test_task_keeps_the_protocols_that_hosts_rely_on() -> None:
    task = InlineCompletionTask()
    prepared = task.prepare(Document("file:///a.py", "python", "x = \n").snapshot(), 4)
    assert isinstance(task, InlineTask)
    assert isinstance(prepared, Prepared)
    assert isinstance(prepared.judge(), Judge)


def test_a_line_ending_that_the_grammar_does_not_know_is_no_way_around_the_check() -> None:
    assert play("typescript", "‸x\n", "xx\n").text == "xx\n"
    assert play("typescript", "‸x\r", "xx\n").withheld == "new syntax errors"
