"""Play an editor: open the example files, ask for ghost text at several places, and show what a person would see.

Run by `make demo`. Every suggestion comes from the real model through `aigc-lsp --stdio`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from lsp_editor import Editor, ModelReady
from rich.console import Console
from rich.text import Text

_HERE = Path(__file__).parent
_ROWS_ABOVE, _ROWS_BELOW = 6, 2

# A file, its language, and the text before the cursor: the lines after it are deleted from there up to `until`.
PLACES = [
    ("python/stats.py", "python", "    average = mean(values)\n    return ", "\n\n\ndef standard_deviation"),
    ("python/stats.py", "python", '    """Return the square root of the variance."""\n', "\n\n\ndef median"),
    ("python/stats.py", "python", "    middle = len(ordered) // 2\n    if ", "\n    return (ordered"),
    ("typescript/queue.ts", "typescript", "  peek(): T | undefined {\n    ", "\n  }\n\n  size"),
    ("typescript/queue.ts", "typescript", "  isEmpty(): boolean {\n    ret", "\n  }\n}"),
    ("go/shapes.go", "go", "func (r Rectangle) Area() float64 {\n\treturn ", "\n}\n"),
    ("go/shapes.go", "go", "func (c Circle) Perimeter() float64 {\n", "\n}\n\n// Rectangle"),
]


def _show(console: Console, name: str, text: str, offset: int, suggestion: str, note: str) -> None:
    before, after = text[:offset], text[offset:]
    above = before.split("\n")[-_ROWS_ABOVE - 1 :]
    below = after.split("\n")[: _ROWS_BELOW + 1]
    shown = Text("\n".join(above))
    shown.append("▏", style="bold cyan")
    shown.append(suggestion, style="dim italic")
    shown.append("\n".join(below))
    console.rule(f"[bold]{name}[/bold]  {note}", align="left")
    console.print(shown)
    console.print()


async def _speed() -> str:
    """Return what the engine's own counters say of the session."""
    from aigc_models.client.http import EngineClient
    from aigc_models.place import EnginePlace
    from aigc_models.paths import runtime_dir

    client = EngineClient(socket=EnginePlace(runtime_dir()).socket)
    try:
        status = await client.status()
    finally:
        await client.aclose()
    counted = status.details
    rate = counted["decode_step_tokens"] / counted["decode_s"] if counted.get("decode_s") else 0.0
    return (
        f"{status.model} on {status.runtime}: {counted['decoded_tokens']} tokens written, {rate:.0f} tokens/s; "
        f"{counted['cached_tokens']} of {counted['prompt_tokens']} prompt tokens came from the prefix cache"
    )


def main() -> int:
    """Ask at each place; return 1 when fewer than half of them got a suggestion."""
    console = Console(highlight=False)
    ready = ModelReady(lambda text: console.print(f"[dim]{text}[/dim]"))
    found = 0
    with Editor(_HERE, on_notification=ready) as editor:
        name = editor.server["serverInfo"]
        console.print(f"[bold]{name['name']} {name['version']}[/bold] over stdio; the model loads in its own process")
        for number, (path, language, before, until) in enumerate(PLACES):
            source = (_HERE / path).read_text(encoding="utf-8")
            start = source.index(before) + len(before)
            text = source[:start] + source[source.index(until, start) :]
            uri = (_HERE / path).absolute().as_uri()
            editor.open(uri, language, text)
            line, column = text.count("\n", 0, start), start - (text.rfind("\n", 0, start) + 1)
            if not number:
                ready.wait()
                editor.first_ghost_text(uri, line, column)
                editor.close(uri)  # what was suggested is remembered for an open document: ask anew, and time that
                editor.open(uri, language, text)
            began = time.perf_counter()
            items = editor.ghost_text(uri, line, column)
            elapsed = (time.perf_counter() - began) * 1000
            suggestion = items[0]["insertText"] if items else ""
            found += bool(items)
            note = f"{elapsed:.0f} ms" if items else f"nothing worth showing ({elapsed:.0f} ms)"
            shown = suggestion
            if items and (item_range := items[0].get("range")):
                shown = suggestion[column - item_range["start"]["character"] :]
            _show(console, f"{path}:{line + 1}", text, start, shown, note)
            editor.close(uri)
        console.print(asyncio.run(_speed()))
    console.print(f"{found} of {len(PLACES)} places got a suggestion")
    return 0 if found * 2 >= len(PLACES) else 1


if __name__ == "__main__":
    sys.exit(main())
