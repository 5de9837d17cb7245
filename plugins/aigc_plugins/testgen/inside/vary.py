"""Writes a scenario anew with one or a few things changed: a literal, an argument, an element, a call before the act.

What is changed is chosen by the generator's random numbers alone. Nothing runs here.
"""

from __future__ import annotations

import ast
import dataclasses
import random
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aigc_plugins.behaviour.inside.kinds import ANY
from aigc_plugins.testgen.inside.generate_draft import Draft
from aigc_plugins.testgen.inside.vary_literals import tweaked

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.generate import Generator
    from aigc_plugins.testgen.inside.generate_arguments import Slot
    from aigc_plugins.testgen.scenario import Scenario

_ASSIGNED = re.compile(r"^(\w+) = ")
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_MOST_TEXT = 2000
_WEIGHTS = (4, 3, 2, 1.5, 0.7, 1)


class Variation:
    """One scenario that is being changed: its lines, the last of which is the act."""

    def __init__(self, scenario: Scenario, generator: Generator, others: Sequence[Scenario]) -> None:
        self._scenario, self._generator, self._others = scenario, generator, others
        self.random: random.Random = generator.random
        self.lines = [*scenario.arrange, scenario.act]
        self.draft = Draft(vars(generator.world.module), generator.world.module.__name__)
        self.draft.imports = dict.fromkeys(scenario.imports)
        for line in scenario.arrange:
            if found := _ASSIGNED.match(line):
                self.draft.fresh(found[1])

    def result(self) -> Scenario:
        """Return the scenario as it reads now."""
        return dataclasses.replace(
            self._scenario, act=self.lines[-1], arrange=tuple(self.lines[:-1]), imports=tuple(self.draft.imports),
            origin="search", expected="", raises="",
        )  # fmt: skip

    def change(self) -> bool:
        """Change one thing; tell whether something was found to change."""
        ways = (self.literal, self.argument, self.element, self.step, self.receiver, self.crossed)
        way = self.random.choices(ways, _WEIGHTS)[0]
        try:
            return way()
        except (SyntaxError, RecursionError, ValueError):
            return False

    def _place(self) -> int:
        last = len(self.lines) - 1
        return last if not last or self.random.random() < 0.55 else self.random.randrange(last)

    def _put(self, place: int, tree: ast.AST) -> bool:
        text = ast.unparse(tree)
        if len(text) > _MOST_TEXT or text == self.lines[place]:
            return False
        self.lines[place] = text
        if self.draft.arrange:
            self.lines[place:place] = self.draft.arrange
            self.draft.arrange = []
        return True

    def literal(self) -> bool:
        """Change a number, a text or another constant."""
        place = self._place()
        tree = ast.parse(self.lines[place])
        constants = [one for one in ast.walk(tree) if isinstance(one, ast.Constant)]
        names = [one for one in ast.walk(tree) if isinstance(one, ast.Attribute) and self._member(one)]
        if names and (not constants or self.random.random() < 0.3):
            chosen = self.random.choice(names)
            chosen.attr = self.random.choice(self._member(chosen))
            return self._put(place, tree)
        if not constants:
            return False
        one = self.random.choice(constants)
        one.value = tweaked(one.value, self._generator.values)
        one.kind = None
        return self._put(place, tree)

    def _member(self, node: ast.Attribute) -> list[str]:
        """Return the members of the enum that an attribute is one of."""
        if not isinstance(node.value, ast.Name):
            return []
        holder = vars(self._generator.world.module).get(node.value.id)
        return list(getattr(holder, "__members__", ()))

    def argument(self) -> bool:
        """Write an argument anew, add one that may be given, or leave one out."""
        place = self._place()
        tree = ast.parse(self.lines[place])
        calls = [(one, slots) for one in ast.walk(tree) if isinstance(one, ast.Call) if (slots := self._slots(one))]
        if not calls:
            return False
        call, slots = self.random.choice(calls)
        slot = self.random.choice(slots)
        index = slots.index(slot)
        keyword = next((one for one in call.keywords if one.arg == slot.name), None)
        if slot.star or any(isinstance(one, ast.Starred) for one in call.args):
            return self._starred(place, tree, call, slot)
        if slot.optional and self.random.random() < 0.25 and keyword is not None:
            call.keywords.remove(keyword)
            return self._put(place, tree)
        value = self._value(slot)
        if keyword is not None:
            keyword.value = value
        elif not slot.keyword and index < len(call.args):
            call.args[index] = value
        elif not slot.keyword and index == len(call.args) and not call.keywords:
            call.args.append(value)
        elif not slot.positional:
            call.keywords.append(ast.keyword(slot.name, value))
        return self._put(place, tree)

    def _starred(self, place: int, tree: ast.AST, call: ast.Call, slot: Slot) -> bool:
        if slot.star == "**" or (call.keywords and self.random.random() < 0.5):
            return False
        if call.args and self.random.random() < 0.3:
            call.args.pop()
        else:
            call.args.append(self._value(slot))
        return self._put(place, tree)

    def _value(self, slot: Slot) -> ast.expr:
        place = self.random.choices(range(len(slot.kinds)), slot.weights())[0] if slot.kinds else -1
        kind = slot.kinds[place] if place >= 0 else ANY
        if place >= 0:
            self.draft.used.append((slot, place))
        return ast.parse(self._generator.values.expression(kind, self.draft, slot.name), mode="eval").body

    def _slots(self, call: ast.Call) -> list[Slot]:
        """Return the plan of what is called, as far as that is known from the names."""
        return self._generator.slots_of(
            ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""
        )

    def element(self) -> bool:
        """Add, leave out, repeat or swap elements of a list, a dictionary or the like."""
        place = self._place()
        tree = ast.parse(self.lines[place])
        displays = [one for one in ast.walk(tree) if isinstance(one, _DISPLAYS)]
        if not displays:
            return False
        chosen: Any = self.random.choice(displays)
        if isinstance(chosen, ast.Dict):
            self._pair(chosen)
        else:
            self._item(chosen.elts, isinstance(chosen, ast.Set))
        return self._put(place, tree)

    def _item(self, elements: list[ast.expr], is_set: bool) -> None:
        way = self.random.random()
        if elements and way < 0.25 and not (is_set and len(elements) == 1):
            del elements[self.random.randrange(len(elements))]
        elif len(elements) > 1 and way < 0.4:
            self.random.shuffle(elements)
        elif elements and way < 0.65:
            copied = ast.parse(ast.unparse(self.random.choice(elements)), mode="eval").body
            if way > 0.5 and isinstance(copied, ast.Constant):
                copied.value = tweaked(copied.value, self._generator.values)
            elements.insert(self.random.randint(0, len(elements)), copied)
        else:
            elements.insert(self.random.randint(0, len(elements)), self._new())

    def _pair(self, node: ast.Dict) -> None:
        if node.keys and self.random.random() < 0.4:
            place = self.random.randrange(len(node.keys))
            del node.keys[place], node.values[place]
        else:
            node.keys.append(ast.Constant(self._generator.values.texts.one()))
            node.values.append(self._new())

    def _new(self) -> ast.expr:
        return ast.parse(self._generator.values.expression(ANY, self.draft, "", 2), mode="eval").body

    def step(self) -> bool:
        """Add a call on the receiver, repeat one, leave one out, or swap two."""
        receivers = [found[1] for line in self.lines[:-1] if (found := _ASSIGNED.match(line))]
        way = self.random.random()
        last = len(self.lines) - 1
        if last > 1 and way < 0.3:
            place = self.random.randrange(last)
            if not _ASSIGNED.match(self.lines[place]):
                del self.lines[place]
                return True
            return False
        if last > 1 and way < 0.45:
            place = self.random.randrange(1, last)
            self.lines.insert(last, self.lines[place])
            return not _ASSIGNED.match(self.lines[place])
        if not receivers or last > 12:
            return False
        done = self._generator.more_step(self.random.choice(receivers), self.draft)
        self.lines[last:last] = self.draft.arrange
        self.draft.arrange = []
        return done

    def receiver(self) -> bool:
        """Make the receiver in another way."""
        holder = self._generator.holder
        if holder is None:
            return False
        for place, line in enumerate(self.lines[:-1]):
            found = _ASSIGNED.match(line)
            if found:
                made = self._generator.world.classes.instance(holder, self._generator.values, self.draft, 0)
                self.lines[place] = f"{found[1]} = {made}"
                self.lines[place:place] = self.draft.arrange
                self.draft.arrange = []
                return True
        return False

    def crossed(self) -> bool:
        """Take an argument, or what was arranged, from another scenario of the same target."""
        others = [one for one in self._others if one.target == self._scenario.target and one != self._scenario]
        if not others:
            return False
        other = self.random.choice(others)
        self.draft.imports.update(dict.fromkeys(other.imports))
        if other.arrange and self.lines[:-1] and self.random.random() < 0.5:
            self.lines[:-1] = list(other.arrange)
            return True
        tree, from_other = ast.parse(self.lines[-1]), ast.parse(other.act)
        mine = next((one for one in ast.walk(tree) if isinstance(one, ast.Call)), None)
        theirs = next((one for one in ast.walk(from_other) if isinstance(one, ast.Call)), None)
        if mine is None or theirs is None or not mine.args or not theirs.args:
            return False
        place = self.random.randrange(min(len(mine.args), len(theirs.args)))
        mine.args[place] = theirs.args[place]
        return self._put(len(self.lines) - 1, tree)


def vary(scenario: Scenario, generator: Generator, others: Sequence[Scenario] = ()) -> tuple[Scenario, Draft]:
    """Return a scenario like another one, and the draft whose `used` is to be told whether it worked."""
    variation = Variation(scenario, generator, others)
    wanted = generator.random.choice((1, 1, 1, 2, 3))
    for _ in range(4 * wanted):
        wanted -= variation.change()
        if not wanted:
            break
    return variation.result(), variation.draft
