"""Tables, JSON and HTML: figures without a value, untrusted text, the missing package."""

from __future__ import annotations

import asyncio
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from aigc_lsp.evaluate import details, html, plots, table
from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.runner import Options, run
from aigc_lsp.evaluate.session import Report
from aigc_lsp.evaluate.summary import summary
from aigc_models.types import AigcError
from evaluate_helpers import Engine, line_case, side

EVIL = "</pre><script>alert(1)</script>&amp;"
HEAD = {
    "aigc_lsp": "1", "source": [f"/tmp/{EVIL}"], "spans": ["line"], "samples": 1, "trigger": "invoked", "seed": 1,
    "resamples": 20, "tests_run": False,
}  # fmt: skip


def report(two: bool = False) -> Report:
    cases = [line_case(1), Case(EVIL, "call", "python", "x = ", "\n", f"f('{EVIL}')")]
    sides = [side(Engine(lambda _: f"'{EVIL}'\n", logprob=None), "A")]
    sides += [side(Engine(lambda _: "return result * 1\n"), "B")] if two else []
    asyncio.run(run(cases, sides, Options()))
    return Report(cases, sides, {**HEAD, **summary(cases, sides, resamples=20)})


def test_the_table_has_a_row_a_figure_and_a_dash_where_there_is_none() -> None:
    columns, rows = table.rows(report(two=True).data)
    assert columns == ["figure", "A", "95 %", "B", "95 %", "A − B", "95 %"]
    by_name = {row[0]: row for row in rows}
    assert by_name["exact match"][1] == "0.000"
    assert by_name["exact match"][3] == "0.500"
    assert by_name["exact match"][5] == "-0.500"
    assert by_name["perplexity"][1:3] == ["–", "–"]
    assert {len(row) for row in rows} == {len(columns)}
    assert any("no perplexity" in line for line in table.remarks(report().data))


def test_an_infinite_ratio_is_shown_and_is_valid_json() -> None:
    cases = [line_case(1), line_case(2)]
    sides = [
        side(Engine(lambda _, number=number: f"return result * {number}\n"), name)
        for number, name in ((1, "A"), (9, "B"))
    ]
    asyncio.run(run(cases, sides, Options()))
    data = summary(cases, sides, resamples=20)
    json.dumps(data, allow_nan=False)
    assert data["comparison"]["exact_ratio"]["value"] is None
    assert any("A ÷ B: ∞" in line for line in table.remarks(data))


def test_details_have_each_case_of_each_variant() -> None:
    made = report(two=True)
    rows = [json.loads(line) for line in details.lines(made).splitlines()]
    assert [(row["case"], row["variant"]) for row in rows] == [
        ("case/1", "A"), ("case/1", "B"), (EVIL, "A"), (EVIL, "B"),
    ]  # fmt: skip
    assert rows[1]["answers"][0]["inserted"] == "return result * 1"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def test_the_page_is_one_file_in_which_foreign_text_is_text() -> None:
    pytest.importorskip("matplotlib")
    made = report(two=True)
    made.data["variants"][0]["label"] = f"{EVIL} $x^2$"
    page = html.page(made)
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.seen
    assert tags.seen.count("svg") == 4
    assert all(target.startswith("#") for target in re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", page))
    assert not re.search(r"url\((?!#)", page)
    assert "&lt;script&gt;" in page
    assert "$x^2$" in page  # a label, no formula


def test_the_same_figures_give_the_same_plots() -> None:
    pytest.importorskip("matplotlib")
    made = report()
    for side_ in made.sides:
        for result in side_.results.values():
            assert result.answers
    assert plots.plots(made) == plots.plots(made)


def test_without_the_package_for_plots_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    with pytest.raises(AigcError, match=re.escape("pip install 'aigc-lsp[report]'")):
        plots.need_matplotlib()
