"""Fine-tune the embedded model on a small real package, and show what that changes: figures, losses, suggestions.

Run by `make demo-finetune`. Everything happens below a temporary folder, which is removed at the end: your settings and
your adapters are not touched. `--keep` leaves it there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from lsp_editor import Editor, ModelReady
from rich.console import Console
from rich.text import Text

from aigc_models.client import EngineClient, control
from aigc_models.paths import cache_dir, data_dir

# Published after the base model was trained: it has not seen this code. MIT licence.
_PACKAGE = "python-discovery==1.9.6"
_NAME = "demo"
_COMMAND = [sys.executable, "-P", "-m", "aigc_lsp"]
_PLACES, _SHOWN = 10, 3
_RECIPE = """\
description = "A small package in a few minutes on a CPU"

[augment]
fim = 0.0

[encode]
context_length = 512

[train]
rank = 16
alpha = 32.0
batch_tokens = 2048
micro_tokens = 1024
epochs = 6.0
max_minutes = {minutes}
learning_rate = 8e-4
eval_steps = 15
checkpoint_steps = 15

[evaluate]
cases = {cases}
general = {general}
"""
# Short prompts and the model's likeliest answer as it is: the defaults look at more, which takes minutes on a CPU here.
_SETTINGS = """\
[completion]
candidates = 1
prefix_tokens = 512

[context]
tokens = 256
"""


def _home(folder: Path) -> None:
    """Move everything that aigc-lsp keeps below `folder`, but for the models that are here already."""
    cache, data = cache_dir(), data_dir()
    for name, there in (("cache/models", cache / "models"), ("data/models", data / "models")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if there.is_dir():
            (folder / name).symlink_to(there)
    (folder / "config").mkdir()
    (folder / "config" / "config.toml").write_text(_SETTINGS)
    os.environ["AIGC_LSP_HOME"] = str(folder)


def _fetch(folder: Path) -> Path:
    """Fetch the package, unpack it, and return its folder as a project."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq"]
    subprocess.run([*pip, "download", "--no-deps", "--only-binary=:all:", "-d", str(folder), _PACKAGE], check=True)
    project = folder / "project"
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(project, [name for name in wheel.namelist() if name.endswith((".py", "LICENSE"))])
    return project


def _aigc(*words: object) -> None:
    done = subprocess.run([*_COMMAND, *map(str, words)], check=False)
    if done.returncode:
        sys.exit(f"aigc-lsp {words[0]} failed (exit status {done.returncode})")


def _places(run: Path) -> list[tuple[str, str, int, str]]:
    """Return places in files that training did not see: path, text without one line's code, its offset, that code."""
    found = []
    for entry in (run / "corpus" / "eval.jsonl").read_text(encoding="utf-8").splitlines():
        file = json.loads(entry)
        start = 0
        for line in file["text"].splitlines(keepends=True):
            code = line.strip()
            offset = start + len(line) - len(line.lstrip())
            if 18 <= len(code) <= 70 and code[0].isalpha() and start > 400 and not code.startswith(("def ", "class ")):
                found.append((file["path"], file["text"][:offset] + file["text"][offset + len(code) :], offset, code))
            start += len(line)
    return found[:: max(1, len(found) // _PLACES)][:_PLACES]


async def _adapter_is_ready() -> None:
    """Wait until the engine has merged the adapter; until then the model alone would answer."""
    client = EngineClient(socket=control.socket_path())
    try:
        deadline = time.monotonic() + 180
        while (await client.prepare_adapter(_NAME))[0] == "preparing" and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
    finally:
        await client.aclose()


def _suggestions(project: Path, places: list[tuple[str, str, int, str]]) -> list[str]:
    """Ask the language server at each place, as an editor does."""
    answers = []
    ready = ModelReady()
    with Editor(project, on_notification=ready) as editor:
        for number, (path, text, offset, _) in enumerate(places):
            uri = (project / path).absolute().as_uri()
            line, column = text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1)
            editor.open(uri, "python", text)
            if not number:
                ready.wait()
                editor.first_ghost_text(uri, line, column, patience=60)
                asyncio.run(_adapter_is_ready())
                editor.close(uri)
                editor.open(uri, "python", text)
            items = editor.ghost_text(uri, line, column)
            answer = items[0]["insertText"] if items else ""
            if items and (place := items[0].get("range")):
                answer = answer[column - place["start"]["character"] :]
            answers.append(answer.strip())
            editor.close(uri)
    return answers


def _show(console: Console, places: list[tuple[str, str, int, str]], base: list[str], adapter: list[str]) -> None:
    order = sorted(
        range(len(places)),
        key=lambda index: (adapter[index] == base[index], adapter[index] != places[index][3]),
    )
    for index in order[:_SHOWN]:
        path, text, offset, code = places[index]
        console.rule(f"[bold]{path}:{text.count(chr(10), 0, offset) + 1}[/bold]", align="left")
        console.print(Text("\n".join(text[:offset].rstrip(" \t").split("\n")[-5:]).rstrip("\n")))
        for name, answer in (("without", base[index]), ("with the adapter", adapter[index]), ("the package", code)):
            style = "green" if answer == code else "dim italic"
            console.print(Text(f"{name:>16}  ").append(answer or "(nothing worth showing)", style=style))
    right = [
        sum(answer == place[3] for answer, place in zip(answers, places, strict=True)) for answers in (base, adapter)
    ]
    console.print(
        f"\nOf {len(places)} lines that training did not see, {right[0]} came as the package has them without the adapter, "
        f"{right[1]} with it. Those above were chosen to show a difference; the table further up is the measurement."
    )


def main() -> int:
    """Do all of it; return 1 where the adapter is not in use at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.5, help="time for training")
    parser.add_argument("--cases", type=int, default=32, help="held-out lines that are asked for")
    parser.add_argument("--general", type=int, default=8, help="cases of general code that must not get worse")
    parser.add_argument("--keep", action="store_true", help="leave everything there, and say where")
    chosen = parser.parse_args()
    console, began = Console(highlight=False, soft_wrap=True), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="aigc-demo-"))
    try:
        _home(folder / "home")
        console.print(f"[bold]{_PACKAGE}[/bold] from PyPI, into {folder}; all of this stays there")
        project = _fetch(folder)
        recipe = folder / "recipe.toml"
        recipe.write_text(_RECIPE.format(minutes=chosen.minutes, cases=chosen.cases, general=chosen.general))
        _aigc("finetune", project, "--recipe", recipe, "--name", _NAME, "--yes", "--use")
        places = _places(folder / "home" / "data" / "finetune" / _NAME)
        console.print("\nThe language server, with the adapter in use and without it:")
        adapter = _suggestions(project, places)
        _aigc("adapters", "use", "none", "--workspace", project)
        base = _suggestions(project, places)
        _aigc("adapters", "use", _NAME, "--workspace", project)
        _show(console, places, base, adapter)
        console.print(f"It took {(time.monotonic() - began) / 60:.1f} minutes.")
    finally:
        if "AIGC_LSP_HOME" in os.environ:  # the demo's own engine, not yours
            subprocess.run([*_COMMAND, "engine", "stop"], check=False, capture_output=True)
        if chosen.keep:
            console.print(f"All of it is in {folder}; AIGC_LSP_HOME={folder / 'home'} uses the adapter.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
