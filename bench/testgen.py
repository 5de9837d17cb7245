"""Tests for real modules: ours with the embedded model, ours with no model, and Pynguin, measured alike in one run.

Modules are drawn from packages on PyPI (testgen_modules.py says which, and by which rule); Pynguin and what measures
are installed from there, into environments of the benchmark's own. Every tool gets each module in a fresh project with
an empty folder of tests, and the same seconds to search, one after the other. Pynguin runs with its help's
recommendation for better mutation scores (`--no-xfail`), may go on after its search for as long again to choose
assertions by mutants, and is stopped after three times the budget; so are ours.

Then each test file is measured by tools that are no one's own: pytest, coverage.py, and mutants that cosmic-ray makes,
the same ones for all. A test that fails at first is counted and left out; the others are run again under coverage, in
shuffled orders under other hash seeds, and against each mutant. A mutant is killed where a test fails, or where the
tests take five times as long and two seconds. Mutants with which the module cannot be imported are not drawn.

lines, branches: of coverage.py, with what the import alone covers. failing: at the first run. rerun failures: pairs of
a test and a rerun. assertion-free: test functions with no `assert`, `pytest.raises` or the like. The folder `done` of
--work keeps for each module the mutants, and for each tool which of them are alive.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import testgen_measure
import testgen_tools
from report import write
from testgen_modules import PACKAGES, RULE, Module, draw
from testgen_setup import MEASURING, PYNGUIN, environment, packages
from testgen_summary import show, summary
from testgen_tools import OURS, PEER, TOOLS, Made

SEED = 1
_AT_ONCE = 2


class Bench:
    """The environments, the drawn modules, and the folder in which each finished part is kept at once."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        cache = options.cache.expanduser()
        cache.mkdir(parents=True, exist_ok=True)
        self.measuring = environment(cache, "measuring", MEASURING)
        self.pynguin = environment(cache, "pynguin", (f"pynguin=={PYNGUIN}",)) if PEER in options.tools else None
        self.packages = packages(cache, self.measuring, PACKAGES)
        drawn = draw(self.packages, options.modules, SEED)
        self.modules = [one for one in drawn if not options.only or one.name in options.only]
        self.work = options.work or cache / "run"
        if not options.resume:
            shutil.rmtree(self.work, ignore_errors=True)
        (self.work / "done").mkdir(parents=True, exist_ok=True)
        self._same_settings()

    def _same_settings(self) -> None:
        """Refuse to go on with parts that were made in another way."""
        options = self.options
        settings = [options.seconds, options.seed, options.mutants, options.reruns, options.model]
        path = self.work / "settings.json"
        if path.exists() and json.loads(path.read_text("utf-8")) != settings:
            raise SystemExit(f"{self.work} holds parts of a run with other settings: leave --resume out")
        path.write_text(json.dumps(settings), "utf-8")

    def kept(self, part: str, module: Module, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return a finished part, made and kept where it is not there yet."""
        path = self.work / "done" / f"{module.name}.{part}.json"
        if not path.exists():
            made = make()
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(made), "utf-8")
            fresh.replace(path)
        return dict(json.loads(path.read_text("utf-8")))

    def place(self, tool: str, module: Module) -> testgen_measure.Place:
        """Return where a tool's project of a module is."""
        return testgen_measure.Place(self.work / tool / module.name, module.file, module.name)

    def generate(self, tool: str, module: Module) -> dict[str, Any]:
        """Let a tool write tests for a module."""
        options = self.options
        project = testgen_tools.laid_out(self.work, tool, module, self.packages[module.package])
        if tool == PEER and self.pynguin is not None:
            made = testgen_tools.pynguin(self.pynguin, project, module, options.seconds, options.seed)
        else:
            made = testgen_tools.ours(project, module, options.seconds, options.seed, tool == OURS, options.model or "")
        return made.as_json()

    def ready(self, module: Module) -> dict[str, Any]:
        """Return the mutants of a module, and how much there is to cover."""

        def make() -> dict[str, Any]:
            project = testgen_tools.laid_out(self.work, "plain", module, self.packages[module.package])
            place = testgen_measure.Place(project, module.file, module.name)
            return testgen_measure.prepared(self.measuring, place, self.options.mutants, SEED)

        return self.kept("ready", module, make)

    def measure(self, tool: str, module: Module) -> dict[str, Any]:
        """Measure what a tool wrote for a module."""
        made = Made(**self.kept(f"{tool}.made", module, lambda: self.generate(tool, module)))

        def make() -> dict[str, Any]:
            return testgen_measure.measured(
                self.measuring, self.place(tool, module), made.tests, self.ready(module), self.options.reruns
            )

        row = {"module": module.name, "tool": tool, "seconds": made.seconds, "status": made.status}
        return {**row, "origins": made.origins, **self.kept(f"{tool}.measured", module, make)}


async def run(bench: Bench) -> list[dict[str, Any]]:
    """Generate one at a time, then measure two at a time; return a row for each module and tool."""
    tools = bench.options.tools
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(bench.ready, bench.modules))
    turns = [(module, tool) for module in bench.modules for tool in tools]
    async with _engine(bench.options, OURS in tools) as warm:
        for number, (module, tool) in enumerate(turns):
            _tell(f"{number + 1}/{len(turns)} {tool} writes tests for {module.name}")
            if tool == OURS:
                await warm()
            await asyncio.to_thread(
                bench.kept, f"{tool}.made", module, lambda tool=tool, module=module: bench.generate(tool, module)
            )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        rows = []
        for row in pool.map(lambda turn: bench.measure(turn[1], turn[0]), turns):
            rows.append(row)
            _tell(f"{len(rows)}/{len(turns)} measured")
    return rows


@asynccontextmanager
async def _engine(options: argparse.Namespace, wanted: bool) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Hold an engine with its model loaded, so that no tool's time goes into loading it."""
    if not wanted:
        yield _nothing
        return
    from aigc_lsp.launch import engine_command
    from aigc_lsp.settings import Settings
    from aigc_models.client import EngineLink
    from aigc_models.types import CompletionRequest

    settings = Settings.model_validate({"engine": {"model": options.model}} if options.model else {})
    link = EngineLink(settings.engine_config(), engine_command(settings))

    async def warm() -> None:
        await link.ready(600)
        async for _ in link.client.complete(CompletionRequest("def f(", max_tokens=2)):
            pass

    await link.start()
    try:
        options.model_name = (await link.ready(600)).model
        yield warm
    finally:
        await link.aclose()


async def _nothing() -> None:
    return None


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr)
    else:
        print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Draw, generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modules", type=int, default=30)
    parser.add_argument("--only", nargs="+", default=[], metavar="MODULE", help="of the drawn modules, these alone")
    parser.add_argument("--tools", type=lambda text: text.split(","), default=list(TOOLS), help=",".join(TOOLS))
    parser.add_argument("--seconds", type=float, default=20.0, help="for one module")
    parser.add_argument("--seed", type=int, default=1, help="given to each tool")
    parser.add_argument("--mutants", type=int, default=60, help="at most, of one module")
    parser.add_argument("--reruns", type=int, default=20)
    parser.add_argument("--model", help="model to ask (default: the configured one)")
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/aigc-lsp-bench/testgen"), help="for environments")
    parser.add_argument("--work", type=Path, help="for projects and finished parts (default: in the cache)")
    parser.add_argument("--resume", action="store_true", help="go on with the parts that are finished")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if unknown := set(options.tools) - set(TOOLS):
        parser.error(f"no tool {', '.join(unknown)}")
    options.model_name = None
    bench = Bench(options)
    rows = asyncio.run(run(bench))
    figures = {
        "seconds": options.seconds,
        "seed": options.seed,
        "model": options.model_name,
        "rule": RULE,
        "packages": PACKAGES,
        "measured_by": list(MEASURING),
        "peer": f"pynguin {PYNGUIN}",
        **summary(rows, options.tools),
        "rows": [{name: one for name, one in row.items() if name != "alive"} for row in rows],
    }
    show(figures)
    write(options.json, "tests for real modules", figures)


if __name__ == "__main__":
    main()
