"""Finds plugins by their entry points and keeps the host safe from them. What the hooks are is in `hookspecs`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import pluggy

from aigc_models.types import RuntimeSpec
from aigc_plugins import hookspecs
from aigc_plugins.api import ContextProvider, Task
from aigc_plugins.syntax import Language, use_languages
from aigc_plugins.testgen.parts import TestProposer

T = TypeVar("T")
log = logging.getLogger(__name__)

OWN_DISTRIBUTION = "aigc-lsp"
PATIENCE_S = 20.0  # how long a plugin may take to load before it is given up

_RESULTS: dict[str, type] = {
    "aigc_tasks": Task,
    "aigc_context_providers": ContextProvider,
    "aigc_test_proposers": TestProposer,
    "aigc_languages": Language,
    "aigc_runtimes": RuntimeSpec,
}


class PluginError(Exception):
    """What is wrong with a plugin, in words for its user."""


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A plugin as `aigc-lsp plugins` shows it; `status` is `ok`, `blocked` or `disabled`, `reason` says why."""

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...]
    status: str
    reason: str = ""
    builtin: bool = False


class Plugins:
    """The plugins that loaded, what they contribute, and what became of the others."""

    def __init__(self, hooks: Collection[str] = tuple(_RESULTS)) -> None:
        self._hooks = hooks
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._infos: dict[str, PluginInfo] = {}
        self._given: dict[str, dict[str, list[Any]]] = {}

    @property
    def infos(self) -> tuple[PluginInfo, ...]:
        """Every plugin found, the blocked and the disabled ones too, the built-ins first."""
        return tuple(sorted(self._infos.values(), key=lambda i: (not i.builtin, i.distribution, i.name)))

    @property
    def blocked(self) -> tuple[PluginInfo, ...]:
        """The plugins that the user should be told of."""
        return tuple(info for info in self.infos if info.status == "blocked")

    def tasks(self, kind: type[T]) -> tuple[T, ...]:
        """Return the tasks that are of `kind` (a class or a protocol such as `InlineTask`)."""
        return tuple(task for task in self._all("aigc_tasks") if isinstance(task, kind))

    def owner(self, item: object) -> PluginInfo | None:
        """Return the plugin that gave a task, provider, language or runtime, None where it is nobody's."""
        for name in self._order():
            if any(one is item for given in self._given.get(name, {}).values() for one in given):
                return self._infos[name]
        return None

    def context_providers(self) -> tuple[ContextProvider, ...]:
        """Return the context providers."""
        return tuple(self._all("aigc_context_providers"))

    def test_proposers(self) -> tuple[TestProposer, ...]:
        """Return the proposers of scenarios for generated tests."""
        return tuple(self._all("aigc_test_proposers"))

    def runtimes(self) -> tuple[RuntimeSpec, ...]:
        """Return the runtimes, the one with the highest priority first."""
        return tuple(sorted(self._all("aigc_runtimes"), key=lambda spec: -spec.priority))

    def languages(self) -> tuple[Language, ...]:
        """Return the languages; those of other distributions come after the built-in ones and so win over them."""
        return tuple(self._all("aigc_languages"))

    def add_commands(self, app: Any) -> None:
        """Let every plugin add its commands to the Typer application `app`; one that raises is blocked."""
        for name in self._order():
            if "aigc_commands" in self._infos[name].hooks:
                self._contained(name, lambda name=name: self._call(name, "aigc_commands", app=app))  # type: ignore[misc]

    def block(self, name: str, reason: str) -> None:
        """Put a plugin out of use for the rest of the process; for a host that saw it fail."""
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)
        self._given.pop(name, None)
        self._infos[name] = replace(self._infos[name], status="blocked", reason=reason)
        log.warning("plugin %s is blocked: %s", name, reason)

    def load(self, point: EntryPoint, *, disabled: bool) -> None:
        """Load one entry point and collect what it gives; on any failure it is blocked, never raised."""
        name, dist = point.name, point.dist
        while name in self._infos:
            name = f"{dist.name if dist else '?'}:{name}"
        owner = dist.name if dist else ""
        builtin = owner.replace("_", "-").lower() == OWN_DISTRIBUTION
        status = "disabled" if disabled else "ok"
        self._infos[name] = PluginInfo(name, owner, dist.version if dist else "", (), status, builtin=builtin)
        if not disabled:
            self._contained(name, lambda: _in_time(lambda: self._register(name, point), PATIENCE_S))

    def _register(self, name: str, point: EntryPoint) -> None:
        module = point.load()
        try:
            self._manager.register(module, name=name)
        except pluggy.PluginValidationError as error:
            raise PluginError(f"wrong hook signature: {error}") from error
        hooks = tuple(sorted(caller.name for caller in self._manager.get_hookcallers(module) or ()))
        unknown = [hook for hook in hooks if not self._manager.hook.__dict__[hook].has_spec()]
        if unknown:
            raise PluginError(f"unknown hook {', '.join(unknown)}")
        self._infos[name] = replace(self._infos[name], hooks=hooks)
        given = {hook: self._collect(name, hook) for hook in hooks if hook in self._hooks}
        self._given[name] = given

    def _collect(self, name: str, hook: str) -> list[Any]:
        items: list[Any] = []
        for result in self._call(name, hook):
            if not isinstance(result, list | tuple):
                raise PluginError(f"{hook} returned {type(result).__name__}, a list is expected")
            items.extend(result)
        for item in items:
            if not isinstance(item, _RESULTS[hook]):
                raise PluginError(f"{hook} returned {item!r:.80}, which is no {_RESULTS[hook].__name__}")
        return items

    def _call(self, name: str, hook: str, **arguments: Any) -> list[Any]:
        others = [p for n, p in self._manager.list_name_plugin() if n != name and p is not None]
        result: list[Any] = self._manager.subset_hook_caller(hook, others)(**arguments)
        return result

    def _contained(self, name: str, action: Callable[[], object]) -> None:
        try:
            action()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit and the like too: a plugin never ends the host
            if isinstance(error, PluginError):
                reason = str(error)
            else:
                log.debug("plugin %s", name, exc_info=error)
                reason = f"{type(error).__name__}: {error}".rstrip(": ")
            self.block(name, reason)

    def _order(self) -> list[str]:
        return [info.name for info in self.infos if info.status == "ok"]

    def _all(self, hook: str) -> list[Any]:
        return [item for name in self._order() for item in self._given.get(name, {}).get(hook, ())]


def load_plugins(disabled: Iterable[str] = (), hooks: Collection[str] = tuple(_RESULTS)) -> Plugins:
    """Load every plugin but the `disabled` ones (by entry-point or distribution name); never raises for a plugin.

    The languages that they give become those that `aigc_plugins.syntax.language_for` knows. A process that needs only
    what some `hooks` give names them: the others are not called, which saves what they would import.
    """
    plugins, off = Plugins(hooks), set(disabled)
    points = entry_points(group=hookspecs.GROUP)
    for point in sorted(points, key=lambda p: ((p.dist.name if p.dist else "") != OWN_DISTRIBUTION, p.name)):
        plugins.load(point, disabled=point.name in off or (point.dist is not None and point.dist.name in off))
    if plugins.languages():
        use_languages(plugins.languages())
    return plugins


def _in_time(action: Callable[[], object], patience_s: float) -> None:
    """Run `action` in a thread of its own and raise what it raises; PluginError where it takes too long."""
    caught: list[BaseException] = []

    def run() -> None:
        try:
            action()
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=run, name="plugin-load", daemon=True)
    thread.start()
    thread.join(patience_s)
    if thread.is_alive():
        raise PluginError(f"did not load within {patience_s:g} s")
    if caught:
        raise caught[0]
