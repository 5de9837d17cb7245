"""Docstrings and type annotations for real functions of the standard library, along the whole path of a task.

Each case is a function in the text of its module; the task runs as in the editor and its edit is applied. Then it is
checked by code that is not the product's: the result parses, no line outside the function changed (annotations may add
imports), the statements are the same; a docstring that describes parameters describes those of the signature; mypy
reports nothing new about annotations. sound: all of that holds.

The same model then gets the same function as chat assistants give it: one prompt that asks for the whole function, and
what it answers takes the function's place. share sound: sound edits of all cases.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import edits_peer
from edits_cases import Case, cases, find
from edits_checks import annotation_faults, docstring_faults
from report import write

from aigc_lsp.settings import Settings
from aigc_lsp.tasks import Host, run_task
from aigc_models.client import EngineClient, EngineLink
from aigc_models.types import AigcError, ChatRequest, CompletionRequest
from aigc_plugins.api import ActionTask, Change, Place, applied
from aigc_plugins.document import Document
from aigc_plugins.manager import load_plugins

TASKS = ("docstring", "annotate")


class Tally:
    """Counts what one side offers for the cases of a task, and what is wrong with it."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.faults: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.offered = self.sound = 0

    def add(self, seconds: float, reason: str | None, faults: list[str]) -> None:
        """Count one case: why nothing was offered, else what is wrong with the edit."""
        self.times.append(seconds)
        if reason is not None:
            self.reasons[reason] += 1
            return
        self.offered += 1
        self.sound += not faults
        self.faults.update(faults)

    def result(self) -> dict[str, Any]:
        """Return the shares, and milliseconds."""
        total = len(self.times)
        cuts = statistics.quantiles(self.times, n=20, method="inclusive") if total > 1 else self.times * 19
        return {
            "cases": total,
            "offered": self.offered,
            "sound": self.sound,
            "share_offered": round(self.offered / total, 4),
            "share_sound": round(self.sound / total, 4),
            "sound_of_offered": round(self.sound / self.offered, 4) if self.offered else None,
            "faults": dict(self.faults.most_common()),
            "withheld": dict(self.reasons.most_common()),
            "ms": {"p50": round(cuts[9] * 1000), "p95": round(cuts[18] * 1000)},
        }


class Bench:
    """One engine, the tasks by name, and where mypy keeps what it knows."""

    def __init__(self, client: EngineClient, options: argparse.Namespace, cache: Path) -> None:
        self.client = client
        self.options = options
        self.cache = cache
        self.tasks = {task.name: task for task in load_plugins().tasks(ActionTask)}

    async def ours(self, name: str, case: Case) -> tuple[str | None, str | None]:
        """Return the text after the task, or why there is none."""
        text = case.text
        node = find(text, case.name)
        at = sum(map(len, text.splitlines(keepends=True)[: node.lineno - 1])) + node.col_offset
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "edited_module.py"
            path.write_text(text, encoding="utf-8")
            place = Place(Document(path.as_uri(), "python", text, 1).snapshot(), at, at)
            if not self.tasks[name].applies(place):
                return None, "does not apply"
            host = Host(self._client, roots=(Path(folder),), trusted=False)
            try:
                result = await run_task(self.tasks[name], place, {}, host, timeout_s=self.options.timeout)
            except AigcError as error:
                return None, reason_of(str(error), case)
        if not isinstance(result, Change):
            return None, "no edit"
        return applied(text, result.edits), None

    async def peer(self, name: str, case: Case) -> tuple[str | None, str | None]:
        """Return the text after one chat answer, or why there is none."""
        answer = ""
        async for chunk in self.client.chat(edits_peer.request(name, case.text, case.name)):
            answer += chunk.text
        text = edits_peer.applied(answer, case.text, case.name)
        return (text, None) if text is not None else (None, "no function in the answer")

    def faults(self, name: str, case: Case, text: str) -> list[str]:
        """Return what is wrong with an edit."""
        if name == "docstring":
            return docstring_faults(case.text, text, case.name)
        return annotation_faults(case.text, text, case.name, self.cache)

    async def _client(self) -> EngineClient:
        return self.client


def reason_of(message: str, case: Case) -> str:
    """Return a message without what is particular to a case, so that equal ones can be counted."""
    for part in {case.name, case.name.rpartition(".")[2]}:
        message = message.replace(f"`{part}`", "the function")
    return message.partition(": ")[2] or message


async def run(options: argparse.Namespace, drawn: list[Case]) -> dict[str, Any]:
    """Run all cases of all tasks on both sides in turns, and return the figures."""
    from aigc_lsp.launch import engine_command

    settings = Settings.model_validate({"engine": {"model": options.model}} if options.model else {})
    link = EngineLink(settings.engine_config(), engine_command(settings))
    await link.start()
    try:
        status = await link.ready(600)
        with tempfile.TemporaryDirectory() as cache:
            bench = Bench(link.client, options, Path(cache))
            await _warm(link.client)
            figures = {name: await _task(bench, name, drawn, options) for name in options.tasks}
    finally:
        await link.aclose()
    return {"model": status.model, "tasks": figures}


async def _warm(client: EngineClient) -> None:
    async for _ in client.complete(CompletionRequest("def f(", max_tokens=2)):
        pass
    async for _ in client.chat(
        ChatRequest(edits_peer.request("docstring", "def f(a):\n    a", "f").messages, max_tokens=2)
    ):
        pass


async def _task(bench: Bench, name: str, drawn: list[Case], options: argparse.Namespace) -> dict[str, Any]:
    sides = {"ours": bench.ours, **({} if options.no_peer else {"peer": bench.peer})}
    tallies = {side: Tally() for side in sides}
    for number, case in enumerate(drawn):
        for side in list(sides) if number % 2 else list(sides)[::-1]:
            began = time.perf_counter()
            text, reason = await sides[side](name, case)
            seconds = time.perf_counter() - began
            faults = [] if text is None else await asyncio.to_thread(bench.faults, name, case, text)
            tallies[side].add(seconds, reason, faults)
            if options.details:
                _note(options.details, name, side, case, text, reason, faults)
        if sys.stderr.isatty():
            sound = {side: tally.sound for side, tally in tallies.items()}
            print(f"\r{name} {number + 1}/{len(drawn)} sound {sound}   ", end="", file=sys.stderr)
    return {side: tally.result() for side, tally in tallies.items()}


def _note(
    path: Path, name: str, side: str, case: Case, text: str | None, reason: str | None, faults: list[str]
) -> None:
    """Add a line to the file of details: the function as it is now, or why there is none."""
    function = None
    if text is not None:
        try:
            function = ast.get_source_segment(text, find(text, case.name))
        except (SyntaxError, ValueError, KeyError):
            function = "(not found)"
    line = {"task": name, "side": side, "function": f"{case.module}.{case.name}", "reason": reason, "faults": faults}
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({**line, "own_style": case.own_style, "text": function}) + "\n")


def show(figures: dict[str, Any]) -> None:
    """Print a table and the ratios."""
    print(f"\n{'task':12}{'':6}{'cases':>7}{'offered':>9}{'sound':>8}{'share sound':>13}{'p50 ms':>9}{'p95 ms':>9}")
    for name, sides in figures["tasks"].items():
        for side, found in sides.items():
            print(
                f"{name:12}{side:6}{found['cases']:>7}{found['offered']:>9}{found['sound']:>8}"
                f"{found['share_sound']:>13.3f}{found['ms']['p50']:>9,}{found['ms']['p95']:>9,}"
            )
        for side, found in sides.items():
            for kind in ("faults", "withheld"):
                for text, count in found[kind].items():
                    print(f"  {side}, {kind}: {count} × {text}")
        if sides.get("peer", {}).get("sound"):
            print(f"  sound ours / peer: {sides['ours']['sound'] / sides['peer']['sound']:.2f}")


def main() -> None:
    """Draw the cases, run them, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--model", help="model to ask (default: the configured one)")
    parser.add_argument("--no-peer", action="store_true", help="ours alone")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for one edit")
    parser.add_argument("--details", type=Path, help="file for one JSON line an edit")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = {"seed": options.seed, **asyncio.run(run(options, cases(options.cases, options.seed)))}
    show(figures)
    write(options.json, "edits of real functions", figures)


if __name__ == "__main__":
    main()
