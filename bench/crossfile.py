"""Cross-file completion: calls of a package's own functions that another file defines, with context and without.

Two real packages of permissive licence are installed into a temporary folder. The code of `aigc-lsp evaluate` masks
calls in them, from the name that is called to the closing bracket; what stands left of it on the line
stays. Each case is asked twice along the whole path, as an explicit request: with code from other files in the prompt
and without, in turns. The packages were chosen for the number of their cases before anything was measured, and nothing
was tuned on them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from report import write

from aigc_lsp.cli.evaluating import Progress, variants_of
from aigc_lsp.evaluate import table
from aigc_lsp.evaluate.details import lines
from aigc_lsp.evaluate.runner import Options
from aigc_lsp.evaluate.session import Plan, Report, evaluate
from aigc_lsp.evaluate.summary import summary
from aigc_plugins.manager import load_plugins

PACKAGES = {"sphinx": "9.0.4", "celery": "5.7.0"}
_PERMISSIVE = ("BSD", "MIT", "APACHE")


def fetch(name: str, version: str, folder: Path) -> dict[str, str]:
    """Install one package without its dependencies into a folder of its own; return its name, version and licence."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, "--no-deps", "--only-binary=:all:", "--target", folder, f"{name}=={version}"], check=True)
    [info] = folder.glob("*.dist-info")
    metadata = Distribution.at(info).metadata
    licence = metadata.get("License-Expression") or metadata.get("License") or ""
    if not any(word in licence.upper() for word in _PERMISSIVE):
        raise SystemExit(f"{name} {version} is under {licence!r}, which is not among {', '.join(_PERMISSIVE)}")
    return {"name": name, "version": version, "licence": licence}


def pooled(reports: Sequence[tuple[str, Report]]) -> Report:
    """Return one report over the cases of several; the kind of a case is its package."""
    cases = [replace(case, kind=name) for name, report in reports for case in report.cases]
    sides = [replace(side, results={}) for side in reports[0][1].sides]
    start = 0
    for _, report in reports:
        for whole, part in zip(sides, report.sides, strict=True):
            whole.results.update({start + place: result for place, result in part.results.items()})
        start += len(report.cases)
    return Report(cases, sides, {})


def show(data: dict[str, Any]) -> None:
    """Print the figures."""
    for columns, rows in (table.rows(data), table.kind_rows(data)):
        widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]
        for row in (columns, *rows):
            print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
        print()
    print("\n".join(table.remarks(data)))


def main() -> None:
    """Fetch, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=120, help="at most this many cases of each package; 0 is all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", help="model to ask (default: the configured one)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON", help="a setting for both sides")
    parser.add_argument("--details", type=Path, help="write one JSON line a case and side")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    own, variants = variants_of(options.model, None, None, options.set, ["context.enabled=false"])
    plugins = load_plugins(own.plugins.disabled)
    reports, packages = [], []
    with tempfile.TemporaryDirectory() as temporary, Progress() as progress:
        for name, version in PACKAGES.items():
            folder = Path(temporary) / name
            packages.append(fetch(name, version, folder))
            plan = Plan((folder,), ("cross-file",), options.cases, options=Options(seed=options.seed))
            report = evaluate(plan, variants, own, plugins, progress)
            if report.error is not None or report.interrupted:
                raise SystemExit(f"{name}: {report.error or 'interrupted'}; nothing was written")
            reports.append((name, report))
    whole = pooled(reports)
    data = summary(whole.cases, whole.sides, seed=options.seed)
    show(data)
    if options.details:
        options.details.write_text(lines(whole), encoding="utf-8")
    write(options.json, "cross-file calls", {"packages": packages, "seed": options.seed, **data})


if __name__ == "__main__":
    main()
