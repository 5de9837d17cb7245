"""Writes expressions for kinds of values. Instances are for `generate_classes`, texts come from `generate_text`."""

from __future__ import annotations

import enum
import random
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aigc_plugins.behaviour.inside.kinds import ANY, Kind
from aigc_plugins.testgen.inside.generate_standard import StandardValues
from aigc_plugins.testgen.inside.generate_text import Texts

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.generate_classes import Classes
    from aigc_plugins.testgen.inside.generate_draft import Draft

INTS = (0, 1, 2, 3, -1, 4, 5, 7, 10, 16, -2, -7, 12, 60, 100, 255, 256, 1000, 2024, 65536, 10**9, -(10**6))
FLOATS = ("0.0", "1.0", "0.5", "-1.0", "2.5", "0.1", "-0.25", "3.0", "100.0", "1e-9", "float('inf')", "float('nan')",
          "-0.0", "1e300")  # fmt: skip
ANYTHING: tuple[Kind, ...] = (
    ("str",), ("int",), ("list", ("int",)), ("list", ("str",)), ("none",), ("bool",), ("float",),
    ("dict", ("str",), ("int",)), ("tuple", ("int",), ("int",)), ("dict", ("str",), ("str",)), ("bytes",),
    ("set", ("int",)), ("list", ("list", ("int",))), ("list", ("tuple", ("str",), ("int",))),
    ("function", -1, ("any",)), ("plain object",),
)  # fmt: skip
_DEEPEST = 4
_LAST_CHARACTER, _MOST_REPEATED = 0xD800, 5000


class Values(StandardValues):
    """Writes expressions: `literals` are values that the code under test compares with, the likeliest first."""

    def __init__(self, generator: random.Random, literals: Sequence[Any], patterns: Sequence[re.Pattern[Any]],
                 classes: Classes) -> None:  # fmt: skip
        self.random, self._classes = generator, classes
        self.texts = Texts(generator, [one for one in literals if isinstance(one, str)], patterns)
        self.numbers: list[int | float] = []
        self.dynamic: list[int | float] = []
        self.bytes: list[bytes] = [one for one in literals if isinstance(one, bytes)]
        self._name = ""
        for one in literals:
            if isinstance(one, int | float) and not isinstance(one, bool) and one == one and abs(one) < 1e18:
                self.numbers += [one - 1, one, one + 1]
        self.texts.characters = [chr(int(one)) for one in self.numbers if 127 < one < _LAST_CHARACTER]
        self._sizes = sorted({int(one) for one in self.numbers if 8 < one <= _MOST_REPEATED})
        self._makers: dict[str, Callable[[Kind, int, Draft], str]] = {
            name.removeprefix("_make_"): getattr(self, name) for name in dir(type(self)) if name.startswith("_make_")
        }

    def learn(self, seen: Sequence[Any]) -> None:
        """Take in values that conditions compared at run time."""
        for one in seen:
            if isinstance(one, str) and 0 < len(one) <= 80 and one not in self.texts.dynamic:
                self.texts.dynamic = [*self.texts.dynamic[-39:], one]
            elif isinstance(one, bytes) and len(one) <= 80 and one not in self.bytes:
                self.bytes = [*self.bytes[-19:], one]
            elif isinstance(one, int | float) and not isinstance(one, bool) and one == one and abs(one) < 1e18:
                self.dynamic = [*self.dynamic[-37:], *(n for n in (one, one + 1, one - 1) if n not in self.dynamic)]

    def expression(self, kind: Kind, draft: Draft, name: str = "", depth: int = 0) -> str:
        """Return an expression of a kind for a parameter `name`; statements that it needs go into the draft."""
        if name:
            self._name = name
        word = str(kind[0]).replace(" ", "_") if kind else "any"
        make = self._makers.get(word)
        if make is None or depth > 3 * _DEEPEST:
            return repr(self.texts.one(self._name)) if make is None and depth <= 3 * _DEEPEST else "None"
        return make(kind, depth, draft)

    def _inner(self, kind: Kind, depth: int, draft: Draft) -> str:
        return self.expression(kind, draft, "", depth + 1)

    def _length(self, depth: int) -> int:
        return self.random.choice((0, 1, 2, 2, 3, 5) if depth < 1 else (0, 1, 2) if depth < _DEEPEST else (0, 0, 1))

    def _many(self, kind: Kind, depth: int, draft: Draft) -> list[str]:
        inner = kind[1] if len(kind) > 1 else ANY
        if inner == ANY:  # lists are of one kind, mostly
            inner = self.random.choice(ANYTHING[:9])
        made = [self._inner(inner, depth, draft) for _ in range(self._length(depth))]
        if made and self.random.random() < 0.25:
            made.append(self.random.choice(made))  # repeated ones matter to many functions
        return made

    def _make_any(self, kind: Kind, depth: int, draft: Draft) -> str:
        if depth < 3 and self.random.random() < 0.15 and (owned := self._classes.any_class(self.random)):
            return self._inner(("object", owned), depth, draft)
        return self._inner(self.random.choice(ANYTHING), depth, draft)

    def _make_plain_object(self, kind: Kind, depth: int, draft: Draft) -> str:
        return "object()"

    def _make_one_of(self, kind: Kind, depth: int, draft: Draft) -> str:
        return self._inner(self.random.choice(kind[1:]), depth, draft)

    def _make_literal(self, kind: Kind, depth: int, draft: Draft) -> str:
        chosen = self.random.choice(kind[1:])
        return f"{draft.name_of(type(chosen))}.{chosen.name}" if isinstance(chosen, enum.Enum) else repr(chosen)

    def _make_int(self, kind: Kind, depth: int, draft: Draft) -> str:
        way = self.random.random()
        pool = self.dynamic if way < 0.15 else self.numbers if way < 0.4 else ()
        if pool:
            return repr(int(self.random.choice(pool)))
        if way < 0.85:
            return repr(self.random.choice(INTS[:9] if way < 0.7 else INTS))
        return repr(self.random.randint(-20, 60))

    def _make_float(self, kind: Kind, depth: int, draft: Draft) -> str:
        way = self.random.random()
        pool = self.dynamic if way < 0.15 else self.numbers if way < 0.35 else ()
        if pool:
            return repr(float(self.random.choice(pool)))
        if way < 0.8:
            return self.random.choice(FLOATS)
        return repr(self.random.randint(-4000, 4000) / 8)

    def _make_str(self, kind: Kind, depth: int, draft: Draft) -> str:
        if self._sizes and depth < 2 and self.random.random() < 0.04:
            return f"{self.random.choice(('a', '1', 'a ', 'é'))!r} * {self.random.choice(self._sizes)}"
        return repr(self.texts.one(self._name))

    def _make_bool(self, kind: Kind, depth: int, draft: Draft) -> str:
        return self.random.choice(("True", "False"))

    def _make_none(self, kind: Kind, depth: int, draft: Draft) -> str:
        return "None"

    def _make_bytes(self, kind: Kind, depth: int, draft: Draft) -> str:
        if self.bytes and self.random.random() < 0.4:
            return repr(self.random.choice(self.bytes))
        return repr(self.texts.one(self._name).encode("utf-8", "surrogatepass"))

    def _make_bytearray(self, kind: Kind, depth: int, draft: Draft) -> str:
        return f"bytearray({self._make_bytes(kind, depth, draft)})"

    def _make_complex(self, kind: Kind, depth: int, draft: Draft) -> str:
        return f"complex({self.random.choice(INTS[:8])}, {self.random.choice(INTS[:8])})"

    def _make_slice(self, kind: Kind, depth: int, draft: Draft) -> str:
        parts = [self.random.choice(("None", "0", "1", "2", "-1", "3", "5", "100")) for _ in range(2)]
        return f"slice({', '.join((*parts, self.random.choice(('None', '1', '2', '-1', '-2'))))})"

    def _make_memoryview(self, kind: Kind, depth: int, draft: Draft) -> str:
        return f"memoryview({self._make_bytes(kind, depth, draft)})"

    def _make_namespace(self, kind: Kind, depth: int, draft: Draft) -> str:
        draft.imports.setdefault("from types import SimpleNamespace")
        return f"SimpleNamespace(name={self._make_str(kind, depth, draft)}, value={self._make_int(kind, depth, draft)})"

    def _make_range(self, kind: Kind, depth: int, draft: Draft) -> str:
        if self._sizes and self.random.random() < 0.2:
            return f"range({self.random.choice(self._sizes)})"
        return f"range({self.random.randint(0, 3)}, {self.random.randint(0, 9)})"

    def _make_list(self, kind: Kind, depth: int, draft: Draft) -> str:
        if depth < 2 and self.random.random() < 0.04 and (len(kind) < 2 or kind[1] in (ANY, ("int",))):
            return f"list(range({self.random.choice((*self._sizes, 10, 30))}))"
        return f"[{', '.join(self._many(kind, depth, draft))}]"

    def _make_iterator(self, kind: Kind, depth: int, draft: Draft) -> str:
        return f"iter([{', '.join(self._many(kind, depth, draft))}])"

    def _make_tuples(self, kind: Kind, depth: int, draft: Draft) -> str:
        return _tuple(self._many(kind, depth, draft))

    def _make_tuple(self, kind: Kind, depth: int, draft: Draft) -> str:
        return _tuple([self._inner(one, depth, draft) for one in kind[1:]])

    def _make_set(self, kind: Kind, depth: int, draft: Draft) -> str:
        made = list(dict.fromkeys(self._many(self._hashable(kind), depth, draft)))
        return f"{{{', '.join(made)}}}" if made else "set()"

    def _make_frozenset(self, kind: Kind, depth: int, draft: Draft) -> str:
        made = self._make_set(kind, depth, draft)
        return f"frozenset({made if made != 'set()' else ''})"

    def _hashable(self, kind: Kind) -> Kind:
        return ("list", kind[1] if len(kind) > 1 and kind[1] != ANY else self.random.choice((("str",), ("int",))))

    def _make_dict(self, kind: Kind, depth: int, draft: Draft) -> str:
        key, value = kind[1:] if len(kind) == 3 else (("str",), ANY)
        key = ("str",) if key == ANY else key
        value = self.random.choice(ANYTHING[:9]) if value == ANY else value
        pairs = {self._inner(key, depth, draft): self._inner(value, depth, draft) for _ in range(self._length(depth))}
        return _display(pairs)

    def _make_keys(self, kind: Kind, depth: int, draft: Draft) -> str:
        share = self.random.choice((0.3, 0.6, 1.0))
        chosen = [one for one in kind[1] if self.random.random() < share]
        return _display({repr(one): self._inner(self._value_kind(one), depth, draft) for one in chosen})

    def _value_kind(self, key: str) -> Kind:
        return self.random.choice(ANYTHING[:9])

    def _make_record(self, kind: Kind, depth: int, draft: Draft) -> str:
        return _display({repr(name): self._inner(one, depth, draft) for name, one in kind[1]})

    def _make_instance(self, kind: Kind, depth: int, draft: Draft) -> str:
        return self._make_object(("object", kind[1]), depth, draft)

    def _make_object(self, kind: Kind, depth: int, draft: Draft) -> str:
        return self._classes.instance(kind[1], self, draft, depth)

    def _make_class(self, kind: Kind, depth: int, draft: Draft) -> str:
        chosen = self.random.choice(self._classes.concrete(kind[1]) or [kind[1]])
        return draft.name_of(chosen) or "int"

    def _make_type(self, kind: Kind, depth: int, draft: Draft) -> str:
        owned = self._classes.any_class(self.random)
        if owned is not None and self.random.random() < 0.5:
            return draft.name_of(owned) or "int"
        return self.random.choice(("int", "str", "float", "list", "dict"))

    def _make_callable(self, kind: Kind, depth: int, draft: Draft) -> str:
        return self._make_function(("function", -1, ANY), depth, draft)

    def _make_function(self, kind: Kind, depth: int, draft: Draft) -> str:
        count, gives = kind[1], kind[2]
        names = [f"{letter}" for letter in "xyzuvw"[: max(count, 0)]]
        head = f"lambda {', '.join(names)}" if count > 0 else "lambda" if count == 0 else "lambda *args"
        head = head + ", **kwargs" if count < 0 and self.random.random() < 0.3 else head
        way = self.random.random()
        if way < 0.3 and gives == ANY and count != 0:
            first = names[0] if names else "args[0]"
            return f"{head}: {self.random.choice((first, f'str({first})', f'bool({first})', f'[{first}]'))}"
        if way < 0.45 and count in (-1, 1) and gives in (ANY, ("str",), ("int",)):
            return {("str",): "str", ("int",): "len"}.get(gives) or self.random.choice(("str", "repr", "bool", "len"))
        return f"{head}: {self._inner(gives if gives != ANY else self.random.choice(ANYTHING[:7]), depth, draft)}"


def _tuple(parts: Sequence[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _display(pairs: dict[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in pairs.items())}}}"
