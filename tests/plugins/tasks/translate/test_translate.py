"""Translations: the header that the program writes, what is cut off, and what is never shown."""

from __future__ import annotations

import pytest

from aigc_plugins.api import WithheldError
from aigc_plugins.syntax import language_for
from aigc_plugins.tasks.functions import definitions
from aigc_plugins.tasks.translate.signature import header, renamed
from aigc_plugins.tasks.translate.task import TranslateTask
from aigc_plugins.tasks.translate.types import translated
from task_helpers import FakeJob, place

EXTENSIONS = {"python": "py", "typescript": "ts", "javascript": "js", "go": "go", "java": "java", "rust": "rs"}
CLAMP = """def clamp_all(values: list[float], low: float, high: float = 10.5) -> list[float]:
    return [min(max(value, low), high) for value in values]
"""


def here(text, language="python", *, at=None):
    return place(text, language, at=at, uri=f"file:///project/a.{EXTENSIONS[language]}")


def translate(text, answers, target="automatic", language="python", *, at=None):
    job = FakeJob(answers, arguments={"language": target}, language=language)
    return TranslateTask().run(here(text, language, at=at), job), job


ANSWERS = {
    "typescript": "  return values.map(value => Math.min(Math.max(value, low), high));\n}\n",
    "go": "\tout := []float64{}\n\tfor _, v := range values {\n\t\tout = append(out, min(max(v, low), high))\n\t}\n"
    "\treturn out\n}\n",
    "java": "    List<Double> out = new ArrayList<>();\n    for (double v : values) {\n"
    "        out.add(Math.min(Math.max(v, low), high));\n    }\n    return out;\n}\n",
    "rust": "    values.iter().map(|v| v.max(low).min(high)).collect()\n}\n",
}
HEADS = {
    "typescript": "function clampAll(values: number[], low: number, high: number = 10.5): number[] {",
    "go": "func clampAll(values []float64, low float64, high float64) []float64 {",
    "java": "static List<Double> clampAll(List<Double> values, double low, double high) {",
    "rust": "fn clamp_all(values: &[f64], low: f64, high: f64) -> Vec<f64> {",
}


@pytest.mark.parametrize("target", ANSWERS)
@pytest.mark.parametrize("rest", ["", "```\n\nThis is shorter.", "\n// Example\nconsole.log(clampAll([1], 0, 2));\n"])
def test_a_function_comes_back_under_its_translated_header(target, rest):
    page, job = translate(CLAMP, ANSWERS[target] + rest, target, at="clamp|_all")
    assert page.language_id == target
    comment, code = page.text.split("\n", 1)
    assert comment.startswith("// Translated from Python by a model.")
    assert code.removeprefix("// Defaults that are not written here: high = 10.5.\n") == (
        f"{HEADS[target]}\n{ANSWERS[target]}"
    )
    assert ("Defaults" in code) == (target != "typescript")
    assert job.asked[0].prefix.endswith(f"```{target}\n{HEADS[target]}\n")


@pytest.mark.parametrize(
    ("language", "text", "head"),
    [
        (
            "typescript",
            "export function isEven(n: number): boolean {\n  return n % 2 === 0;\n}\n",
            "def is_even(n: float) -> bool:",
        ),
        ("go", "func Max(values []int) int {\n\treturn slices.Max(values)\n}\n", "def max(values: list[int]) -> int:"),
        (
            "java",
            "class A {\n  String joinAll(List<String> a) {\n    return a.get(0);\n  }\n}\n",
            "def join_all(a: list[str]) -> str:",
        ),
        ("rust", "fn last(a: &[u8]) -> Option<u8> {\n    a.last().copied()\n}\n", "def last(a: bytes) -> int | None:"),
        ("javascript", "const half = (x) => {\n  return x / 2;\n};\n", "def half(x):"),
    ],
)
def test_headers_in_python(language, text, head):
    (function,) = definitions(here(text, language).snapshot, ("function",))
    assert header(function, language_for("python")).text == head + "\n"


def test_where_a_type_is_not_known_the_model_goes_on_with_the_header():
    (function,) = definitions(here("def half(x):\n    return x / 2\n").snapshot, ("function",))
    assert header(function, language_for("go")).text == "func half("
    assert header(function, language_for("rust")).text == "fn half("
    page, _ = translate(
        "def half(x):\n    return x / 2\n", "x float64) float64 {\n\treturn x / 2\n}\n", "go", at="hal|f"
    )
    assert page.text.endswith("func half(x float64) float64 {\n\treturn x / 2\n}\n")


@pytest.mark.parametrize(
    ("text", "source", "target", "expected"),
    [
        ("dict[str, list[int]]", "python", "go", "map[string][]int"),
        ("Optional[str]", "python", "rust", "Option<String>"),
        ("str | None", "python", "typescript", "string | null"),
        ("Map<String, Integer>", "java", "python", "dict[str, int]"),
        ("Record<string, number[]>", "typescript", "java", "Map<String, List<Double>>"),
        ("Vec<HashMap<String, f64>>", "rust", "go", "[]map[string]float64"),
        ("Callable[[int], str]", "python", "go", None),
        ("Basket", "python", "go", None),
        ("int | str", "python", "rust", None),
    ],
)
def test_types_by_the_table(text, source, target, expected):
    assert translated(text, source, target) == expected


def test_names_take_the_style_of_the_language():
    assert renamed("parse_http_row", language_for("go")) == "parseHttpRow"
    assert renamed("parseHTTPRow", language_for("python")) == "parse_http_row"
    assert renamed("_private_one", language_for("rust")) == "_private_one"
    assert renamed("import", language_for("python")) == "import_"


BROKEN = {
    "nothing": "",
    "a copy": CLAMP,
    "syntax error": "  return values.map((value => {\n}\n",
    "another function": "}\nfunction other(a: number): number {\n  return a;\n}\n",
    "a parameter unused": "  return values.map(value => Math.max(value, low));\n}\n",
    "nothing returned": "  values.map(value => Math.min(Math.max(value, low), high));\n}\n",
    "placeholder": "  // ... existing code ...\n  return values.map(value => low + high);\n}\n",
    "stub": '  throw new Error("not implemented");\n}\n',
    "calls itself": "  return clampAll(values, low, high);\n}\n",
    "a name that is nowhere": "  return values.map(value => (low + high) * factor);\n}\n",
    "loop": "  values = values.map(value => low + high);\n" * 100,
    "marks": "<|im_end|>",
    "talk": "I am sorry, I cannot do that.",
    "path": "../../etc/passwd",
    "html": "<script>alert(1)</script>",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_a_broken_translation_is_never_shown(answer):
    with pytest.raises(WithheldError, match="No translation is shown"):
        translate(CLAMP, answer, "typescript", at="clamp|_all")


def test_texts_and_recursion_have_to_come_along():
    greet = 'def greet(name: str) -> str:\n    return "Good morning " + name\n'
    with pytest.raises(WithheldError, match="Good morning"):
        translate(greet, '  return "Hi " + name;\n}\n', "typescript", at="gre|et")
    gcd = "def gcd(a: int, b: int) -> int:\n    return gcd(b, a % b) if b else a\n"
    with pytest.raises(WithheldError, match="call itself"):
        translate(gcd, "  return a % b;\n}\n", "typescript", at="gc|d(a: int")


def test_a_class_keeps_its_methods():
    text = "class Box:\n    def put_in(self, a):\n        self.a = a\n\n    def take(self):\n        return self.a\n"
    answer = "  a: any;\n  putIn(a: any) {\n    this.a = a;\n  }\n  take() {\n    return this.a;\n  }\n}\n"
    page, _ = translate(text, answer, at="class| Box")
    assert page.text.endswith(f"class Box {{\n{answer}")
    with pytest.raises(WithheldError, match="there is no `take`"):
        translate(text, answer.replace("take", "give"), at="class| Box")


def test_selected_lines_are_translated_as_lines():
    page, _ = translate("x = 1\nprint(x + 20)\n", "const x = 1;\nconsole.log(x + 20);\n", at="x = 1\nprint(x + 20)\n")
    assert page.text.endswith("\nconst x = 1;\nconsole.log(x + 20);\n")


def test_what_has_no_counterpart_and_the_same_language_are_refused_without_a_question():
    with pytest.raises(WithheldError, match="no counterpart"):
        translate("def f(**options):\n    return options\n", [], at="f|(")
    with pytest.raises(WithheldError, match="already"):
        translate(CLAMP, [], "python", at="clamp|_all")
    with pytest.raises(WithheldError):
        translate("\n\n", [], at="\n|\n")


def test_it_is_offered_in_functions_and_on_selections():
    assert TranslateTask().applies(here(CLAMP, at="clamp|_all")) == "Translate `clamp_all` to another language …"
    assert TranslateTask().applies(here("x = 1\n", at="x = 1")) is True
    assert TranslateTask().applies(here("x = 1\n", at="x| =")) is False
