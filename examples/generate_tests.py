"""Write tests for the example modules with `aigc-lsp testgen`, run them, and show what they are worth.

Run by `make demo-testgen`. The examples themselves are not touched: tests are written into copies.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

_HERE = Path(__file__).parent
_COMMAND = [sys.executable, "-m", "aigc_lsp"]
_SECONDS = 18

# A folder of the examples, and in it the modules to test.
PROJECTS = [("python", ["stats.py"]), ("shop", ["src/shop/prices.py", "src/shop/basket.py"])]


def _generated(project: Path, modules: list[str]) -> dict:
    command = [*_COMMAND, "testgen", *modules, "--write", "--json", "--seconds", str(_SECONDS)]
    done = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.strip():
        sys.exit(f"aigc-lsp testgen gave nothing (exit status {done.returncode})")
    return json.loads(done.stdout)


def _passes(project: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, text=True, check=False)
    Console().print(done.stdout.strip().splitlines()[-1], style="green" if done.returncode == 0 else "red")
    return done.returncode == 0


def _row(table: Table, name: str, module: dict) -> None:
    after, before = module["after"], module["before"]

    def share(kind: str) -> str:
        texts = [f"{100 * one[kind][0] // max(one[kind][1], 1)} %" for one in (before, after)]
        return " → ".join(texts)

    count = sum(len(test["rows"]) for test in module["tests"])
    table.add_row(name, str(count), share("lines"), share("branches"), share("mutants"))


def main() -> None:
    """Do it all, and end with an error where a written test fails or nothing was written."""
    console = Console()
    table = Table("module", "tests", "lines", "branches", "planted faults caught")
    passed, written = True, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, modules in PROJECTS:
            project = Path(folder) / name
            shutil.copytree(_HERE / name, project)
            for module in _generated(project, modules)["modules"]:
                if module["status"] == "failed" or "after" not in module:
                    sys.exit(f"{name}/{module['path']}: {module['reason']}")
                written += module["written"]
                console.rule(f"{name}/{module['path']}", align="left")
                console.print(Syntax((project / module["test_file"]).read_text(), "python", word_wrap=True))
                for bug in module["possible_bugs"]:
                    console.print(
                        f"possible bug: {bug['call']} is documented as {bug['promised']}, but gives {bug['observed']}",
                        style="yellow",
                        markup=False,
                    )
                _row(table, f"{name}/{module['path']}", module)
            passed = _passes(project) and passed
    console.print(table)
    if not passed or not written:
        sys.exit("not all of the written tests hold")


if __name__ == "__main__":
    main()
