"""Realistic typing against aigc-lsp, and the same keys against llama-cpp-python driven as llama.vim does.

Real files are typed at 60 words a minute, with pauses, mistakes, jumps, and an editor that indents and closes brackets
(keystrokes_trace.py). Nobody accepts a suggestion, so that both sides see the same keys. The two take turns, file by
file, with the same GGUF; while one types, the other rests. What is measured is defined in keystrokes_screen.py.
(It cannot be called typing.py: that name is the standard library's, for every script in this folder.)

The peer is compiled on installation; where it lives in another environment, name its interpreter with --peer-python:
`pip install "llama-cpp-python[server]"`. Where its own choice of instructions crashes (AMX in some virtual machines),
install with CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_AVX512=ON ..." instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Protocol

from keystrokes_ours import Ours
from keystrokes_peer import Peer
from keystrokes_screen import Screen, figures
from keystrokes_trace import Segment, digest, make_trace
from keystrokes_typist import Event
from report import write


class Side(Protocol):
    """What types into one of the two."""

    name: str
    screen: Screen

    async def start(self) -> None: ...
    async def figures(self) -> dict[str, int]: ...
    async def open(self, segment: Segment) -> None: ...
    async def key(self, event: Event) -> None: ...
    async def rest(self) -> None: ...
    async def close(self) -> None: ...


async def replay(side: Side, segment: Segment) -> Screen:
    """Type a segment in real time."""
    await side.open(segment)
    loop = asyncio.get_running_loop()
    due = loop.time()
    for event in segment.events:
        due = max(due + event.gap, loop.time())
        await asyncio.sleep(due - loop.time())
        await side.key(event)
    await asyncio.sleep(1.0)
    await side.rest()
    return side.screen


async def run(sides: list[Side], trace: list[Segment], details: Path | None) -> dict[str, dict[str, Any]]:
    """Type the whole trace on each side, in turns, and return the figures of each."""
    screens: dict[str, list[Screen]] = {side.name: [] for side in sides}
    totals: dict[str, dict[str, int]] = {side.name: {} for side in sides}
    try:
        for side in sides:
            await side.start()
        for number, segment in enumerate(trace):
            for side in sides[number % len(sides) :] + sides[: number % len(sides)]:
                before = await side.figures()
                screens[side.name].append(await replay(side, segment))
                for name, value in (await side.figures()).items():
                    totals[side.name][name] = totals[side.name].get(name, 0) + value - before[name]
                print(f"{number + 1}/{len(trace)} {segment.name:24} {side.name}", file=sys.stderr)
    finally:
        for side in sides:
            await side.close()
    if details is not None:
        _write_details(details, screens)
    result = {}
    for side in sides:
        total = totals[side.name]
        evaluated = total["prompt"] - total["cached"]
        hit = round(total["cached"] / total["prompt"], 4) if total["prompt"] else None
        result[side.name] = {**figures(screens[side.name]), **total, "evaluated": evaluated, "cache_hit": hit}
    return result


def _write_details(path: Path, screens: dict[str, list[Screen]]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for name, sessions in screens.items():
            for session, screen in enumerate(sessions):
                for key in screen.keys:
                    changes = [(round(at - key.at, 4), ghost, asked) for at, ghost, asked in key.changes]
                    event = key.event
                    row = {"side": name, "session": session, "kind": event.kind, "typed": event.typed,
                           "truth": event.truth and event.truth[:60], "gap": event.gap, "changes": changes}  # fmt: skip
                    out.write(json.dumps(row) + "\n")


def show(result: dict[str, dict[str, Any]]) -> None:
    """Print a table."""
    rows = [
        ("wait for ghost text p50, ms", lambda f: f"{f['wait_ms']['p50']:.0f}"),
        ("wait for ghost text p95, ms", lambda f: f"{f['wait_ms']['p95']:.0f}"),
        ("stretch without ghost text p50, ms", lambda f: f"{f['stretch_ms']['p50']:.0f}"),
        ("stretch without ghost text p95, ms", lambda f: f"{f['stretch_ms']['p95']:.0f}"),
        ("waits answered / nothing / unfinished", lambda f: " / ".join(str(n) for n in f["waits"].values())),
        ("key to ghost text p50, ms", lambda f: f"{f['key_to_ghost_ms']['p50']:.0f}"),
        ("key to ghost text p95, ms", lambda f: f"{f['key_to_ghost_ms']['p95']:.0f}"),
        ("  where it had to come, p50", lambda f: f"{f['asked_key_to_ghost_ms']['p50']:.0f}"),
        ("  where it had to come, p95", lambda f: f"{f['asked_key_to_ghost_ms']['p95']:.0f}"),
        ("keys with ghost text on screen", lambda f: f"{f['on_screen']:.3f}"),
        ("  with a valid one", lambda f: f"{f['valid']:.3f}"),
        ("  with a right line", lambda f: f"{f['right']:.3f}"),
        ("engine calls", lambda f: f"{f['calls']}"),
        ("prompt tokens", lambda f: f"{f['prompt']}"),
        ("  evaluated", lambda f: f"{f['evaluated']}"),
        ("  cache hit ratio", lambda f: f"{f['cache_hit'] or 0:.3f}"),
        ("tokens written", lambda f: f"{f['decoded']}"),
    ]
    print(f"{'':40}" + "".join(f"{name.split(',')[0]:>20}" for name in result))
    for title, value in rows:
        print(f"{title:40}" + "".join(f"{value(found):>20}" for found in result.values()))


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=1500, help="type at least so many keys (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=Path, help="a GGUF file (default: the embedded model)")
    parser.add_argument("--peer-python", help="an interpreter that has llama-cpp-python[server]; without it, no peer")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON", help="a setting, e.g. completion.x=1")
    parser.add_argument("--home", type=Path, help="folder for engine and settings (default: a new one)")
    parser.add_argument("--details", type=Path, help="file for one JSON line a key")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.model is None:
        from aigc_models.catalog import load_catalog
        from aigc_models.store import resolve

        options.model = resolve(load_catalog().default_model.name).path
    trace = make_trace(options.keys, options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        home = options.home or Path(temporary)
        _configure(home, options.model, options.set)
        sides: list[Side] = [Ours(home)]
        if options.peer_python:
            sides.append(Peer(options.peer_python, options.model, Path(temporary)))
        result = asyncio.run(run(sides, trace, options.details))
    show(result)
    ratios = _ratios(result)
    if ratios:
        print(f"ours / peer: p50 {ratios['p50']:.2f}, p95 {ratios['p95']:.2f} (targets 0.5); "
              f"cache hit {result[Ours.name]['cache_hit']:.3f} (target 0.9)")  # fmt: skip
    facts = {"model": options.model.name, "trace": digest(trace), "files": [one.name for one in trace]}
    write(options.json, "keystrokes", {**facts, "settings": options.set, "sides": result, "ratios": ratios})


def _ratios(result: dict[str, dict[str, Any]]) -> dict[str, float]:
    if len(result) < 2:
        return {}
    ours, peer = (found["wait_ms"] for found in result.values())
    return {name: round(ours[name] / peer[name], 3) for name in ("p50", "p95")}


def _configure(home: Path, model: Path, pairs: list[str]) -> None:
    sections: dict[str, dict[str, Any]] = {"engine": {"model": str(model)}}
    for pair in pairs:
        key, _, value = pair.partition("=")
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = json.loads(value)
    lines = []
    for section, entries in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{name} = {json.dumps(value)}" for name, value in entries.items()]
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.environ["AIGC_LSP_HOME"] = str(home)


if __name__ == "__main__":
    main()
