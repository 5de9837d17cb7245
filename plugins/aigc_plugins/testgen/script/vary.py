"""Varies scenarios that reached something new, to come further: their literals, their arguments, the calls before them.

This is the mutation step of an evolutionary search for test inputs (McMinn 2004); what to keep, the loop decides.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from aigc_plugins.testgen.scenario import Recorded, Scenario
from aigc_plugins.testgen.script.acts import call_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from aigc_plugins.testgen.script.module import Module

ORIGIN = "search"
_LONGEST = 300
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


class Variation:
    """Makes scenarios of scenarios; `chance` decides all."""

    def __init__(self, module: Module, chance: random.Random) -> None:
        self._chance = chance
        literals = module.literals
        self._texts = [one for one in literals if isinstance(one, str) and not one.startswith("/")] or ["a"]
        self._numbers = [one for one in literals if isinstance(one, int | float)] or [1]
        self._keys = module.keys or ("a",)

    def of(self, parents: Sequence[Recorded], count: int) -> Iterator[Scenario]:
        """Yield up to `count` variations of parents that were chosen by chance."""
        for _ in range(count if parents else 0):
            scenario = self._chance.choice(parents).scenario
            act = scenario.act
            arrange = list(scenario.arrange)
            for _ in range(self._chance.choice((1, 1, 2, 3))):
                if arrange and self._chance.random() < 0.5:
                    arrange = self._arranged(arrange)
                else:
                    act = self._call(act)
            if (act, tuple(arrange)) != (scenario.act, scenario.arrange):
                yield Scenario(scenario.target, act, tuple(arrange), origin=ORIGIN)

    def _arranged(self, lines: list[str]) -> list[str]:
        place = self._chance.randrange(len(lines))
        calls = [at for at, line in enumerate(lines) if not line.startswith(("const ", "let "))]
        way = self._chance.random()
        if calls and way < 0.3:
            at = self._chance.choice(calls)
            return [*lines[: at + 1], *lines[at:]]
        if calls and way < 0.45:
            at = self._chance.choice(calls)
            return lines[:at] + lines[at + 1 :]
        found = re.match(r"((?:const|let) [\w$]+ = )?(.*);$", lines[place], re.DOTALL)
        if found:
            value = self._call(found[2]) if call_of(found[2])[0] else self._value(found[2])
            lines = [*lines[:place], f"{found[1] or ''}{value};", *lines[place + 1 :]]
        return lines

    def _call(self, act: str) -> str:
        spread = act.startswith("[...") and act.endswith("]")
        called, arguments = call_of(act[4:-1] if spread else act)
        if not called or not arguments:
            return act
        place = self._chance.randrange(len(arguments))
        if len(arguments) > 1 and self._chance.random() < 0.08:
            arguments = arguments[:-1]
        else:
            arguments = [*arguments[:place], self._value(arguments[place]), *arguments[place + 1 :]]
        whole = f"{'await ' if act.startswith('await ') else ''}{called}({', '.join(arguments)})"
        return f"[...{whole}]" if spread else whole

    def _value(self, text: str) -> str:
        if len(text) > _LONGEST:
            return '"a"'
        if _NUMBER.match(text):
            return self._number(text)
        if text.startswith('"'):
            if self._chance.random() < 0.05:
                return f"{json.dumps(self._chance.choice('aA1 -'))}.repeat({self._chance.choice((51, 101, 300))})"
            try:
                return json.dumps(self._text(json.loads(text)), ensure_ascii=False)
            except ValueError:
                return text
        if text.startswith("[") and text.endswith("]"):
            return self._list(call_of(f"f({text[1:-1]})")[1])
        if text.startswith("{") and text.endswith("}"):
            return self._object(text[1:-1].strip())
        if text in ("true", "false"):
            return "false" if text == "true" else "true"
        return text

    def _number(self, text: str) -> str:
        value = float(text) if "." in text else int(text)
        near = self._chance.choice(self._numbers)
        made = self._chance.choice(
            (value + 1, value - 1, -value, value * 10, value * 2, near, near + 1, near - 1, value + near)
        )
        return str(made) if abs(made) < 1e15 else "0"

    def _text(self, text: str) -> str:
        chance = self._chance
        other = chance.choice(self._texts)
        place = chance.randint(0, len(text))
        number = str(chance.choice((1, 2, 10, -3, 1.5)))
        ways = (
            other, number, f"{number}{other}", f"{number} {other}", text + other, other + text, f"{text} {other}",
            text[:place] + chance.choice("aA0 -_.,/[]{}\n") + text[place:], text[:place] + other + text[place:],
            text[:place] + text[place + 1 :], text[::-1], text.upper(), text.lower(), text * 2,
            f"{text}.{chance.choice(self._keys)}", f"{text}[{chance.randint(0, 2)}]", chance.choice(self._keys),
        )  # fmt: skip
        return chance.choice(ways)[:_LONGEST]

    def _list(self, parts: list[str]) -> str:
        chance = self._chance
        place = chance.randrange(len(parts)) if parts else 0
        way = chance.random()
        if not parts or way < 0.3:
            parts = [*parts, self._value(chance.choice(parts)) if parts else str(chance.choice(self._numbers))]
        elif way < 0.5:
            parts = parts[:place] + parts[place + 1 :]
        else:
            parts = [*parts[:place], self._value(parts[place]), *parts[place + 1 :]]
        return f"[{', '.join(parts[:12])}]"

    def _object(self, inner: str) -> str:
        chance = self._chance
        values = ("1", "0", '"a"', "true", "null", "[1, 2]", "{ a: 1 }", f"{{ {chance.choice(self._keys)}: 1 }}")
        key = chance.choice(self._keys)
        added = f"{key}: {chance.choice(values)}"
        pairs = call_of(f"f({', '.join(re.findall(r': ([^,{}[]+)(?=,|$)', inner))})")[1]
        if pairs and chance.random() < 0.4:
            old = chance.choice(pairs)
            return f"{{ {inner.replace(f': {old}', f': {self._value(old)}', 1)} }}"
        fits = inner and f"{key}:" not in inner
        return f"{{ {inner}, {added} }}" if fits and chance.random() < 0.7 else f"{{ {added} }}"
