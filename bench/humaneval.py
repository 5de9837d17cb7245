"""HumanEval infilling through the whole path: a document in an editor, an LSP request, the text that gets inserted.

For each case the document holds the case's prompt and suffix, the cursor stands between them, and the first suggestion
is inserted. Where a whole line is missing (the prompt ends a line, the suffix begins one) the cursor stands on an empty
line of its own, as when a programmer has pressed Return there.

exact: the inserted text equals the reference, up to white space at the end and empty lines around it.
pass@1: the finished file passes the case's tests, run in a process of its own with limits on time and memory.
faults: suggestions that add a syntax error to the file, or whose last line is the line below once more.

With `--against KEY=JSON` (a setting; several may be given, or `none` for the settings as they are) every case is asked
twice in turn, under these settings and under those of `--set`: before and after in one run.

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
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from report import spread, write

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
from lsp_editor import Editor, ModelReady

from aigc_lsp.evaluate import guarantees

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


@dataclass(frozen=True)
class Answer:
    """What a case came to: the new document, the text that came in at the cursor, seconds, broken guarantees."""

    program: str
    middle: str
    seconds: float
    faults: tuple[str, ...] = ()


def inserted(editor: Editor, uri: str, before: str, after: str, options: argparse.Namespace) -> Answer:
    """Ask at the cursor and insert what is offered."""
    editor.open(uri, "python", before + after)
    line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
    began = time.perf_counter()
    items = editor.ghost_text(uri, line, column, options.timeout, automatic=options.automatic)
    elapsed = time.perf_counter() - began
    editor.close(uri)
    if not items:
        return Answer(before + after, "", elapsed)
    item = items[0]
    start = end = len(before)
    if found := item.get("range"):
        line_start = before.rfind("\n") + 1
        start = line_start + found["start"]["character"]
        end = line_start + found["end"]["character"]
    text = before + after
    new = text[:start] + item["insertText"] + text[end:]
    faults = guarantees(text[:start], item["insertText"], text[end:], "python", replaced=text[start:end])
    # What stands between the prompt and the suffix now: for an insertion, the inserted text itself.
    return Answer(new, item["insertText"][len(before) - start :], elapsed, faults)


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


class Tally:
    """Counts what one variant answers to the cases of a set."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.times: list[float] = []
        self.details: list[dict[str, Any]] = []

    def add(self, case: dict[str, Any], answer: Answer, passed: bool) -> None:
        """Count one answer."""
        exact = normal(answer.middle) == normal(case["canonical_solution"])
        self.times.append(answer.seconds)
        self.counts.update(exact=exact, passed=passed, shown=bool(answer.middle), faults=bool(answer.faults))
        detail = {"exact": exact, "passed": passed, "inserted": answer.middle, "faults": answer.faults}
        self.details.append({"task": case.get("task_id", len(self.details)), **detail})

    def result(self, *, tests: bool) -> dict[str, Any]:
        """Return the rates."""
        total = len(self.times)
        return {
            "cases": total,
            "exact": round(self.counts["exact"] / total, 4),
            "pass@1": round(self.counts["passed"] / total, 4) if tests else None,
            "shown": round(self.counts["shown"] / total, 4),
            "faults": self.counts["faults"],
            "ms": spread(self.times, 1000),
        }


def run_set(editors: dict[str, Editor], name: str, options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Ask every case of a set of every variant, one after the other, and score the answers."""
    tallies = {variant: Tally() for variant in editors}
    cases = load(options.data / f"{name}.jsonl.gz", options.limit)
    known: dict[str, bool] = {}
    for number, case in enumerate(cases):
        before, after = document(case)
        for variant in list(editors) if number % 2 else list(editors)[::-1]:
            answer = inserted(editors[variant], f"file:///humaneval/{name}_{number}.py", before, after, options)
            if not options.no_tests and answer.program not in known:
                known[answer.program] = passes(answer.program, case)
            tallies[variant].add(case, answer, known.get(answer.program, False))
        known.clear()
        if sys.stderr.isatty():
            exact = {variant: tally.counts["exact"] for variant, tally in tallies.items()}
            print(f"\r{name} {number + 1}/{len(cases)} exact {exact}", end="", file=sys.stderr)
    if options.details:
        for variant, tally in tallies.items():
            lines = "".join(json.dumps(detail) + "\n" for detail in tally.details)
            (options.details / f"{name}-{variant}.jsonl").write_text(lines, encoding="utf-8")
    return {variant: tally.result(tests=not options.no_tests) for variant, tally in tallies.items()}


def settings_of(pairs: list[str], model: str | None) -> dict[str, Any]:
    """Return the settings that `KEY=JSON` pairs name."""
    settings: dict[str, Any] = {"engine": {"model": model}} if model else {}
    for pair in pairs:
        if pair != "none":
            key, _, value = pair.partition("=")
            section, _, field = key.partition(".")
            settings.setdefault(section, {})[field] = json.loads(value)
    return settings


def show(results: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Print a table, and what came of the change where there are two variants."""
    print(f"\n{'set':14}{'':8}{'cases':>7}{'exact':>8}{'pass@1':>8}{'shown':>8}{'faults':>8}{'median ms':>11}")
    for name, variants in results.items():
        for variant, found in variants.items():
            rate = "-" if found["pass@1"] is None else f"{found['pass@1']:.3f}"
            print(
                f"{name:14}{variant:8}{found['cases']:>7}{found['exact']:>8.3f}{rate:>8}{found['shown']:>8.3f}"
                f"{found['faults']:>8}{found['ms']['median']:>11.0f}"
            )
        if "before" in variants:
            for measure in ("exact", "pass@1"):
                old, new = variants["before"][measure], variants["now"][measure]
                if old:
                    print(f"{name:14}{measure} now / before {new / old:.2f}")
    print(f"mean exact {statistics.mean(variants['now']['exact'] for variants in results.values()):.3f}")


def main() -> None:
    """Run the sets and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--limit", type=int, help="at most this many cases of each set, evenly spread")
    parser.add_argument("--model", help="model to ask (default: the configured one)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON", help="a setting, e.g. completion.x=1")
    parser.add_argument("--against", action="append", default=[], metavar="KEY=JSON", help="settings to compare with")
    parser.add_argument("--automatic", action="store_true", help="ask as while typing, not as on an explicit wish")
    parser.add_argument("--no-tests", action="store_true", help="score exact match only")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for one suggestion")
    parser.add_argument("--details", type=Path, help="folder for one JSON line a case")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.details:
        options.details.mkdir(parents=True, exist_ok=True)
    results = {}
    ready = ModelReady()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        wanted = {"before": options.against} if options.against else {}
        editors = {
            variant: stack.enter_context(Editor(folder, settings_of(pairs, options.model), ready))
            for variant, pairs in {**wanted, "now": options.set}.items()
        }
        ready.wait()
        for editor in editors.values():
            first = "file:///humaneval/first.py"
            editor.open(first, "python", "def add(a, b):\n    return ")
            editor.first_ghost_text(first, 1, 11)
        for name in options.sets:
            results[name] = run_set(editors, name, options)
    show(results)
    figures: dict[str, Any] = {"sets": {name: variants["now"] for name, variants in results.items()}}
    if options.against:
        figures["against"] = options.against
        figures["before"] = {name: variants["before"] for name, variants in results.items()}
    write(options.json, "humaneval infilling", {"model": options.model or "default", **figures})


if __name__ == "__main__":
    main()
