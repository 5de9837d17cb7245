"""Tests of JavaScript that ran: what they say, what they catch, and what is left out. All of it runs in the sandbox."""

from __future__ import annotations

import subprocess

import pytest

from aigc_plugins.action import WithheldError
from aigc_plugins.api import FileEdit, NewFile
from aigc_plugins.testgen.script.analysis import setup_of
from aigc_plugins.testgen.script.module import Module
from aigc_plugins.testgen.script.running import version
from task_helpers import prompt_text

SUM = """/**
 * @example
 * sum([1, 2]) // => 3
 * sum([2, 2]) // => 5
 */
function sum(items) {
  let all = 0;
  for (const one of items) all += one;
  return all;
}
function sorted(items) {
  items.sort((a, b) => a - b);
}
async function half(n) {
  if (n < 0) throw new RangeError("negative");
  return n / 2;
}
function* up(n) {
  for (let i = 0; i < n; i++) yield i;
}
module.exports = { sum, sorted, half, up };
"""


def killed(generated) -> float:
    part, whole = generated.after.mutants
    return part / whole


def test_a_commonjs_module_gets_tests_for_nodes_runner(written, tmp_path):
    generated = written("sum.js", SUM)
    assert isinstance(generated.change, NewFile)
    assert generated.change.path == tmp_path / "sum.test.js"
    text = generated.text
    assert 'require("node:test")' in text
    assert 'const { half, sorted, sum, up } = require("./sum");' in text
    assert killed(generated) > 0.85
    assert generated.after.arcs[0] == generated.after.arcs[1]
    assert "const items = [" in text  # an argument that is changed stands on its own, and is looked at afterwards
    assert "sorted(items);\n    assert.deepStrictEqual(items, [" in text
    assert "[...up(" in text
    assert "await half(" in text
    assert "await assert.rejects(() => half(" in text
    assert '{ message: "negative" }' in text
    for test in generated.tests:
        assert test.rows[0].kills
    (tmp_path / "sum.test.js").write_text(text)
    done = subprocess.run(["node", "sum.test.js"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    (tmp_path / "sum.js").write_text(SUM.replace("all += one", "all -= one"))
    broken = subprocess.run(["node", "sum.test.js"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert broken.returncode != 0


def test_an_example_that_says_something_else_is_a_suspicion_and_no_test(written):
    generated = written("sum.js", SUM, names=["sum"])
    assert [(one.call, one.promised, one.observed) for one in generated.suspicions] == [("sum([2, 2])", "5", "4")]
    assert "5)" not in generated.text.replace("-5)", "")


COUNTER = """export default class Counter {
  #n = 0;
  add(by = 1) { this.#n += by; return this; }
  reset() { this.#n = 0; }
  get value() { return this.#n; }
}
"""


def test_a_class_of_a_module_is_looked_at_through_its_getters(written):
    generated = written("counter.mjs", COUNTER)
    assert 'import Counter from "./counter.mjs";' in generated.text
    assert "new Counter()" in generated.text
    assert "assert.strictEqual(counter.value, 0);" in generated.text
    assert killed(generated) == 1


UNSTEADY = """export const now = () => Date.now();
export const chance = () => Math.floor(Math.random() * 1e6);
let calls = 0;
export const count = () => ++calls;
export const year = () => new Date().getFullYear();
export const loop = (n) => { while (n > 1) { n = n + 0; } return n; };
"""


def test_what_gives_something_else_each_time_is_no_test(written):
    generated = written("unsteady.mjs", UNSTEADY)
    for name in ("now", "chance", "count", "year"):
        assert f"{name}(" not in generated.text
    assert "loop(1)" in generated.text or "loop(0)" in generated.text or "loop(-1)" in generated.text
    assert "loop(2)" not in generated.text


def test_an_existing_file_keeps_what_it_has(written):
    old = """import { test } from "node:test";
import assert from "node:assert";
import { twice } from "./twice.js";

test("twice of one", () => {
  assert.strictEqual(twice(1), 2);
});
"""
    code = 'export const twice = (n) => n * 2;\nexport const name = (a) => (a ? `Mr ${a}` : "nobody");\n'
    files = {"package.json": '{"type": "module"}', "twice.test.js": old}
    generated = written("twice.js", code, files=files)
    assert isinstance(generated.change, FileEdit)
    assert generated.change.before == old
    text = generated.text
    assert text.startswith('import { test } from "node:test";\nimport assert from "node:assert";\n')
    assert old[old.index('test("twice') :].rstrip() in text
    assert 'import { describe, it } from "node:test";' in text
    assert 'import { name } from "./twice.js";' in text
    assert text.count("assert from") == 1
    assert text.count("twice(1)") == 1


def test_what_the_model_writes_is_tried_and_its_assertions_are_not_believed(written):
    code = 'export function secret(word) { return word === "xyzzy-plugh" + 7 ? "open" : "shut"; }\n'

    def answer(request) -> str:
        text = prompt_text(request)
        if text.endswith('it("'):
            return 'opens", () => {\n  const word = "xyzzy-plugh7";\n  expect(secret(word)).toBe("nonsense");\n});\n'
        return '"other");\n'

    generated = written("secret.mjs", code, answers=answer)
    assert '"xyzzy-plugh7"' in generated.text
    assert "nonsense" not in generated.text
    assert generated.after.arcs == (3, 3)
    assert any(one.name == "model: tests" and one.kept for one in generated.origins)


def test_a_module_that_cannot_be_loaded_is_said_so(written):
    with pytest.raises(WithheldError, match=r"broken\.mjs cannot be loaded: Error: no luck"):
        written("broken.mjs", 'export const f = (a) => a;\nthrow new Error("no luck");\n')


def test_typescript_needs_vitest_or_a_node_that_strips_types(written, tmp_path):
    code = "export const twice = (n: number): number => n * 2;\n"
    module = Module(tmp_path / "twice.ts", code)
    if version(setup_of(module.path, tmp_path, module), tmp_path)[:2] >= (22, 18):
        assert 'from "./twice.ts"' in written("twice.ts", code).text
    else:
        with pytest.raises(WithheldError, match="TypeScript needs vitest"):
            written("twice.ts", code)


def test_two_runs_give_the_same(written):
    assert written("sum.js", SUM, names=["half"]).text == written("sum.js", SUM, names=["half"]).text
