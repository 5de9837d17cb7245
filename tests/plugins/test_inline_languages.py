"""Canned model answers in several languages: what of them reaches the editor."""

from __future__ import annotations

import pytest

from aigc_plugins.syntax import SyntaxTree, language_for

from .helpers import play

# name: (language, text with the cursor, what the model writes, the suggestion)
CASES: dict[str, tuple[str, str, str, str | None]] = {
    "py rest of the line": ("python", "def add(a, b):\n    return ‸\n", "a + b\n\n\ndef sub(a, b):\n", "a + b"),
    "py empty body": (
        "python",
        "def total(items):\n    ‸\n\n\nprint(total([1]))\n",
        "result = 0\n    for item in items:\n        result += item\n    return result\n\n\ndef other():\n",
        "result = 0\n    for item in items:\n        result += item\n    return result",
    ),
    "py body after the colon": (
        "python",
        "def total(items):‸\n",
        "\n    result = sum(items)\n    return result\n\nprint(1)\n",
        "\n    result = sum(items)\n    return result",
    ),
    "py body after a docstring": (
        "python",
        'def double(x):\n    """Double it."""\n‸',
        "    y = 2 * x\n    return y\n\n\ndef f():\n    pass\n",
        "    y = 2 * x\n    return y",
    ),
    "py one statement between statements": (
        "python",
        "def f(x):\n    y = x\n    ‸\n    return z\n",
        "z = y + 1\n    print(z)\n    return z\n",
        "z = y + 1",
    ),
    "py statement over several lines": (
        "python",
        "def f(x):\n    y = x\n    ‸\n    return z\n",
        "z = call(\n        y,\n        1,\n    )\n    return z\n",
        "z = call(\n        y,\n        1,\n    )",
    ),
    "py compound statement with its body": (
        "python",
        "def f(x):\n    y = x\n‸\n    return y\n",
        "    if y > 3:\n        y = 3\n    elif y < 0:\n        y = 0\n    return y\n",
        "    if y > 3:\n        y = 3\n    elif y < 0:\n        y = 0",
    ),
    "py header of a body that is there": (
        "python",
        "def f(xs):\n    n = 0\n‸\n        n += x\n    return n\n",
        "    for x in xs:\n        n += x\n    return n\n",
        "    for x in xs:",
    ),
    "py dedent that the text below does not allow": (
        "python",
        "def f(xs):\n    for x in xs:\n        a = x\n‸\n        b = a\n    return b\n",
        "    return a\n",
        None,
    ),
    "py inside a comment": (
        "python",
        "# Sort the ‸\nx = 1\n",
        "items by their size.\n# Then go\n",
        "items by their size.",
    ),
    "py inside a string": ("python", "print('hello ‸')\n", "world')\nprint('bye')\n", "world"),
    "py inside an f-string's code": ("python", "print(f'{na‸}')\n", "me}')\n", "me"),
    "py inside a docstring": (
        "python",
        'def f():\n    """Return the ‸\n    """\n',
        'sum.\n    """\n    return 1\n',
        "sum.",
    ),
    "py closing bracket on the right": ("python", "print(‸)\n", "'hello')\nprint(2)\n", "'hello'"),
    "py two brackets on the right": ("python", "print(len(‸))\n", "items))\n", "items"),
    "py text on the right": ("python", "x = ‸ + offset\n", "base + offset\ny = 1\n", "base"),
    "py too many brackets": ("python", "x = f(a‸)\n", ", b)) + 1\n", ", b"),
    "py decorated function": (
        "python",
        "import x\n\n‸\n",
        "@cache\ndef f():\n    return 1\n\n\ndef g():\n    pass\n",
        "@cache\ndef f():\n    return 1",
    ),
    "py else branch body": (
        "python",
        "if a:\n    b()\nelse:\n‸\n",
        "    c()\n\nd()\n",
        "    c()",
    ),
    "ts body of a function": (
        "typescript",
        "function add(a: number, b: number): number {\n  ‸\n}\n",
        "const sum = a + b;\n  return sum;\n}\n\nfunction sub() {\n",
        "const sum = a + b;\n  return sum;",
    ),
    "ts body that nobody closed yet": (
        "typescript",
        "function add(a: number, b: number): number {\n  ‸\n",
        "const sum = a + b;\n  return sum;\n}\n\nfunction sub() {\n",
        "const sum = a + b;\n  return sum;\n}",
    ),
    "ts brace closed on the same line": (
        "typescript",
        "function one(): number {‸}\n",
        "\n  return 1;\n}\n\nfoo();\n",
        "\n  return 1;\n",
    ),
    "ts one statement": (
        "typescript",
        "const a = 1;\n‸\nconst c = a + b;\n",
        "const b = 2;\nconst c = a + b;\n",
        "const b = 2;",
    ),
    "ts if with its block": (
        "typescript",
        "function f(a?: string) {\n  let n = 0;\n  ‸\n  return n;\n}\n",
        "if (a) {\n    n = a.length;\n  } else {\n    n = 1;\n  }\n  return n;\n}\n",
        "if (a) {\n    n = a.length;\n  } else {\n    n = 1;\n  }",
    ),
    "ts rest of a call": ("typescript", "console.log(‸);\n", "`${name} is here`);\n", "`${name} is here`"),
    "ts arrow function up to its end": (
        "typescript",
        "const names = users.map(‸\n",
        "(user) => {\n  return user.name;\n});\nconsole.log(names);\n",
        "(user) => {\n  return user.name;\n});",
    ),
    "ts interface member": (
        "typescript",
        "interface A {\n  id: number;\n  ‸\n}\n",
        "name: string;\n  age: number;\n}\n",
        "name: string;",
    ),
    "tsx attribute": ("tsx", "const a = <input type=‸ />;\n", '"text" />;\n', '"text"'),
    "go body": (
        "go",
        "package a\n\nfunc Add(a, b int) int {\n\t‸\n}\n",
        "return a + b\n}\n\nfunc Sub(a, b int) int {\n",
        "return a + b",
    ),
    "go error check": (
        "go",
        "package a\n\nfunc f() error {\n\tv, err := g()\n\t‸\n\tuse(v)\n\treturn nil\n}\n",
        "if err != nil {\n\t\treturn err\n\t}\n\tuse(v)\n",
        "if err != nil {\n\t\treturn err\n\t}",
    ),
    "go fresh line keeps its tab": (
        "go",
        "package a\n\nfunc f() int {\n\ta := 1\n‸\n\treturn a + b\n}\n",
        "\tb := 2\n\treturn a + b\n}\n",
        "\tb := 2",
    ),
    "go rest of the line": ("go", "package a\n\nvar x = strings.‸\n", "ToUpper(name)\nvar y\n", "ToUpper(name)"),
    "java method body": (
        "java",
        "class A {\n    int add(int a, int b) {\n        ‸\n    }\n}\n",
        "return a + b;\n    }\n\n    int sub(int a) {\n",
        "return a + b;",
    ),
    "java loop": (
        "java",
        "class A {\n    int f(int[] xs) {\n        int n = 0;\n        ‸\n        return n;\n    }\n}\n",
        "for (int x : xs) {\n            n += x;\n        }\n        return n;\n",
        "for (int x : xs) {\n            n += x;\n        }",
    ),
    "rust body": (
        "rust",
        "fn add(a: i32, b: i32) -> i32 {\n    ‸\n}\n",
        "a + b\n}\n\nfn main() {\n",
        "a + b",
    ),
    "rust match arm block": (
        "rust",
        "fn f(a: Option<i32>) -> i32 {\n    ‸\n}\n",
        "match a {\n        Some(x) => x,\n        None => 0,\n    }\n}\n\n#[test]\n",
        "match a {\n        Some(x) => x,\n        None => 0,\n    }",
    ),
    "rust lifetimes are no strings": (
        "rust",
        "use a;\n\n‸\n",
        "fn f<'a>(x: &'a str) -> &'a str {\n    x\n}\n\nfn g() {}\n",
        "fn f<'a>(x: &'a str) -> &'a str {\n    x\n}",
    ),
    "c body": ("c", "int add(int a, int b)\n{\n    ‸\n}\n", "return a + b;\n}\n\nint main\n", "return a + b;"),
    "cpp class member": (
        "cpp",
        "class A {\n public:\n  ‸\n};\n",
        "int size() const { return n_; }\n  int n_;\n};\n",
        "int size() const { return n_; }",
    ),
    "ruby method body": (
        "ruby",
        "def add(a, b)\n  ‸\nend\n",
        "a + b\nend\n\ndef sub\n",
        "a + b",
    ),
    "ruby each with its end": (
        "ruby",
        "def f(xs)\n  n = 0\n  ‸\n  n\nend\n",
        "xs.each do |x|\n    n += x\n  end\n  n\nend\n",
        "xs.each do |x|\n    n += x\n  end",
    ),
    "lua function with its end": (
        "lua",
        "local M = {}\n\n‸\nreturn M\n",
        "function M.add(a, b)\n  return a + b\nend\n\nfunction M.sub(a, b)\n",
        "function M.add(a, b)\n  return a + b\nend",
    ),
    "bash if with its fi": (
        "bash",
        "set -e\n‸\necho done\n",
        'if [ -z "$1" ]; then\n  exit 1\nfi\necho done\n',
        'if [ -z "$1" ]; then\n  exit 1\nfi',
    ),
    "json member": ("json", '{\n  "a": 1,\n  ‸\n}\n', '"b": 2\n}\n', '"b": 2'),
    "unknown language": ("klingon", "say ‸\n", "hello there\nand bye\n", "hello there"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_answer_becomes_the_unit_at_the_cursor(name: str, piece: int) -> None:
    language, marked, answer, expected = CASES[name]
    trigger = "invoked" if name == "py body after the colon" else "automatic"
    played = play(language, marked, answer, piece=piece, trigger=trigger)
    assert played.text == expected, played.withheld


@pytest.mark.parametrize("name", CASES)
def test_result_has_no_more_errors_than_before(name: str) -> None:
    language, marked, answer, expected = CASES[name]
    known = language_for(language)
    if known is None or expected is None:
        return
    before = SyntaxTree(known, marked.replace("‸", "")).errors()
    assert SyntaxTree(known, play(language, marked, answer).result).errors() <= before


@pytest.mark.parametrize("name", [n for n in CASES if n != "rust lifetimes are no strings"])
def test_stream_is_stopped_when_the_unit_is_complete(name: str) -> None:
    language, marked, answer, expected = CASES[name]
    if expected is None:
        return
    more = answer + "\n\n" + "".join(f"x{i}\n" for i in range(300))
    assert len(play(language, marked, more, piece=4).read) < len(answer) + 60
