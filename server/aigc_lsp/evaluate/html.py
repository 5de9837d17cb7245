"""The report as one HTML file: tables, plots, and the cases that went wrong. It loads nothing and runs no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from aigc_lsp.evaluate import table
from aigc_lsp.evaluate.details import details
from aigc_lsp.evaluate.plots import plots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_lsp.evaluate.session import Report

_MOST_CASES = 60
_MOST_CHARS = 400
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
td.code { text-align: left; vertical-align: top; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
figure { display: inline-block; margin: 0 1rem 1rem 0; background: #fff; color: #000; }
figcaption { text-align: center; }
svg { max-width: 100%; height: auto; }
"""
# Whatever a repository or a model wrote is shown as text; this is the second lock.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Report) -> str:
    """Return the page. Every text in it that comes from elsewhere is escaped. Raises AigcError without matplotlib."""
    data = report.data
    parts = [
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>",
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name=viewport content="width=device-width">',
        f"<title>aigc-lsp evaluate</title><style>{_STYLE}</style></head><body>",
        "<h1>aigc-lsp evaluate</h1>",
        f"<p>{escape(_head(data))}</p>",
        "<ul>",
        *(f"<li>{escape(_side(side))}</li>" for side in data["variants"]),
        "</ul>",
        *(_heading(name) + _table(columns, rows) for name, columns, rows in table.tables(data)),
        "<ul>",
        *(f"<li>{escape(line)}</li>" for line in table.remarks(data)),
        "</ul>",
        *(f"<figure><figcaption>{escape(name)}</figcaption>{svg}</figure>" for name, svg in plots(report)),
        _cases(report),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _head(data: dict[str, Any]) -> str:
    what = f" ({', '.join(data['spans'])} masked)" if data["spans"] else ""
    partly = "" if data["cases"] == data["asked"] else f" of {data['asked']}, the run was cut short"
    return (
        f"{data['cases']} cases{partly}, {data['samples']} for each, of {', '.join(data['source'])}{what}. "
        f"Seed {data['seed']}, aigc-lsp {data['aigc_lsp']}. Intervals: paired bootstrap over {data['resampled']}, "
        f"{data['resamples']} resamples."
    )


def _side(side: dict[str, Any]) -> str:
    runs = " on ".join(filter(None, (side["model"], side["runtime"])))
    return f"{side['name']}: {side['label']} ({runs})"


def _heading(name: str) -> str:
    return f"<h2>{escape(name)}</h2>" if name else ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table><tr>{head}</tr>\n{body}</table>"


def _cases(report: Report) -> str:
    """Return the cases that no answer has right, broken guarantees first."""
    wrong = [one for one in details(report) if not any(answer["exact"] for answer in one["answers"])]
    wrong.sort(key=lambda one: not any(answer["broken"] for answer in one["answers"]))
    rows = "".join(_case(one) for one in wrong[:_MOST_CASES])
    return (
        f"<h2>Not exact: {len(wrong)}</h2><table><tr><th>case</th><th>was there</th><th>was suggested</th></tr>"
        f"{rows}</table>"
    )


def _case(one: dict[str, Any]) -> str:
    first = one["answers"][0]
    said = first["inserted"] or f"– {first['withheld']}"
    name = f"{one['variant']} {one['kind']} {one['case']} {' '.join(first['broken'])}"
    cells = "".join(f"<td class=code><pre>{escape(text[:_MOST_CHARS])}</pre></td>" for text in (one["reference"], said))
    return f"<tr><td class=code>{escape(name)}</td>{cells}</tr>\n"
