"""The function under test in its loaded module, and the arguments that it is called with. It makes no call."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import random
import re
import sys
import types
import typing
from dis import opmap
from typing import Any

from aigc_plugins.behaviour.inside.described import Known, is_changeable, known_parts
from aigc_plugins.behaviour.inside.kinds import ANY, Kind, UnknownKindError, kind_of, parameters_of
from aigc_plugins.behaviour.inside.values import Maker

_SMALL, _LARGE, _SHARE_LARGE = 5, 150, 8


class UnknownError(Exception):
    """Nothing can be said of the function; the text says why."""


class Target:
    """A function in a loaded module, and the kinds of values that its parameters may get."""

    def __init__(self, orders: dict[str, Any], text: str) -> None:
        self._orders = orders
        self.module = load(text, orders["module"], orders["file"])
        names = orders["name"].split(".")
        holder: Any = self.module
        for name in names[:-1]:
            holder = getattr(holder, name)
        found = inspect.getattr_static(holder, names[-1])
        self._owner = holder if inspect.isclass(holder) else None
        self._name = names[-1]
        self._property = isinstance(found, property)
        self._bound = self._owner is not None and not isinstance(found, staticmethod | classmethod)
        self.function: Any = found.fget if self._property else getattr(holder, names[-1])
        if not callable(self.function):
            raise UnknownError(f"{names[-1]} is no function")
        inner = inspect.unwrap(self.function)
        if inspect.iscoroutinefunction(inner) or inspect.isasyncgenfunction(inner):
            raise UnknownError("it is asynchronous")
        self._check_place(inner)
        self._shared = {
            id(value): (f"<module.{name}>", value) for name, value in vars(self.module).items() if is_changeable(value)
        }
        self.kinds = self._kinds()

    def _check_place(self, function: Any) -> None:
        """Raise UnknownError where the name stands for something else than the text at its place."""
        code = getattr(function, "__code__", None)
        span = self._orders.get("lines")
        inside = isinstance(code, types.CodeType) and code.co_filename == self._orders["file"]
        line = code.co_firstlineno if isinstance(code, types.CodeType) else 0
        if not inside or (span and not span[0] <= line <= span[1]):
            raise UnknownError("its name stands for something else once the module is loaded")

    def lines(self) -> set[int]:
        """Return the numbers of the lines of the function that do something."""
        found: set[int] = set()
        waiting = [getattr(inspect.unwrap(self.function), "__code__", None)]
        while waiting:
            code = waiting.pop()
            if isinstance(code, types.CodeType):
                found |= {line for _, _, line in code.co_lines() if line is not None and line != code.co_firstlineno}
                waiting += code.co_consts
        return found

    def known(self, given: Any) -> Known:
        """Return the values that are not the function's own: those given to it, and the variables of its module."""
        found: Known = {}
        known_parts(given, "given", found)
        return self._shared | found

    def message(self, error: BaseException) -> str:
        """Return what an exception says where the module itself raises it; the interpreter's words are its own."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is None or trace.tb_frame.f_code.co_filename != self._orders["file"]:
            return ""
        if trace.tb_frame.f_code.co_code[trace.tb_lasti] != opmap["RAISE_VARARGS"]:
            return ""
        try:
            return re.sub(r" at 0x[0-9a-fA-F]+", "", f"({', '.join(map(repr, error.args))})")
        except Exception:  # a `repr` is arbitrary code
            return ""

    def _kinds(self) -> dict[str, list[Kind]]:
        """Return the candidates for each parameter, `*name` for many; `self` for the instance of a method."""
        try:
            signature = inspect.signature(self.function)
            hints = _hints(self.function)
        except (ValueError, TypeError) as error:
            raise UnknownError(f"its signature cannot be read: {error}") from None
        found: dict[str, list[Kind]] = {}
        self.parameters = list(signature.parameters.values())
        if self._bound:
            self.parameters = self.parameters[1:]
            found["self"] = [self._instance()]
        for parameter in self.parameters:
            if parameter.kind is parameter.VAR_KEYWORD:
                continue
            if parameter.name in hints:
                try:
                    found[parameter.name] = [kind_of(hints[parameter.name])]
                except UnknownKindError as error:
                    raise UnknownError(str(error)) from None
            else:
                found[parameter.name] = self._guessed(parameter)
        return found

    def _instance(self) -> Kind:
        try:
            return ("instance", self._owner, parameters_of(self._owner))
        except UnknownKindError as error:
            raise UnknownError(f"no instance can be made: {error}") from None

    def _guessed(self, parameter: inspect.Parameter) -> list[Kind]:
        guesses = [_tupled(one) for one in self._orders["guesses"].get(parameter.name, [])]
        default = parameter.default
        if default is not parameter.empty and default is not None:
            with contextlib.suppress(UnknownKindError):
                guesses.insert(0, kind_of(type(default)))
        return list(dict.fromkeys(guesses)) or [ANY]

    def arguments(self, seed: int, combination: dict[str, int]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """Return the callable and its arguments for a seed. May raise what constructors raise."""
        size = _LARGE if seed % _SHARE_LARGE == _SHARE_LARGE - 1 else _SMALL
        generator = random.Random(seed)  # noqa: S311
        maker = Maker(generator, self._orders["literals"], size)
        kinds = {name: found[combination.get(name, 0)] for name, found in self.kinds.items()}
        instance = maker.value(kinds["self"]) if self._bound else None
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        for parameter in self.parameters:
            if parameter.kind is parameter.VAR_KEYWORD:
                continue
            if parameter.kind is parameter.VAR_POSITIONAL:
                if self.parameters.index(parameter) == len(positional):
                    positional += [maker.value(kinds[parameter.name]) for _ in range(generator.randint(0, 3))]
                continue
            if parameter.default is not parameter.empty and generator.random() < 0.3:
                continue  # its default
            value = maker.value(kinds[parameter.name])
            if parameter.kind is not parameter.KEYWORD_ONLY and self.parameters.index(parameter) == len(positional):
                positional.append(value)
            else:
                keywords[parameter.name] = value
        if self._property:
            return (lambda: getattr(instance, self._name)), (), {"self": instance}
        function = getattr(instance, self._name) if self._bound else self.function
        return function, tuple(positional), keywords | ({"self": instance} if self._bound else {})


def _tupled(kind: Any) -> Any:
    return tuple(_tupled(one) for one in kind) if isinstance(kind, list) else kind


def _hints(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(inspect.unwrap(function))
    except Exception as error:  # hints are arbitrary expressions
        raise UnknownError(f"its type hints cannot be read: {error}") from None


def load(text: str, name: str, file: str) -> types.ModuleType:
    """Return a module made of `text`, known under its real name. Raises UnknownError where it cannot be loaded."""
    module = types.ModuleType(name)
    module.__file__ = file
    module.__package__ = name.rpartition(".")[0]
    try:
        if module.__package__:
            importlib.import_module(module.__package__)
        sys.modules[name] = module
        exec(compile(text, file, "exec", dont_inherit=True), vars(module))  # noqa: S102
    except BaseException as error:
        raise UnknownError(f"its module cannot be loaded: {type(error).__name__}: {error}") from None
    return module
