"""A report as one HTML file: figures, and each module's source with what tests reach of it. It loads nothing and runs
no script; all text in it comes from elsewhere and is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.testgen.report import tables
from aigc_plugins.testgen.report.base import rows
from aigc_plugins.testgen.report.markup import meter, shown, table
from aigc_plugins.testgen.report.source import picture

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Figures, Generated, WrittenTest
    from aigc_plugins.testgen.report.base import Entry, Report
    from aigc_plugins.testgen.scenario import Mutant

_STYLE = """
:root { color-scheme: light dark; --hit: #2e7d3222; --miss: #c6282833; --good: #2e7d32; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --hit: #66bb6a22; --miss: #ef535040; --good: #81c784; --bad: #ef9a9a; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #8886; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #8884; vertical-align: top; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
code, pre, table.source td { font: 13px/1.45 ui-monospace, monospace; }
td.text code { overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
meter { width: 8rem; vertical-align: middle; margin-right: .5rem; }
summary { cursor: pointer; }
.bug { border-left: 4px solid var(--bad); padding: .2rem 1rem; margin: .8rem 0; }
.bug pre { display: inline; }
.bad { color: var(--bad); } .good { color: var(--good); } .dim { opacity: .7; }
table.source { width: 100%; border: 1px solid #8884; }
table.source td { border: 0; padding: 0 .6rem; text-align: left; }
table.source td.number { text-align: right; opacity: .6; user-select: none; width: 1%; }
table.source td.mark { width: 1%; user-select: none; padding: 0; }
table.source td.mutants { width: 26rem; font-size: 12px; }
tr.hit { background: var(--hit); } tr.miss { background: var(--miss); }
tr.miss td.mark { color: var(--bad); } tr.hit td.mark { color: var(--good); }
tr:target { outline: 2px solid #f9a825; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # the second lock after escaping


def page(report: Report) -> str:
    """Return the page."""
    columns, lines = tables.summary(report)
    bugs = "".join(_bugs(number, one) for number, one in enumerate(report.entries))
    head = f"Seed {report.seed}, {f'model {report.model}' if report.model else 'no model'}, aigc-lsp {report.version}."
    if report.interrupted:
        head += " The run was interrupted."
    parts = [
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>",
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name=viewport content="width=device-width">',
        f"<title>Generated tests</title><style>{_STYLE}</style></head><body>",
        "<h1>Generated tests</h1>",
        f"<p>{shown(head)} Figures are of the functions that tests were asked for, before → after.</p>",
        table(columns, lines, text=(0,)),
        *(f"<p class=bad>{shown(one)}</p>" for one in report.failures),
        f"<h2>Possible bugs</h2>{bugs}" if bugs else "",
        *(_module(number, one) for number, one in enumerate(report.entries)),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _bugs(number: int, entry: Entry) -> str:
    suspicions = entry.generated.suspicions if entry.generated is not None else ()
    return "".join(
        f'<div class=bug><a href="#m{number}L{one.line}">{shown(f"{entry.path}:{one.line}")}</a> '
        f"<code>{shown(one.target)}</code><br>call: <code>{shown(one.call)}</code><br>"
        f"promised: <code>{shown(one.promised)}</code><br>observed: <code>{shown(one.observed)}</code></div>"
        for one in suspicions
    )


def _module(number: int, entry: Entry) -> str:
    one = entry.generated
    notes = "".join(f"<li>{shown(text)}</li>" for text in tables.notes_of(entry))
    head = f"<h2 id=m{number}>{shown(entry.path)}</h2>{f'<ul>{notes}</ul>' if notes else ''}"
    if one is None:
        return head
    where = f"{'Written' if entry.written else 'Not written'}: <code>{shown(entry.test_file)}</code>"
    return "\n".join(
        (
            head,
            _figures(one.before, one.after),
            f"<p>{where}</p>" if one.tests else "",
            _tests(number, one),
            _details("The change of the file", f"<pre>{shown(entry.diff)}</pre>" if entry.diff else ""),
            _alive(number, one),
            _missing(number, one),
            _origins(one),
            f"<details open><summary>Source of {shown(one.subject.name)}</summary>{picture(number, one)}</details>",
        )
    )


def _figures(before: Figures, after: Figures) -> str:
    lines = []
    kinds = (
        ("lines", before.lines, after.lines),
        ("branches", before.arcs, after.arcs),
        ("mutants killed", before.mutants, after.mutants),
    )
    for name, was, now in kinds:
        cells = "".join(f"<td class=text>{_reached(pair)}</td>" for pair in (was, now))
        lines.append(f"<tr><td>{name}</td>{cells}</tr>")
    return f"<table><tr><th></th><th class=text>before</th><th class=text>after</th></tr>{''.join(lines)}</table>"


def _reached(pair: tuple[int, int]) -> str:
    return f"{meter(pair)}{pair[0]} of {pair[1]}" if pair[1] else "–"


def _tests(number: int, one: Generated) -> str:
    if not one.tests:
        return ""
    mutants = {mutant.number: mutant for mutant in one.killed}
    body = "".join(_test(number, test, mutants) for test in one.tests)
    head = "<th class=text>test</th><th class=text>calls</th><th>branches</th><th class=text>kills</th>"
    return f"<h3>{rows(one)} new tests in {len(one.tests)} functions</h3><table><tr>{head}</tr>{body}</table>"


def _test(number: int, test: WrittenTest, mutants: dict[int, Mutant]) -> str:
    calls = "<br>".join(f"<code>{shown(row.scenario.act)}</code>" for row in test.rows)
    branches = frozenset().union(*(row.branches for row in test.rows))
    kills = [mutants[one] for one in sorted(frozenset().union(*(row.kills for row in test.rows))) if one in mutants]
    listed = "".join(f"<li>{_change(number, one)}</li>" for one in kills)
    killed = f"<details><summary>{len(kills)}</summary><ul>{listed}</ul></details>" if kills else "0"
    return (
        f"<tr><td><code>{shown(test.name)}</code></td><td class=text>{calls}</td><td>{len(branches)}</td>"
        f"<td class=text>{killed}</td></tr>\n"
    )


def _alive(number: int, one: Generated) -> str:
    listed = "".join(f"<li>{_change(number, mutant)}</li>" for mutant in one.alive)
    return _details(f"Mutants that no test kills: {len(one.alive)}", f"<ul>{listed}</ul>" if listed else "")


def _missing(number: int, one: Generated) -> str:
    listed = "".join(
        f'<li><a href="#m{number}L{at.line}">line {at.line}</a> {shown(f"{at.function}: {at.way}")}</li>'
        for at in one.missing
    )
    return _details(f"Branches that no test takes: {len(one.missing)}", f"<ul>{listed}</ul>" if listed else "")


def _details(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>{text}</details>" if text else ""


def _change(number: int, mutant: Mutant) -> str:
    return (
        f'<a href="#m{number}L{mutant.line}">line {mutant.line}</a> <code>{shown(mutant.before)}</code> → '
        f"<code>{shown(mutant.after)}</code>"
    )


def _origins(one: Generated) -> str:
    found = [[origin.name, str(origin.proposed), str(origin.ran), str(origin.kept)] for origin in one.origins]
    dropped = [[reason, str(count)] for reason, count in one.dropped.items()]
    text = table(["proposer", "proposed", "ran", "kept"], found, text=(0,)) if found else ""
    text += table(["dropped because", "tests"], dropped, text=(0,)) if dropped else ""
    return _details("Where the tests come from", text)
