"""Shows what came of `aigc-lsp testgen`: the diff and JSON on standard output, a summary on standard error, the HTML
file; and says with which status the command ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from aigc_lsp.cli import output, shown
from aigc_lsp.cli.exits import ExitStatus
from aigc_plugins.testgen.report import tables
from aigc_plugins.testgen.report.base import coverage, share

if TYPE_CHECKING:
    from aigc_lsp.cli.testgen_options import Options
    from aigc_plugins.testgen.report.base import Report


def failures(report: Report, options: Options) -> tuple[str, ...]:
    """Return which demands of the command line were not met."""
    found = []
    for name, pair, least in (
        ("coverage", coverage(report.after), options.min_coverage),
        ("the mutation score", report.after.mutants, options.min_mutation),
    ):
        reached = share(pair)
        if least is not None and reached is not None and reached < least:
            found.append(f"{name} is {reached:.1f} %, below {least:g} %")
    bugs = sum(len(one.suspicions) for one in report.generated)
    if options.fail_on_bugs and bugs:
        found.append(f"{bugs} possible bug{'s' if bugs > 1 else ''}")
    return tuple(found)


def status(report: Report, options: Options) -> ExitStatus:
    """Return the exit status."""
    states = {one.status for one in report.entries}
    if report.interrupted:
        return ExitStatus.INTERRUPTED
    if "failed" in states or report.failures:
        return ExitStatus.FAILED
    demanded = options.min_coverage is not None or options.min_mutation is not None
    met = demanded and bool(report.generated)
    return ExitStatus.WITHHELD if states == {"nothing"} and not met else ExitStatus.OK


def show(report: Report, options: Options) -> ExitStatus:
    """Show and write everything; return the exit status."""
    code = status(report, options)
    if options.json:
        from aigc_plugins.testgen.report.data import as_data

        output.say_json(as_data(report, int(code)))
    elif options.diff:
        shown.show_diff("".join(one.diff for one in report.entries))
    if options.html is not None:
        from aigc_plugins.testgen.report.html import page

        options.html.write_text(page(report), encoding="utf-8", errors="replace")
    sys.stdout.flush()
    if not options.quiet:
        _summary(report, options)
    for one in report.entries:
        if one.failed:
            output.complain(f"{one.path}: {one.reason}")
    for failure in report.failures:
        output.complain(f"{failure}.")
    return code


def _summary(report: Report, options: Options) -> None:
    """Print for people what came of it."""
    columns, lines = tables.summary(report)
    if options.diff and any(one.diff for one in report.entries):
        output.note("")
    output.table(columns, lines, right=tables.NUMBERS, stderr=True)
    notes = tables.notes(report)
    bugs = tables.bugs(report)
    if bugs:
        output.note(
            f"\nPossible bugs ({len(bugs)}): what the code does is not what it says. No test was written for these."
        )
        for text in bugs:
            output.note(output.visible(f"  {text}"))
    if notes:
        output.note("")
        for text in notes:
            output.note(output.visible(text))
    for one in report.entries:
        if one.written:
            output.note(output.visible(f"Wrote {one.test_file}."))
    if not options.write and any(one.diff for one in report.entries):
        output.note("Nothing was written: --write does that.")
    if options.html is not None:
        output.note(f"The report is in {options.html}.")
