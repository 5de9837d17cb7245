"""HumanEval infilling through the whole path: a document in an editor, an LSP request, the text that gets inserted.

For each case the document holds the case's prompt and suffix, the cursor stands between them, and the first suggestion
is inserted. Where a whole line is missing (the prompt ends a line, the suffix begins one) the cursor stands on an empty
line of its own, as when a programmer has pressed Return there.

exact: the inserted text equals the reference, up to white space at the end and empty lines around it.
pass@1: the finished file passes the case's tests, run in a process of its own with limits on time and memory.

`--data` names a folder with single_line.jsonl.gz, multi_line.jsonl.gz and random_span.jsonl.gz (Bavarian et al. 2022).
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from report import spread, write

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
from lsp_editor import Editor, ModelReady

SETS = ("single_line", "multi_line", "random_span")
_CPU_S, _MEMORY, _WALL_S = 10, 2 << 30, 20


def load(path: Path, limit: int | None) -> list[dict[str, Any]]:
    """Read the cases; `limit` takes every n-th so that all kinds of cases stay in."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        cases = [json.loads(line) for line in stream]
    step = max(1, len(cases) // limit) if limit else 1
    return cases[::step][:limit]


def document(case: dict[str, Any]) -> tuple[str, str]:
    """Return the text before and after the cursor."""
    before, after = case["prompt"], case["suffix"]
    own_line = (not before or before.endswith("\n")) and not after.startswith("\n")
    return before, ("\n" + after if own_line else after)


def inserted(editor: Editor, uri: str, before: str, after: str, timeout: float) -> tuple[str, str, float]:
    """Return the new document, the text that came in at the cursor, and the seconds it took."""
    editor.open(uri, "python", before + after)
    line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
    began = time.perf_counter()
    items = editor.ghost_text(uri, line, column, timeout)
    elapsed = time.perf_counter() - began
    editor.close(uri)
    if not items:
        return before + after, "", elapsed
    item = items[0]
    start = end = len(before)
    if found := item.get("range"):
        line_start = before.rfind("\n") + 1
        start = line_start + found["start"]["character"]
        end = line_start + found["end"]["character"]
    new = (before + after)[:start] + item["insertText"] + (before + after)[end:]
    # What stands between the prompt and the suffix now: for an insertion, the inserted text itself.
    return new, item["insertText"][len(before) - start :], elapsed


def normal(text: str) -> str:
    """Leave out white space at the end and empty lines around."""
    return text.rstrip().lstrip("\n")


def passes(program: str, case: dict[str, Any]) -> bool:
    """Run the case's tests on a finished program in a process with limits."""
    code = f"{program}\n{case['test']}\ncheck({case['entry_point']})\n"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        resource.setrlimit(resource.RLIMIT_NPROC, (512, 512))

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-I", "-S", "-c", code]
        try:
            done = subprocess.run(
                command, cwd=folder, env={}, stdin=subprocess.DEVNULL, capture_output=True, timeout=_WALL_S,
                preexec_fn=limit, start_new_session=True, check=False,
            )  # fmt: skip
        except (subprocess.TimeoutExpired, ValueError):
            return False
    return done.returncode == 0


def run_set(editor: Editor, name: str, cases: list[dict[str, Any]], options: argparse.Namespace) -> dict[str, Any]:
    """Ask for every case of a set and score the answers."""
    counts: Counter[str] = Counter()
    times: list[float] = []
    details = []
    for number, case in enumerate(cases):
        before, after = document(case)
        uri = f"file:///humaneval/{name}_{number}.py"
        program, middle, elapsed = inserted(editor, uri, before, after, options.timeout)
        times.append(elapsed)
        exact = normal(middle) == normal(case["canonical_solution"])
        passed = not options.no_tests and passes(program, case)
        counts.update(exact=exact, passed=passed, shown=bool(middle))
        details.append({"task": case.get("task_id", number), "exact": exact, "passed": passed, "inserted": middle})
        if sys.stderr.isatty():
            print(f"\r{name} {number + 1}/{len(cases)} exact {counts['exact']}", end="", file=sys.stderr)
    if options.details:
        path = options.details / f"{name}.jsonl"
        path.write_text("".join(json.dumps(detail) + "\n" for detail in details), encoding="utf-8")
    total = len(cases)
    return {
        "cases": total,
        "exact": round(counts["exact"] / total, 4),
        "pass@1": None if options.no_tests else round(counts["passed"] / total, 4),
        "shown": round(counts["shown"] / total, 4),
        "ms": spread(times, 1000),
    }


def main() -> None:
    """Run the sets and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--limit", type=int, help="at most this many cases of each set, evenly spread")
    parser.add_argument("--model", help="model to ask (default: the configured one)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON", help="a setting, e.g. completion.x=1")
    parser.add_argument("--no-tests", action="store_true", help="score exact match only")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for one suggestion")
    parser.add_argument("--details", type=Path, help="folder for one JSON line a case")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    settings: dict[str, Any] = {"engine": {"model": options.model}} if options.model else {}
    for pair in options.set:
        key, _, value = pair.partition("=")
        section, _, field = key.partition(".")
        settings.setdefault(section, {})[field] = json.loads(value)
    if options.details:
        options.details.mkdir(parents=True, exist_ok=True)
    results = {}
    ready = ModelReady()
    with tempfile.TemporaryDirectory() as folder, Editor(Path(folder), settings, ready) as editor:
        ready.wait()
        first = "file:///humaneval/first.py"
        editor.open(first, "python", "def add(a, b):\n    return ")
        editor.first_ghost_text(first, 1, 11)
        for name in options.sets:
            results[name] = run_set(editor, name, load(options.data / f"{name}.jsonl.gz", options.limit), options)
    print(f"\n{'set':14}{'cases':>7}{'exact':>8}{'pass@1':>8}{'shown':>8}{'median ms':>11}")
    for name, result in results.items():
        rate = "-" if result["pass@1"] is None else f"{result['pass@1']:.3f}"
        print(
            f"{name:14}{result['cases']:>7}{result['exact']:>8.3f}{rate:>8}{result['shown']:>8.3f}"
            f"{result['ms']['median']:>11.0f}"
        )
    everything = [result["exact"] for result in results.values()]
    print(f"mean exact {statistics.mean(everything):.3f}")
    write(options.json, "humaneval infilling", {"model": options.model or "default", "sets": results})


if __name__ == "__main__":
    main()
