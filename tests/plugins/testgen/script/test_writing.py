"""Tests as text: for vitest and for node's runner, new files and existing ones. Nothing runs here."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_plugins.testgen.parts import Conventions, Subject
from aigc_plugins.testgen.scenario import Recorded, Scenario
from aigc_plugins.testgen.script.analysis import Setup
from aigc_plugins.testgen.script.module import Module
from aigc_plugins.testgen.script.running import _of_tap
from aigc_plugins.testgen.script.vary import Variation
from aigc_plugins.testgen.script.writing import Writer

CODE = """export default class Box { constructor(n = 0) { this.n = n; } put(n) { this.n = n; } }
export const half = (n) => n / 2;
export async function later(n) { return n; }
"""
RECORDED = [
    Recorded(Scenario("half", "half(3)"), ("result = 1.5",)),
    Recorded(Scenario("half", "half([])"), ("result = NaN",)),
    Recorded(Scenario("half", 'half("x")'), (), "RangeError", 'no "x"'),
    Recorded(Scenario("later", "await later([1])"), ("result = [1]",)),
    Recorded(Scenario("later", "await later(0)"), (), "Error", ""),
    Recorded(Scenario("Box.put", "box.put(2)", ("const box = new Box(1);",)), ("box.n = 2",)),
    Recorded(Scenario("Box", "new Box()"), ("result instanceof = Box", "{ ...result } = { n: 0 }")),
]


def writer(
    runner: str, *, name: str = "src/box.js", old: str | None = None, esm: bool = True, code: str = CODE
) -> Writer:
    root = Path("/project")
    path = root / name
    module = Module(path, code)
    targets = tuple(one.target for one in module.members)
    file = path.with_name(f"{path.stem}.test{path.suffix}")
    conventions = Conventions("pytest", file, old)
    subject = Subject(root, path, name, code, targets, targets, (), Path("node"), conventions)
    return Writer(subject, Setup(runner, Path("node"), root, (), True), module)  # type: ignore[arg-type]


def test_vitest() -> None:
    written = writer("vitest").written(RECORDED)
    text = written.text
    assert text.startswith(
        'import { describe, expect, it } from "vitest";\nimport Box, { half, later } from "./box.js";\n\n'
    )
    for line in (
        "expect(half(3)).toBe(1.5);",
        "expect(half([])).toBeNaN();",
        'expect(() => half("x")).toThrow("no \\"x\\"");',
        "expect(await later([1])).toEqual([1]);",
        "await expect(later(0)).rejects.toThrow();",
        "const box = new Box(1);\n    box.put(2);\n    expect(box.n).toBe(2);",
        "const result = new Box();\n    expect(result).toBeInstanceOf(Box);",
        "expect({ ...result }).toEqual({ n: 0 });",
    ):
        assert f"    {line}\n" in text
    assert [one.name for one in written.tests] == [
        "Box > makes one",
        "Box.put > makes n 2 for 2",
        "half > returns 1.5 for 3",
        "half > returns NaN for []",
        'half > throws RangeError for "x"',
        "later > returns [1] for [1]",
        "later > throws Error for 0",
    ]


def test_nodes_runner() -> None:
    text = writer("node").written(RECORDED).text
    assert text.startswith('import assert from "node:assert/strict";\nimport { describe, it } from "node:test";\n')
    for line in (
        "assert.strictEqual(half(3), 1.5);",
        'assert.throws(() => half("x"), { message: "no \\"x\\"" });',
        "assert.deepStrictEqual(await later([1]), [1]);",
        "await assert.rejects(() => later(0));",
        "assert.ok(result instanceof Box);",
    ):
        assert f"    {line}\n" in text


@pytest.mark.parametrize(
    ("old", "present", "absent"),
    [
        (
            'import { it, expect } from "vitest";\n\nit("is", () => {});\n',
            ["import { describe } from"],
            ["import { it }, "],
        ),
        (
            'import { it, expect } from "vitest";\nimport Box from "./box.js";\n\nit("is", () => {});\n',
            ['import { half } from "./box.js";'],
            ["import Box, "],
        ),
    ],
)
def test_an_existing_file_gets_what_it_lacks(old, present, absent):
    text = writer("vitest", old=old).written(RECORDED[:1]).text
    assert text.startswith(old.split("\n\n")[0])
    assert 'it("is", () => {});' in text
    for one in present:
        assert one in text
    for one in absent:
        assert one not in text


def test_names_of_the_runner_that_the_module_exports_are_left_to_it():
    code = "export const describe = (a) => a;\nexport const it = (a) => a;\n"
    text = writer("vitest", code=code).written([Recorded(Scenario("it", "it(1)"), ("result = 1",))]).text
    assert text.startswith('import { expect, suite, test } from "vitest";\nimport { it } from "./box.js";\n')
    assert 'test("returns 1 for 1", () => {\n    expect(it(1)).toBe(1);' in text


def test_equal_titles_are_told_apart():
    rows = [Recorded(Scenario("half", f"half({n}, {'1' * 80})"), ("result = 1",)) for n in (11, 12)]
    rows = [rows[0], rows[0]]
    names = [one.name for one in writer("node").written(rows).tests]
    assert len(set(names)) == 2


def test_tap_is_read_with_its_groups():
    text = """TAP version 13
# Subtest: half
    # Subtest: returns 1 for \\#2
    ok 1 - returns 1 for \\#2
      ---
      duration_ms: 0.5
      ...
    # Subtest: returns 2
    not ok 2 - returns 2
    1..2
not ok 1 - half
"""
    assert _of_tap(text) == {"half > returns 1 for #2": "", "half > returns 2": "it fails"}


def test_variations_parse_and_come_of_the_same_chance():
    import random

    from aigc_plugins.testgen.script.acts import valid

    module = Module(Path("/project/a.js"), CODE)
    parents = [*RECORDED[:4], RECORDED[5]]
    parents.append(Recorded(Scenario("half", 'half("a", { b: [1, -2.5], c: "d" }, [true])'), ("result = 1",)))
    one, other = (list(Variation(module, random.Random(3)).of(parents, 300)) for _ in range(2))
    assert one == other
    assert len({scenario.act for scenario in one}) > 80
    for scenario in one:
        assert valid("\n".join([*scenario.arrange, f"async () => {scenario.act};"])), scenario


def test_types_are_followed_into_the_files_that_are_imported(tmp_path):
    from aigc_plugins.testgen.script.values import Values

    (tmp_path / "types.ts").write_text("export interface Item { name: string; price: number }\n")
    code = 'import type { Item } from "./types.js";\nexport const f = (item: Item) => item.price;\n'
    module = Module(tmp_path / "a.ts", code)
    target = module.members[0].target
    assert "./types.js" not in module.literals
    assert "price: 1" in Values(module).of(target.parameters[0], target, "")[0]
