"""What is read off JavaScript and TypeScript without running it: exports, targets, ways, faults, values."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_plugins.action import WithheldError
from aigc_plugins.testgen.script.analysis import analyse, is_test
from aigc_plugins.testgen.script.faults import PROBE, Preparation
from aigc_plugins.testgen.script.module import Module
from aigc_plugins.testgen.script.values import Values


def module(text: str, name: str = "a.js") -> Module:
    return Module(Path("/project") / name, text)


def names(one: Module) -> list[str]:
    return [member.target.name for member in one.members]


@pytest.mark.parametrize(
    ("text", "exports"),
    [
        ("export function f() {}\nfunction g() {}\n", {"f": "f"}),
        ("export const f = () => 1;\n", {"f": "f"}),
        ("export default function f() {}\n", {"f": "default"}),
        ("const f = (a) => a;\nexport { f as g };\n", {"f": "g"}),
        ("export default (a) => a;\n", {"a": "default"}),
        ("function f() {}\nmodule.exports = f;\n", {"f": "*"}),
        ("function f() {}\nmodule.exports = { f, h: f };\n", {"f": "h"}),
        ("exports.f = function () {};\n", {"f": "f"}),
        ("module.exports = (a) => a;\n", {"a": "*"}),
    ],
)
def test_what_a_module_exports_is_what_tests_call(text, exports):
    one = module(text)
    assert one.exports == exports
    assert names(one) == list(exports)


CART = """
import { readFileSync } from "node:fs";
/** A cart.
 * @param {number} most */
export class Cart<T> {
  private items: T[] = [];
  total = 0;
  constructor(readonly most: number = 3) {}
  async add(item: T, count = 1, ...more: T[]): Promise<void> { this.items.push(item); }
  get size(): number { return this.items.length; }
  first(): T | undefined { return this.items[0]; }
  take() { return this.items.pop(); }
  static of<T>(...items: T[]): Cart<T> { return new Cart(); }
  private hidden() {}
  #secret() {}
  *all() { yield* this.items; }
}
export function load(path: string) { return readFileSync(path); }
"""


def test_public_members_are_targets_and_what_acts_on_the_outside_is_not_tested():
    one = module(CART, "cart.ts")
    targets = {member.target.name: member.target for member in one.members}
    assert list(targets) == [
        "Cart", "Cart.add", "Cart.size", "Cart.first", "Cart.take", "Cart.of", "Cart.all", "load"
    ]  # fmt: skip
    assert [targets[name].kind for name in ("Cart", "Cart.size", "Cart.of")] == [
        "constructor", "property", "staticmethod"
    ]  # fmt: skip
    add = targets["Cart.add"]
    assert add.asynchronous
    assert [(p.name, p.annotation, p.default, p.star) for p in add.parameters] == [
        ("item", "T", "", ""), ("count", "", "1", ""), ("more", "T[]", "", "*")
    ]  # fmt: skip
    assert targets["Cart.all"].generator
    assert "readFileSync" in targets["load"].untestable
    assert not add.untestable
    assert one.observers["Cart"] == (".size", ".first()", ".total")


NESTED = """export function f(a, b) {
  if (a) if (b) return 1; else return 2;
  if (a > b) return a && b ? [a] : () => b;
  for (const x of [a]) b += x;
  switch (a) { case 1: return 3; default: }
  try { b(); } catch { return -1 }
}
"""


def test_probes_keep_the_meaning_of_nested_statements():
    prepared = Preparation(module(NESTED)).prepared()
    again = module(prepared.text)
    assert not again.tree.errors()
    assert [one.way for one in prepared.branches if one.line == 2] == ["true", "true", "false", "false"]
    assert prepared.text.count(f"{PROBE}(") == len(prepared.branches)
    inner = prepared.text.split("\n")[1]
    assert inner.index("return 2") < inner.index("else {__aigc_probe", inner.index("return 2"))  # the outer one's


def test_each_fault_changes_the_text_and_still_parses():
    one = module(NESTED)
    prepared = Preparation(one).prepared()
    data = one.text.encode()
    assert len(prepared.faults) > 20
    for fault in prepared.faults:
        assert data[fault.start : fault.end].decode() == fault.mutant.before
        text = (data[: fault.start] + fault.mutant.after.encode() + data[fault.end :]).decode()
        assert text != one.text
        assert not module(text).tree.errors(), fault.mutant
    assert {fault.mutant.function for fault in prepared.faults} == {"f", "f.<locals>.anonymous"}


def test_types_and_imports_hold_no_faults():
    text = 'import { x } from "./x";\ntype A = "a" | "b";\nexport function f(a: A): "c" | 3 { return x(a); }\n'
    operators = [
        (one.mutant.operator, one.mutant.before) for one in Preparation(module(text, "a.ts")).prepared().faults
    ]
    assert operators == [("return", "return x(a);")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("boolean", ["true", "false"]),
        ('"a" | 3 | null', ['"a"', "3", "null"]),
        ("boolean[]", ["[]", "[false]", "[true, false]", "[false, true, true]"]),
        ("Map<string, boolean>", ["new Map()"]),
        ("Set<boolean>", ["new Set([])"]),
        ("(a: number) => boolean", ["() => true"]),
        ("Point", ["{ x: 1, tag: false }", "{ x: 0 }"]),
        ("Cart", ["new Cart(1)"]),
    ],
)
def test_types_say_what_to_try(written, expected):
    text = "interface Point { x: number; tag?: boolean }\nexport class Cart { constructor(a: number) {} }\n"
    one = module(text, "a.ts")
    found = Values(one).typed(written, one.members[0].target)
    assert found[: len(expected)] == expected


def test_use_says_what_to_try_where_there_are_no_types():
    one = module("export function f(items, text, n) { text.trim(); for (const a of items) n = n * a; }\n")
    target, body = one.members[0].target, one.text
    items, text, n = (Values(one).of(parameter, target, body) for parameter in target.parameters)
    assert items[0] == "[]"
    assert all(value.startswith('"') for value in text)
    assert "-1" in n


def analysed(tmp_path: Path, name: str, text: str = "export function f(a) { return a; }\n", **more):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return analyse(path, text, root=tmp_path, **more)


@pytest.fixture
def vitest(tmp_path: Path) -> Path:
    (tmp_path / "package.json").write_text("{}")
    runner = tmp_path / "node_modules" / "vitest"
    runner.mkdir(parents=True)
    (runner / "vitest.mjs").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((), "src/a.test.ts"),
        (("src/a.spec.ts",), "src/a.spec.ts"),
        (("tests/a.test.ts",), "tests/a.test.ts"),
        (("src/__tests__/b.test.ts",), "src/__tests__/a.test.ts"),
        (("test/b.spec.ts", "test/c.spec.ts", "src/d.test.ts"), "test/a.spec.ts"),
    ],
)
def test_tests_go_where_the_projects_other_tests_are(vitest, there, expected):
    for one in there:
        (vitest / one).parent.mkdir(parents=True, exist_ok=True)
        (vitest / one).write_text("")
    subject = analysed(vitest, "src/a.ts")
    assert subject.conventions.file == vitest / expected


def test_names_and_lines_choose(vitest):
    text = "export class A {\n  f() { return 1; }\n  g() { return 2; }\n}\nexport const h = () => 3;\n"
    assert [one.name for one in analysed(vitest, "a.ts", text, names=["A.f"]).targets] == ["A.f"]
    assert [one.name for one in analysed(vitest, "a.ts", text, names=["A"]).targets] == ["A", "A.f", "A.g"]
    assert [one.name for one in analysed(vitest, "a.ts", text, lines=[5]).targets] == ["h"]
    with pytest.raises(WithheldError, match="nothing that tests could call of B"):
        analysed(vitest, "a.ts", text, names=["B"])


@pytest.mark.parametrize(
    ("package", "name", "reason"),
    [
        ('{"devDependencies": {"jest": "1"}}', "a.js", "run under jest"),
        ('{"devDependencies": {"vitest": "1"}}', "a.js", "npm install"),
        ("{}", "a.js", "--save-dev vitest"),
        ("{}", "a.tsx", "--save-dev vitest"),
    ],
)
def test_without_a_runner_it_is_said_what_to_install(tmp_path, package, name, reason):
    (tmp_path / "package.json").write_text(package)
    with pytest.raises(WithheldError, match=reason):
        analysed(tmp_path, name)


def test_without_node_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("aigc_plugins.sandbox.places.found", lambda program: None)
    with pytest.raises(WithheldError, match=r"Node\.js"):
        analysed(tmp_path, "a.mjs")


@pytest.mark.parametrize(
    ("text", "reason"),
    [("const a = 1;\n", "exports no function"), ("export function (\n", "does not parse")],
)
def test_what_cannot_be_tested_is_said(vitest, text, reason):
    with pytest.raises(WithheldError, match=reason):
        analysed(vitest, "a.ts", text)


def test_tests_are_known_by_their_names():
    assert is_test(Path("a.test.ts"))
    assert is_test(Path("__tests__/a.js"))
    assert not is_test(Path("src/testing.ts"))


def test_types_in_jsdoc_count_where_the_code_has_none():
    text = """/**
 * @param {string} title
 * @param {{ mark?: string, limit: number }} [options]
 * @param {number[]} rest.inner
 */
export function f(title, { mark = "-", limit } = {}) { return title + mark + limit; }
"""
    target = module(text).members[0].target
    assert [one.annotation for one in target.parameters] == ["string", "{ mark?: string, limit: number }"]
