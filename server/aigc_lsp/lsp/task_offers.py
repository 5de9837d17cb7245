"""Which tasks are offered where: as code actions, code lenses and by name. No model is asked; `tasks` runs them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aigc_lsp.lsp import params as read
from aigc_lsp.lsp.task_params import Asked, argument_place, json_range, place_of, question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_lsp.lsp.server import AigcServer
    from aigc_plugins.api import ActionTask, Place
    from aigc_plugins.document import Document

logger = logging.getLogger(__name__)

RUN = "aigc.runTask"
_MOST_LENSES = 300


class TaskOffers:
    """Finds the tasks for the places of one session's documents."""

    def __init__(self, server: AigcServer) -> None:
        self._server = server

    def actions(self, at: Asked) -> list[dict[str, Any]]:
        """Return the code actions at a place."""
        document = self._server.documents.get(at.uri)
        if document is None:
            return []
        found = []
        for task, title in self.applying(document, at):
            if not at.wants(task.kind):
                continue
            argument = self._argument(task, document, at)
            action: dict[str, Any] = {"title": title, "kind": task.kind}
            if self._server.client.resolves_edits and task.gives == "edits" and "ask" not in argument:
                found.append({**action, "data": argument})
            else:
                found.append({**action, "command": {"title": title, "command": RUN, "arguments": [argument]}})
        return found

    def lenses(self, uri: str) -> list[dict[str, Any]]:
        """Return the code lenses of a document: the tasks that want to stand above definitions, where they are on."""
        document = self._server.documents.get(uri)
        settings = self._server.backend
        if document is None or not settings.usable or not settings.settings.tasks.lens:
            return []
        tasks = [task for task in self._all() if task.lens]
        if not tasks or self._server.suggester.oversize(document):
            return []
        from aigc_plugins.tasks.functions import definitions

        found = []
        snapshot = document.snapshot()
        for one in definitions(snapshot)[:_MOST_LENSES]:
            where = self._server.documents.range(document, one.start, one.end)
            for task in tasks:
                if task.languages and snapshot.tree is not None and snapshot.tree.language.name not in task.languages:
                    continue
                at = Asked(uri, read.range_(where, "range"))
                command = {"title": task.title, "command": RUN, "arguments": [self._argument(task, document, at)]}
                found.append({"range": {"start": where["start"], "end": where["start"]}, "command": command})
        return found

    def described(self, argument: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the tasks that apply at `uri` and `range`, or all where no `uri` is given."""
        if argument.get("uri") is None:
            tasks = [(task, task.title) for task in self._all()]
        else:
            at = argument_place(argument)
            tasks = list(self.applying(self._server.documents.known(at.uri), at))
        return [
            {
                "name": task.name,
                "title": title,
                "kind": task.kind,
                "gives": task.gives,
                "cost": task.cost,
                "arguments": [question(one) for one in task.arguments],
            }
            for task, title in tasks
        ]

    def _all(self) -> Iterator[ActionTask]:
        backend = self._server.backend
        if backend.plugins is not None and backend.usable:
            from aigc_plugins.api import ActionTask

            settings = backend.settings.tasks
            can_ask = "ask" in self._server.client.extras
            for task in backend.plugins.tasks(ActionTask):  # type: ignore[type-abstract]
                asks = not can_ask and any(one.default is None for one in task.arguments)
                if settings.enabled and task.name not in settings.disabled and not asks:
                    yield task

    def applying(self, document: Document, at: Asked) -> Iterator[tuple[ActionTask, str]]:
        """Yield the tasks for a place, with their titles there."""
        place: Place | None = None
        if self._server.suggester.oversize(document):  # parsing it would hold up the editor
            return
        for task in self._all():
            if place is None:  # not before there is a task that may want it
                place = place_of(at, document, self._server.documents)
            if task.languages and place.language not in task.languages:
                continue
            try:
                applies = task.applies(place)
            except Exception:
                logger.exception("The task %s cannot say where it applies", task.name)
                continue
            if applies:
                yield task, applies if isinstance(applies, str) else task.title

    def _argument(self, task: ActionTask, document: Document, at: Asked) -> dict[str, Any]:
        argument: dict[str, Any] = {"task": task.name, "uri": at.uri, "version": document.version}
        argument |= {"range": json_range(at.range), "arguments": {}}
        if at.diagnostics:
            argument["diagnostics"] = list(at.diagnostics)
        if task.arguments and "ask" in self._server.client.extras:
            argument["ask"] = [question(one) for one in task.arguments]
        return argument
