"""Writes recorded scenarios as tests for vitest or for node's own runner, merged into the file that there is."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.testgen.parts import Written, WrittenTest
from aigc_plugins.testgen.script.acts import mentions
from aigc_plugins.testgen.script.titles import pair, quoted, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Recorded
    from aigc_plugins.testgen.script.analysis import Setup
    from aigc_plugins.testgen.script.module import Module

SEPARATOR = " > "
_PRIMITIVE = re.compile(r'^(?:-?\d[\d.e+-]*n?|-?Infinity|NaN|true|false|null|undefined|"(?:[^"\\]|\\.)*")$')
_IMPORT = re.compile(
    r"^(?:import\b[^;]*?from\s*[\"'][^\"']+[\"'];?|import\s*[\"'][^\"']+[\"'];?"
    r"|(?:const|let|var)\s[^=;]*=\s*require\([^)]*\)[^\n]*)[ \t]*$",
    re.MULTILINE,
)
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class _Test:
    group: str
    title: str
    lines: tuple[str, ...]
    waits: bool
    recorded: Recorded

    @property
    def name(self) -> str:
        return f"{self.group}{SEPARATOR}{self.title}"


class Writer:
    """Writes the tests of one module; `style` is the runner."""

    def __init__(self, subject: Subject, setup: Setup, module: Module) -> None:
        self._subject, self._setup, self._module = subject, setup, module
        self._old = subject.conventions.text or ""
        # The runners' functions have second names, for modules that export their first ones.
        self._suite = "suite" if "describe" in module.exports else "describe"
        self._it = "test" if "it" in module.exports else "it"

    def written(self, recorded: Sequence[Recorded]) -> Written:
        """Return the whole file with tests of `recorded`; what it held is unchanged."""
        order = {one.name: place for place, one in enumerate(self._subject.all_targets)}
        by_target = sorted(recorded, key=lambda one: order.get(one.scenario.target, 0))
        tests: list[_Test] = []
        titles: Counter[str] = Counter(re.findall(r"(?:it|test)\(\s*[\"'`](.*?)[\"'`],", self._old))
        for one in by_target:
            title = title_of(one)
            titles[f"{one.scenario.target} {title}"] += 1
            number = titles[f"{one.scenario.target} {title}"]
            lines, waits = self._lines(one)
            tests.append(_Test(one.scenario.target, title if number == 1 else f"{title} ({number})", lines, waits, one))
        if not tests:
            return Written(self._old, ())
        return Written(self._merged(tests), tuple(WrittenTest(one.name, (one.recorded,)) for one in tests))

    def _merged(self, tests: Sequence[_Test]) -> str:
        blocks = "\n\n".join(self._group(group, tests) for group in dict.fromkeys(one.group for one in tests))
        imports = list(self._imports(tests))
        if not self._old.strip():
            return "\n".join(imports) + f"\n\n{blocks}\n"
        found = list(_IMPORT.finditer(self._old))
        place = found[-1].end() if found else 0
        added = "".join(f"\n{one}" for one in imports) if found else "".join(f"{one}\n" for one in imports)
        whole = self._old[:place] + added + self._old[place:]
        return f"{whole.rstrip()}\n\n{blocks}\n"

    def _group(self, group: str, tests: Sequence[_Test]) -> str:
        lines = [f"{self._suite}({json.dumps(group)}, () => {{"]
        for number, one in enumerate(test for test in tests if test.group == group):
            lines += [""] if number else []
            lines.append(f"  {self._it}({quoted(one.title)}, {'async ' if one.waits else ''}() => {{")
            lines += [f"    {line}" if line else "" for line in one.lines]
            lines.append("  });")
        return "\n".join([*lines, "});"])

    def _imports(self, tests: Sequence[_Test]) -> Iterator[str]:
        text = "\n".join(line for one in tests for line in one.lines)
        requires = self._requires
        if self._setup.runner == "vitest":
            yield from self._taken(
                {self._suite: self._suite, "expect": "expect", self._it: self._it}, "vitest", requires=False
            )
        else:
            if not self._has("assert"):
                source = '"node:assert/strict"'
                yield f"const assert = require({source});" if requires else f"import assert from {source};"
            yield from self._taken({self._suite: self._suite, self._it: self._it}, "node:test", requires=requires)
        used = {name: how for name, how in self._module.exports.items() if mentions(name, text)}
        yield from self._taken(used, self._specifier(), requires=requires)

    def _taken(self, names: dict[str, str], source: str, *, requires: bool) -> Iterator[str]:
        """Yield the imports of names from a module, without those that the file has."""
        missing = {name: how for name, how in names.items() if not self._has(name)}
        whole = [name for name, how in missing.items() if how in ("default", "*")]
        parts = sorted(
            (name if how == name else f"{how}: {name}" if requires else f"{how} as {name}")
            for name, how in missing.items() if how not in ("default", "*")
        )  # fmt: skip
        if len(whole) == 1 and parts and not requires:
            yield f'import {whole[0]}, {{ {", ".join(parts)} }} from "{source}";'
            return
        for name in whole:
            yield f'const {name} = require("{source}");' if requires else f'import {name} from "{source}";'
        if parts:
            inner = f"{{ {', '.join(parts)} }}"
            yield f'const {inner} = require("{source}");' if requires else f'import {inner} from "{source}";'

    @property
    def _requires(self) -> bool:
        if self._setup.runner == "vitest":
            return False
        if self._old.strip():
            return re.search(r"^import\b", self._old, re.MULTILINE) is None
        return not self._setup.esm

    def _has(self, name: str) -> bool:
        return any(mentions(name, one[0].partition(" from ")[0].partition("require")[0])
                   for one in _IMPORT.finditer(self._old))  # fmt: skip

    def _specifier(self) -> str:
        path, folder = self._subject.path, self._subject.conventions.file.parent
        relative = os.path.relpath(path, folder).replace(os.sep, "/")
        text = relative if relative.startswith(".") else f"./{relative}"
        with_ending = self._setup.runner == "node" and (self._module.typed or self._setup.esm or path.suffix != ".js")
        if self._setup.runner == "vitest":
            known = re.search(rf"""["'](?:\.{{1,2}}/[^"']*)?{re.escape(path.stem)}(\.[mc]?[jt]sx?)["']""", self._old)
            if known:
                return text[: -len(path.suffix)] + known[1]
            with_ending = path.suffix not in (".ts", ".tsx")
        return text if with_ending else text[: -len(path.suffix)]

    def _lines(self, one: Recorded) -> tuple[tuple[str, ...], bool]:
        """Return the statements of a test, and whether it waits for something."""
        scenario = one.scenario
        waits = any(re.search(r"\bawait\b", line) for line in (*scenario.arrange, scenario.act))
        if one.exception:
            return (*scenario.arrange, self._throws(one)), waits
        checks = [pair(check) for check in one.checks]
        about = [left for left, _ in checks if mentions("result", left)]
        lines = list(scenario.arrange)
        if len(about) == 1 and about[0] == "result":
            checks = [(scenario.act if left == "result" else left, right) for left, right in checks]
        else:
            lines.append(f"const result = {scenario.act};" if about else f"{scenario.act};")
        for left, right in checks:
            lines += self._check(left, right).split("\n")
        return tuple(lines), waits

    def _check(self, left: str, right: str) -> str:
        vitest = self._setup.runner == "vitest"
        if left.endswith(" instanceof"):
            value = left.removesuffix(" instanceof")
            return f"expect({value}).toBeInstanceOf({right});" if vitest else f"assert.ok({value} instanceof {right});"
        simple = _PRIMITIVE.match(right) is not None
        right = _laid_out(right, left)
        if not vitest:
            return f"assert.{'strictEqual' if simple else 'deepStrictEqual'}({left}, {right});"
        if simple:
            fixed = {"null": "toBeNull()", "undefined": "toBeUndefined()", "NaN": "toBeNaN()"}
            return f"expect({left}).{fixed.get(right, f'toBe({right})')};"
        return f"expect({left}).{'toStrictEqual' if 'undefined' in right else 'toEqual'}({right});"

    def _throws(self, one: Recorded) -> str:
        act, waits = one.scenario.act.removeprefix("await "), one.scenario.act.startswith("await ")
        message = json.dumps(one.message, ensure_ascii=False)
        known = one.exception in self._module.exports
        if self._setup.runner == "vitest":
            what = one.exception if known and not one.message else message if one.message else ""
            start = f"await expect({act}).rejects" if waits else f"expect(() => {act})"
            return f"{start}.toThrow({what});"
        what = f", {{ message: {message} }}" if one.message else f", {one.exception}" if known else ""
        return f"{'await assert.rejects' if waits else 'assert.throws'}(() => {act}{what});"


def _laid_out(right: str, left: str) -> str:
    """Break a long list or object at its outermost commas."""
    if len(right) + len(left) < _WIDTH - 24 or right[:1] not in "[{":
        return right
    parts, depth, quote, start, escaped = [], 0, False, 1, False
    for place, character in enumerate(right[1:-1], 1):
        if quote:
            quote = character != '"' or escaped
            escaped = character == "\\" and not escaped
        elif character == '"':
            quote, escaped = True, False
        elif character in "[{(":
            depth += 1
        elif character in "]})":
            depth -= 1
        elif character == "," and not depth:
            parts.append(right[start:place].strip())
            start = place + 1
    parts.append(right[start:-1].strip())
    return "\n".join([right[0], *(f"  {one}," for one in parts if one), right[-1]])
