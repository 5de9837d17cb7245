"""Proposes calls with the values at which a function's conditions turn, and those next to them."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from aigc_plugins.testgen.analysis.definitions import FunctionFound, FunctionNode, statements
from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.proposers.acts import Acts
from aigc_plugins.testgen.proposers.conditions import Conditions
from aigc_plugins.testgen.proposers.known import Known
from aigc_plugins.testgen.proposers.paths import Parts
from aigc_plugins.testgen.proposers.shown import shown_instances
from aigc_plugins.testgen.proposers.values import Wish
from aigc_plugins.testgen.scenario import Target

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals, Parameter, Scenario

NAME = "boundary values"
_MAKERS = ("__init__", "__new__", "__post_init__")
_MOST_SINGLE, _MOST_PAIRS = 60, 40


class Boundaries(TestProposer):
    """Proposes each boundary with plain values for the rest; later, two of them together where branches are missing."""

    name = NAME

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield them target by target."""
        if goals.round > 1:
            return
        known = Known(subject)
        readers = _Functions(known)
        acts = readers.acts
        missing = {branch.function for branch in goals.branches}
        for target in subject.targets:
            job.check()
            if goals.round and not missing & {target.name, *(f"{target.name}.{one}" for one in _MAKERS)}:
                continue
            wishes = readers.wishes(target)
            if goals.round:
                yield from _unique(acts, target, _pairs(wishes), _MOST_PAIRS)
            else:
                plain = [*_plain(target, acts), *_own(target, readers, acts)]
                yield from _unique(acts, target, [{}, *wishes, *plain], _MOST_SINGLE)


def _unique(acts: Acts, target: Target, wishes: list[Wish], most: int) -> Iterator[Scenario]:
    seen: set[Scenario] = set()
    for wish in wishes:
        found = acts.scenario(target, wish)
        if found is not None and found not in seen:
            seen.add(found)
            yield found
            if len(seen) >= most:
                return


def _plain(target: Target, acts: Acts) -> Iterator[Wish]:
    """Yield usual values of each parameter."""
    for parameter in target.parameters:
        if parameter.star == "*":
            values = acts.simple.values(parameter)[:2]
            yield {parameter.name: f"[{', '.join(values)}]"} if values else {}
        elif not parameter.star:
            for value in acts.simple.values(parameter)[:4]:
                yield {parameter.name: value}


def _own(target: Target, readers: _Functions, acts: Acts) -> Iterator[Wish]:
    """Yield usual values for what a method's object is made with."""
    holder = target.name.rpartition(".")[0]
    if target.kind in ("method", "property") and holder not in acts.simple.usual:
        for parameter in readers.constructor(holder):
            for value in acts.simple.values(parameter)[:3] if not parameter.star else ():
                yield {f"self.{parameter.name}": value}


def _pairs(wishes: list[Wish]) -> list[Wish]:
    """Return wishes for different parameters together."""
    both = ({**one, **other} for one, other in itertools.combinations(wishes, 2) if not set(one) & set(other))
    return list(itertools.islice(both, 4 * _MOST_PAIRS))


class _Functions:
    """The functions of a module, and what their conditions ask for."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._constants = _constants(known.tree)
        self.acts = Acts(known, NAME)
        self._instances: dict[str, str] = {}
        self.acts.simple.usual.update(shown_instances(known))
        for name in known.classes:
            if name not in self.acts.simple.usual:
                self._by_pattern(name)
        self._instances = {name: self.acts.simple.made(name) for name in known.classes}

    def _by_pattern(self, name: str) -> None:
        """Have a class's usual instance made of a text that matches the pattern that its constructor asks for."""
        target = Target(name, "constructor", 0, 0, self.constructor(name))
        wish = next((one for one in self.wishes(target, patterns=True)), None)
        if wish is not None:
            made = self.acts.simple.made(name, dict(wish))
            self.acts.simple.usual |= {name: made} if made else {}

    def wishes(self, target: Target, *, patterns: bool = False) -> list[Wish]:
        """Return what the conditions of a target's code ask for, its helpers' not; with `patterns`, only these."""
        holder = target.name if target.kind == "constructor" else target.name.rpartition(".")[0]
        found: list[Wish] = []
        for node in self._nodes(target):
            attributes = self._attributes(holder) if target.kind in ("method", "property") else {}
            made = {f"self.{one.name}": one for one in self.constructor(holder)} if attributes else {}
            parts = Parts({one.name: one for one in target.parameters} | made, attributes)
            constants = self._constants | self._of_class(holder)
            found += Conditions(parts, constants, self._instances, patterns=patterns).wishes(node)
        return found

    def constructor(self, name: str) -> tuple[Parameter, ...]:
        """Return the parameters of a class's constructor."""
        found = self._known.classes.get(name)
        return (self._known.lines.constructor(found) or ()) if found is not None else ()

    def _of_class(self, name: str) -> dict[str, ast.expr]:
        """Return the constants of a class as its methods and others name them."""
        found = self._known.classes.get(name)
        own = _constants(found.node) if found is not None else {}
        return {f"{holder}.{key}": value for holder in ("self", "cls", name) for key, value in own.items()}

    def _nodes(self, target: Target) -> list[FunctionNode]:
        holder, _, last = target.name.rpartition(".")
        if target.kind == "function":
            found = self._known.functions.get(last)
            return [found.node, *found.more] if found is not None else []
        members: Mapping[str, FunctionFound] = {}
        if target.kind == "constructor":
            members = self._known.classes[target.name].functions
            return [members[name].node for name in _MAKERS if name in members]
        if holder in self._known.classes:
            members = self._known.classes[holder].functions
        return [members[last].node] if last in members else []

    def _attributes(self, name: str) -> dict[str, str]:
        """Return the attributes that a class's instances have from its constructor's parameters, by name."""
        parameters = {one.name for one in self.constructor(name)}
        found = {one: one for one in parameters} | {f"_{one}": one for one in parameters}
        for one in self._known.lines.line_of(self._known.classes[name]) if name in self._known.classes else ():
            maker = self._known.lines.maker(one)
            for node in ast.walk(maker.node) if maker is not None else ():
                match node:
                    case ast.Assign(targets=[ast.Attribute(attr=attribute)], value=value):
                        used = {inner.id for inner in ast.walk(value) if isinstance(inner, ast.Name)} & parameters
                        if len(used) == 1:
                            found[attribute] = used.pop()
        return found


def _constants(tree: ast.Module | ast.ClassDef) -> dict[str, ast.expr]:
    """Return the values of a module's or class's variables, as they are written."""
    found: dict[str, ast.expr] = {}
    for node in statements(tree.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
    return found
