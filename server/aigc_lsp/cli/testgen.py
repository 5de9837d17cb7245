"""`aigc-lsp testgen PATH[::NAME]…`: writes tests that ran. What it does is in the other modules of that name."""

from pathlib import Path
from typing import Annotated

import typer

from aigc_lsp.cli.options import Model, Runtime


def _complete(ctx: typer.Context, incomplete: str) -> list[str]:
    from aigc_lsp.cli.testgen_words import complete

    return complete(incomplete, ctx.params.get("where") or ())


def generate_tests(
    where: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH[::NAME]",
            help="Modules and folders; `::parse`, `::Cart` or `::Cart.add` is a function, a class or a method. Of a "
            "folder: its modules without tests and what is ignored. With --since it may be left out: all that is here.",
            autocompletion=_complete,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="REV", help="Only functions that changed since that Git revision, new files included."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the test files.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print the change as a diff; the default without --write, --json and --html.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document: docs/testgen.md says what is in it.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a report: each line of the source, and what tests it."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="Time for one module.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Decides all chance: the same seed gives the same tests.")] = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Modules at the same time.")] = 1,
    no_model: Annotated[bool, typer.Option("--no-model", help="Ask no model: programs alone say what to try.")] = False,
    model: Model = None,
    runtime: Runtime = None,
    python: Annotated[
        Path | None,
        typer.Option("--python", help="The interpreter that the tests run in; else the project's own, or this one."),
    ] = None,
    min_coverage: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=100,
            metavar="PERCENT",
            help="Fail below that share of lines and branches, together as in coverage.py.",
        ),
    ] = None,
    min_mutation: Annotated[
        float | None, typer.Option(min=0, max=100, metavar="PERCENT", help="Fail below that share of killed mutants.")
    ] = None,
    fail_on_bugs: Annotated[
        bool, typer.Option("--fail-on-bugs", help="Fail where a possible bug was found: see docs/testgen.md.")
    ] = False,
    unsafe: Annotated[
        bool,
        typer.Option(
            "--unsafe", help="Where no sandbox works on this machine, run the code all the same: WITH ALL YOUR RIGHTS."
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors alone.")] = False,
) -> None:
    """Write tests for functions. They ran in a sandbox, pass, do not flake, and catch planted faults.

    Nothing is written to the disk without `--write`. Ctrl-C ends the search and keeps what is good so far.
    """
    from aigc_lsp.cli import testgen_running
    from aigc_lsp.cli.testgen_options import Options

    words = tuple(where or ())
    if not words and since is None:
        raise typer.BadParameter("name a module, a folder, or --since REV")
    if json and diff:
        raise typer.BadParameter("--json has the diff in it: leave --diff out")
    options = Options(
        words, since, write, diff or not (write or json or html), json, html, seconds, seed, jobs, not no_model, model,
        runtime, python, min_coverage, min_mutation, fail_on_bugs, unsafe, quiet,
    )  # fmt: skip
    status = testgen_running.run(options)
    if status:
        raise typer.Exit(status)
