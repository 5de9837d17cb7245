"""Chunks follow definitions and lose no line; symbols have their kind, container and signature in every language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_plugins.index import pieces
from aigc_plugins.index.cut import cut, normal
from aigc_plugins.syntax import bundled_languages, language_for

SYMBOLS = {
    "python": (
        "LIMIT = 3\n\n@cache\ndef top(a: int,\n        b) -> str:\n    def inner(): ...\n    return 1\n\n"
        "class Shape(Base):\n"
        "    side = 1\n    async def area(self) -> int:\n        return 2\n",
        [
            ("LIMIT", "variable", "", "LIMIT = 3"),
            ("top", "function", "", "def top(a: int,\n        b) -> str:"),
            ("inner", "function", "top", "def inner():"),
            ("Shape", "class", "", "class Shape(Base):"),
            ("area", "method", "Shape", "async def area(self) -> int:"),
        ],
    ),
    "javascript": (
        "export const add = (a, b) => {\n  return a;\n};\nclass A extends B {\n  run(x) { return x; }\n}\n"
        "function f(a) {}\nconst limit = 3;\n",
        [
            ("add", "function", "", "export const add = (a, b) =>"),
            ("A", "class", "", "class A extends B"),
            ("run", "method", "A", "run(x)"),
            ("f", "function", "", "function f(a)"),
            ("limit", "variable", "", "const limit = 3;"),
        ],
    ),
    "typescript": (
        "export interface Shape {\n  area(): number;\n}\nexport type Id = string;\nenum Color { Red }\n"
        "export abstract class Base<T> {\n  get(id: Id): T { return x; }\n}\n"
        "export function make(a: Id): Shape { return a; }\n",
        [
            ("Shape", "class", "", "export interface Shape"),
            ("area", "method", "Shape", "area(): number"),
            ("Id", "class", "", "export type Id = string;"),
            ("Color", "class", "", "enum Color"),
            ("Base", "class", "", "export abstract class Base<T>"),
            ("get", "method", "Base", "get(id: Id): T"),
            ("make", "function", "", "export function make(a: Id): Shape"),
        ],
    ),
    "go": (
        "package a\n\ntype Store struct {\n\tn int\n}\n\ntype Reader interface {\n\tRead(p []byte) int\n}\n\n"
        "const Max = 3\n\n"
        "func New(n int) *Store {\n\treturn nil\n}\n\n"
        "func (s *Store) Get(k string) (int, error) {\n\treturn 0, nil\n}\n",
        [
            ("Store", "class", "", "type Store struct {"),
            ("Reader", "class", "", "type Reader interface {"),
            ("Read", "method", "Reader", "Read(p []byte) int"),
            ("Max", "variable", "", "const Max = 3"),
            ("New", "function", "", "func New(n int) *Store"),
            ("Get", "method", "Store", "func (s *Store) Get(k string) (int, error)"),
        ],
    ),
    "java": (
        "public class Shop {\n  private final int size = 1;\n  public Shop(int n) { }\n"
        "  @Override\n  public String name(int a) { return x; }\n}\ninterface I { void go(); }\n",
        [
            ("Shop", "class", "", "public class Shop"),
            ("size", "variable", "Shop", "private final int size = 1;"),
            ("Shop", "method", "Shop", "public Shop(int n)"),
            ("name", "method", "Shop", "@Override\n  public String name(int a)"),
            ("I", "class", "", "interface I"),
            ("go", "method", "I", "void go();"),
        ],
    ),
    "rust": (
        "pub struct P {\n    x: i32,\n}\nimpl P {\n    pub fn get(&self) -> i32 {\n        1\n    }\n}\n"
        "fn f() {}\nconst N: i32 = 1;\n",
        [
            ("P", "class", "", "pub struct P"),
            ("get", "method", "P", "pub fn get(&self) -> i32"),
            ("f", "function", "", "fn f()"),
            ("N", "variable", "", "const N: i32 = 1;"),
        ],
    ),
    "c": (
        "#define MAX 3\nstruct point {\n  int x;\n};\nint *find(int a)\n{\n  return 0;\n}\nint decl(void);\n",
        [
            ("MAX", "variable", "", "#define MAX 3"),
            ("point", "class", "", "struct point"),
            ("find", "function", "", "int *find(int a)"),
            ("decl", "function", "", "int decl(void);"),
        ],
    ),
    "cpp": (
        "namespace n {\nclass A {\n public:\n  int get() { return 1; }\n};\nint A::put(int x) { return x; }\n}\n",
        [
            ("A", "class", "n", "class A"),
            ("get", "method", "n.A", "int get()"),
            ("put", "method", "n.A", "int A::put(int x)"),
        ],
    ),
    "ruby": (
        "module M\n  class A < B\n    def go(x)\n      x\n    end\n  end\nend\n",
        [("M", "class", "", "module M"), ("A", "class", "M", "class A < B"), ("go", "method", "M.A", "def go(x)")],
    ),
    "lua": (
        "local function f(a)\n  return a\nend\nfunction M.go(b)\n  return b\nend\n",
        [("f", "function", "", "local function f(a)"), ("go", "function", "M", "function M.go(b)")],
    ),
    "bash": ("f() {\n  echo hi\n}\n", [("f", "function", "", "f()")]),
}


@pytest.mark.parametrize("language", [one.name for one in bundled_languages()])
def test_queries_fit_their_grammars(language: str) -> None:
    assert language_for(language).definition_query is not None


@pytest.mark.parametrize("language", SYMBOLS)
def test_symbols(language: str) -> None:
    text, expected = SYMBOLS[language]
    found = cut(text, language_for(language)).symbols
    assert [(one.name, one.kind, one.container, one.signature) for one in found] == expected


def test_a_long_class_is_cut_into_its_methods_with_the_comments_above_them() -> None:
    methods = "".join(f"    # Says {n}.\n    def m{n}(self):\n" + "        work()\n" * 10 + "\n" for n in range(8))
    text = "import os\n\n\nclass Big:\n    x = 1\n\n" + methods
    chunks = cut(text, language_for("python")).chunks
    assert [chunk.splitlines()[0].strip() for _, _, chunk in chunks][-8:] == [f"# Says {n}." for n in range(8)]


def test_a_long_function_is_cut_at_blank_lines() -> None:
    text = "def f():\n" + ("    work()\n" * 20 + "\n") * 6
    chunks = cut(text, language_for("python")).chunks
    assert all(end - start <= pieces.LONGEST for start, end, _ in chunks)
    assert all(chunk.endswith("work()") for _, _, chunk in chunks)


@given(
    st.text(alphabet=" ab:(){}\"'\n#\\\t\u2028\x0cé", max_size=400), st.sampled_from(["python", "typescript", "json"])
)
@settings(max_examples=80, deadline=None)
def test_no_text_is_lost_or_doubled_whatever_it_is(text: str, language: str) -> None:
    text = text * 4
    found = cut(normal(text), language_for(language))
    lines = normal(text).split("\n")
    covered = [line for start, end, _ in found.chunks for line in range(start, end)]
    assert len(covered) == len(set(covered))
    assert {at for at, line in enumerate(lines) if line.strip()} <= set(covered)
    assert all(chunk == "\n".join(lines[start:end]) for start, end, chunk in found.chunks)


def test_lines_are_those_of_the_editor() -> None:
    found = cut(normal("a = 1\r\n\x0cb = 2\rc = 3 # \u2028\ndef f(): ...\n"), language_for("python"))
    assert [(one.name, one.start_line) for one in found.symbols] == [("a", 0), ("b", 1), ("c", 2), ("f", 3)]
