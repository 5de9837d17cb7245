"""Refactorings of TypeScript, JavaScript, Go and Java by the tree: exact, or refused."""

from __future__ import annotations

import pytest

from aigc_models.types import AigcError
from aigc_plugins.api import WithheldError
from aigc_plugins.tasks.refactor.extract import ExtractFunctionTask, ExtractVariableTask
from aigc_plugins.tasks.refactor.inline_task import InlineTask
from aigc_plugins.tasks.refactor.rename_task import RenameTask
from task_helpers import FakeJob, applied, place

NAMES = {"typescript": "a.ts", "javascript": "a.js", "go": "a.go", "java": "A.java", "tsx": "a.tsx"}


def away(request):
    raise AigcError("no model")


def run(task, language, text, at, **arguments):
    there = place(text, language, at=at, uri=f"file:///project/{NAMES[language]}")
    assert task.applies(there)
    return applied(there, task.run(there, FakeJob(away, arguments=arguments, language=language)))


def in_ts(*lines):
    return "\n".join(["function f(items: number[], opts: {a: number}) {", *(f"  {one}" for one in lines), "}", ""])


def in_go(*lines):
    head = "package main\n\nfunc f(items []int, scale int) int {"
    return "\n".join([head, *(f"\t{one}" for one in lines), "}", ""])


def in_java(*lines):
    head = "class A {\n  int f(int[] items, int scale) {"
    return "\n".join([head, *(f"    {one}" for one in lines), "  }", "}", ""])


@pytest.mark.parametrize(
    ("language", "text", "at", "changed"),
    [
        ("typescript", in_ts("const total = 1;", "send({ total, a: total });"), "const |total",
         in_ts("const fresh = 1;", "send({ total: fresh, a: fresh });")),
        ("typescript", in_ts("const { a } = opts;", "return a + opts.a;"), "{ |a",
         in_ts("const { a: fresh } = opts;", "return fresh + opts.a;")),
        ("typescript", in_ts("const { a = 1 } = opts;", "return a;"), "{ |a",
         in_ts("const { a: fresh = 1 } = opts;", "return fresh;")),
        ("typescript", in_ts("for (const one of items) { log(one); }", "return items.map(x => x);"), "const |one",
         in_ts("for (const fresh of items) { log(fresh); }", "return items.map(x => x);")),
        ("tsx", "function F(p) {\n  const item = 1;\n  return <b title={item}>item</b>;\n}\n", "const |item",
         "function F(p) {\n  const fresh = 1;\n  return <b title={fresh}>item</b>;\n}\n"),
        ("go", in_go("total := scale", "return total + a.total"), "|total :=",
         in_go("fresh := scale", "return fresh + a.total")),
        ("go", in_go("for i, one := range items {", "\tg(i, one)", "}", "return 0"), ", |one",
         in_go("for i, fresh := range items {", "\tg(i, fresh)", "}", "return 0")),
        ("java", in_java("int total = scale;", "return total + this.total + total();"), "int |total",
         in_java("int fresh = scale;", "return fresh + this.total + total();")),
        ("java", in_java("for (int one : items) { g(x -> x + one); }", "return 0;"), "int |one",
         in_java("for (int fresh : items) { g(x -> x + fresh); }", "return 0;")),
    ],
)  # fmt: skip
def test_a_local_variable_is_renamed(language, text, at, changed):
    assert run(RenameTask(), language, text, at, name="fresh") == changed


@pytest.mark.parametrize(
    ("language", "text", "at"),
    [
        ("typescript", in_ts("const x = 1;", "{ const x = 2; log(x); }", "return x;"), "const |x = 1"),
        ("typescript", in_ts("const x = 1;", "eval('x');"), "const |x"),
        ("typescript", in_ts("{ const x = 1; }", "return x;"), "const |x"),
        ("typescript", in_ts("const x = fresh;", "return x;"), "const |x"),
        ("javascript", "function f(o) {\n  const x = 1;\n  with (o) { return x; }\n}\n", "const |x"),
        ("typescript", "class A {\n  constructor(private x: number) { log(x); }\n}\n", "private |x"),
        ("typescript", in_ts("return items;"), "|f("),
        ("typescript", in_ts("const x = 1;", "return <;"), "const |x"),
        ("go", in_go("x, err := g()", "y, err := g()", "return x + y + err"), "x, |err"),
        ("go", in_go("x := 1", "return T{x: x}.x"), "|x :="),
        ("go", in_go("g(x)", "x := 1", "return x"), "|x :="),
        ("go", in_go("x := x + 1", "return x"), "|x :="),
        ("java", in_java("int x = 1;", "switch (scale) { case x: return x; }", "return 0;"), "int |x"),
        ("java", in_java("int x = 1;", "g(new B() { int h() { return x; } });", "return x;"), "int |x"),
        ("java", in_java("x: for (int x : items) { break x; }", "return 0;"), "int |x"),
    ],
)
def test_a_name_that_might_be_another_one_is_not_renamed(language, text, at):
    there = place(text, language, at=at, uri=f"file:///project/{NAMES[language]}")
    with pytest.raises(WithheldError):
        RenameTask().run(there, FakeJob(away, arguments={"name": "fresh"}, language=language))


@pytest.mark.parametrize("name", ["class", "a b", "", "items", "1a"])
def test_a_new_name_has_to_be_a_free_one(name):
    there = place(in_ts("const x = 1;", "return x;"), "typescript", at="const |x", uri="file:///project/a.ts")
    with pytest.raises(WithheldError):
        RenameTask().run(there, FakeJob(away, arguments={"name": name}, language="typescript"))


@pytest.mark.parametrize(
    ("language", "text", "selected", "changed"),
    [
        ("typescript", in_ts("log(items.length * 2);"), "items.length * 2",
         in_ts("const product = items.length * 2;", "log(product);")),
        ("javascript", "function f(a) {\n  return a.b.size\n}\n", "a.b.size",
         "function f(a) {\n  const value = a.b.size\n  return value\n}\n"),
        ("go", in_go("return g(scale * 2)"), "scale * 2", in_go("product := scale * 2", "return g(product)")),
        ("java", in_java("return items[0] + scale;"), "items[0]",
         in_java("final var itemsItem = items[0];", "return itemsItem + scale;")),
    ],
)  # fmt: skip
def test_an_expression_gets_a_name(language, text, selected, changed):
    assert run(ExtractVariableTask(), language, text, selected) == changed


@pytest.mark.parametrize(
    ("language", "text", "selected"),
    [
        ("typescript", in_ts("return opts && opts.a * 2;"), "opts.a * 2"),
        ("typescript", in_ts("return items.map(x => x * 2);"), "x * 2"),
        ("typescript", in_ts("while (opts.a > 1) { g(); }"), "opts.a > 1"),
        ("typescript", in_ts("return g() + opts.a;"), "opts.a"),
        ("typescript", in_ts("opts.a = 1;"), "opts.a"),
        ("javascript", "function f(o) {\n  delete o.a;\n}\n", "o.a"),
        ("javascript", "function f(o) {\n  return o?.a.b;\n}\n", "o?.a"),
        ("javascript", "function f(o) {\n  return o.a(1);\n}\n", "o.a"),
        ("typescript", in_ts("if (opts.a > 1) { g(); }"), "opts.a > 1"),
        ("javascript", "const x = [1 + y];\n", "1 + y"),
        ("go", in_go("return g(1 + 2)"), "1 + 2"),
        ("go", in_go("return g(LIMIT + scale)"), "LIMIT + scale"),
        ("go", in_go("return g(&items[0])"), "items[0]"),
        ("go", in_go("box := g()", "box.mu.Lock()", "return 0"), "box.mu"),  # the copy would be locked
        ("go", in_go("box := g()", "(box.in).mu.Lock()", "return 0"), "box.in"),
        ("go", in_go("box := g()", "return h(box.array[1:])"), "box.array"),
        ("java", in_java("byte b = 1 + 2;", "return 0;"), "1 + 2"),
        ("java", in_java("g(x -> x + scale);", "return 0;"), "x + scale"),
    ],
)
def test_an_expression_that_is_computed_at_other_times_gets_no_name(language, text, selected):
    task, there = ExtractVariableTask(), place(text, language, at=selected, uri=f"file:///project/{NAMES[language]}")
    with pytest.raises(WithheldError):
        task.run(there, FakeJob(away, language=language))


@pytest.mark.parametrize(
    ("language", "text", "at", "changed"),
    [
        ("typescript", in_ts("const x = opts.a + 1;", "return x * 2;"), "const |x", in_ts("return (opts.a + 1) * 2;")),
        ("typescript", in_ts("const x = 1;", "g(x);", "return x.toFixed();"), "const |x",
         in_ts("g(1);", "return (1).toFixed();")),
        ("go", in_go('x := "a"', "g(x)", "return h(x)"), "|x :=", in_go('g("a")', 'return h("a")')),
        ("java", in_java("var x = scale + 1;", "return g(x);"), "var |x", in_java("return g(scale + 1);")),
    ],
)  # fmt: skip
def test_a_constant_gives_way_to_its_value(language, text, at, changed):
    assert run(InlineTask(), language, text, at) == changed


@pytest.mark.parametrize(
    ("language", "text", "at"),
    [
        ("typescript", in_ts("let x = opts.a;", "x += 1;", "return x;"), "let |x"),
        ("typescript", in_ts("const x = g();", "return x;"), "const |x"),
        ("typescript", in_ts("const x = opts.a;", "h();", "return x;"), "const |x"),
        ("typescript", in_ts("const x = opts.a;", "return { x };"), "const |x"),
        ("typescript", in_ts("const x = opts.a;", "return () => x;"), "const |x"),
        ("typescript", in_ts("let y = 1;", "const x = y;", "y = 2;", "return x;"), "const |x"),
        ("typescript", in_ts("const x: any = opts.a;", "return x;"), "const |x"),
        ("go", in_go("x := 1", "return x / 2"), "|x :="),
        ("go", in_go('x := "a"', "g(&x)", "return 0"), "|x :="),
        ("go", in_go("box := g()", "x := box.n", "return x.get()"), "|x :="),  # might change box.n
        ("go", in_go("x := scale", "x.inc()", "return 0"), "|x :="),
        ("javascript", "function f(a) {\n  const x = a.b;\n  return x();\n}\n", "const |x"),  # a would be `this`
        ("javascript", "function f(a) {\n  const x = a.b;\n  return (x)`q`;\n}\n", "const |x"),
        ("javascript", "function f(a) {\n  const x = 'use strict';\n  x;\n}\n", "const |x"),
        ("java", in_java("long x = scale;", "return g(x);"), "long |x"),
        ("java", in_java("final long x = 5;", "return g(x * scale);"), "long |x"),
    ],
)
def test_a_value_that_might_be_another_one_is_not_inlined(language, text, at):
    there = place(text, language, at=at, uri=f"file:///project/{NAMES[language]}")
    with pytest.raises(WithheldError):
        InlineTask().run(there, FakeJob(away, language=language))


def test_functions_are_extracted_in_python_alone():
    assert tuple(ExtractFunctionTask.languages) == ("python",)
