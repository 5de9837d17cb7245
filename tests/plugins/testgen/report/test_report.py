"""Reports of generated tests: the tables, the JSON, and the HTML, whose texts come from whoever wrote the code."""

from __future__ import annotations

import json
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aigc_plugins.action import NewFile
from aigc_plugins.testgen.parts import Conventions, Figures, Generated, Origin, Subject, WrittenTest
from aigc_plugins.testgen.report import tables
from aigc_plugins.testgen.report.base import Entry, Report, is_complete, percent
from aigc_plugins.testgen.report.data import as_data
from aigc_plugins.testgen.report.html import page
from aigc_plugins.testgen.scenario import Branch, Mutant, Recorded, Scenario, Suspicion, Target

EVIL = "</pre></table><script>alert('x')</script><img src=x onerror=y>\"'&\x1b\u202e"
SOURCE = f"def one(n):\n    if n > 1:  # {EVIL}\n        return n\n    return 1\n"


def generated(text: str = "plain", **more: object) -> Generated:
    """Return what came of a module; `text` stands wherever the module's author decides."""
    file = Path("/p/tests/test_shop.py")
    target = Target("one", "function", 1, 4)
    subject = Subject(
        Path("/p"), Path("/p/shop.py"), text, SOURCE, (target,), (target,), (), Path(sys.executable),
        Conventions("pytest", file),
    )  # fmt: skip
    row = Recorded(Scenario("one", text, origin="model"), (text,), branches=frozenset({1}), kills=frozenset({1}))
    values: dict[str, object] = {
        "change": NewFile(file, "x = 1\n"),
        "text": "x = 1\n",
        "tests": (WrittenTest(text, (row, row)),),
        "before": Figures((1, 3), (0, 2), (0, 3)),
        "after": Figures((2, 3), (1, 2), (1, 3)),
        "covered": frozenset({1, 2}),
        "missed": frozenset({3}),
        "killed": (Mutant(1, text, 2, 7, "compare", text, text),),
        "alive": (Mutant(2, text, 2, 7, "compare", "n > 1", "n >= 1"), Mutant(3, "one", 4, 4, "constant", "1", "2")),
        "missing": (Branch(2, text, 2, text),),
        "suspicions": (Suspicion(text, 2, "example", text, text, text),),
        "origins": (Origin("model", 4, 3, 2), Origin(text, 9, 9, 0)),
        "dropped": {text: 2},
        "notes": (text,),
        "seconds": 1.5,
    }
    return Generated(subject, **(values | more))  # type: ignore[arg-type]


def report(text: str = "plain", *more: Entry) -> Report:
    entries = (Entry(text, generated(text), text, "diff", written=True), *more)
    return Report(entries, 3, 2.0, text, frozenset({"model"}), "1.0", failures=(text,))


class Reader(HTMLParser):
    """Gathers the tags of a page, its text, and the classes of the lines of the source."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.lines: dict[str, str] = {}
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)
        assert not [name for name in values if name.startswith("on")]
        if values.get("id"):
            self.ids.add(values["id"] or "")
            if tag == "tr":
                self.lines[values["id"] or ""] = values.get("class") or ""
        if tag == "a":
            self.links.add((values["href"] or "").removeprefix("#"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("text", ["plain", EVIL])
def test_the_page_is_whole_whatever_the_texts_are(text: str) -> None:
    html = page(report(text))
    read = Reader(html)
    assert read.open == []
    assert not {"script", "img", "link", "iframe"}.intersection(read.tags)
    assert read.links <= read.ids
    assert "default-src 'none'" in html
    assert "http" not in html.replace("http-equiv", "")
    for odd in "\x1b\u202e":
        assert odd not in html


def test_each_line_shows_what_tests_reach_of_it() -> None:
    read = Reader(page(report()))
    assert read.lines == {"m0L1": "hit", "m0L2": "hit", "m0L3": "miss", "m0L4": "none"}
    assert "1 alive, 1 killed" in read.words
    assert "never: plain" in read.words
    assert "alive: 1 → 2" in read.words


def test_a_module_without_tests_has_its_reason() -> None:
    html = page(report("plain", Entry("other.py", reason="<It> failed.", failed=True)))
    assert "&lt;It&gt; failed." in html


def test_surrogates_do_not_break_the_page() -> None:
    page(report("\ud800")).encode("utf-8")


def test_the_table_has_a_total_where_there_are_several() -> None:
    columns, lines = tables.summary(report())
    assert columns == ["module", "tests", "lines", "branches", "mutants", "from model", "seconds"]
    assert lines == [["plain", "2", "33 → 66 %", "0 → 50 %", "0 → 33 %", "2 of 2", "1.5"]]
    full = generated(before=Figures((3, 3), (2, 2), (3, 3)), after=Figures((3, 3), (2, 2), (3, 3)))
    _, lines = tables.summary(report("plain", Entry("b.py", full), Entry("c.py", reason="so", failed=True)))
    assert lines[1][2:5] == ["100 %", "100 %", "100 %"]
    assert lines[2][:2] == ["c.py", "failed"]
    assert lines[3] == ["all", "4", "66 → 83 %", "50 → 75 %", "50 → 66 %", "4 of 4", "2.0"]


def test_a_note_of_many_modules_stands_once() -> None:
    entries = [Entry(f"{name}.py", generated(notes=("own" if name == "b" else "all alike",))) for name in "abcde"]
    assert tables.notes(Report(tuple(entries))) == ["b.py: own", "4 modules: all alike"]


def test_without_a_model_there_is_no_column_for_it() -> None:
    columns, lines = tables.summary(Report((Entry("a.py", generated()), Entry("b.py", reason="so"))))
    assert "from model" not in columns
    assert {len(line) for line in lines} == {len(columns)}


@pytest.mark.parametrize(("pair", "text"), [((0, 0), "–"), ((0, 3), "0"), ((999, 1000), "99"), ((7, 7), "100")])
def test_a_hundred_percent_is_all(pair: tuple[int, int], text: str) -> None:
    assert percent(pair) == text


def test_states_of_a_module() -> None:
    half, full = Figures((1, 2)), Figures((2, 2))
    assert Entry("a", generated()).status == "tests"
    assert Entry("a", generated(change=None, tests=(), after=full)).status == "complete"
    assert Entry("a", generated(change=None, tests=(), after=half)).status == "nothing"
    assert Entry("a", reason="so").status == "nothing"
    assert Entry("a", reason="so", failed=True).status == "failed"
    assert is_complete(full)
    assert not is_complete(half)
    assert not is_complete(Figures())  # nothing was measured


def test_the_data_is_json_with_and_without_tests() -> None:
    data = json.loads(json.dumps(as_data(report("plain", Entry("b.py", reason="so", skipped=True)), 1)))
    first, second = data["modules"]
    assert first["dropped"] == {"plain": 2}
    assert [one["kills"] for one in first["tests"][0]["rows"]] == [[1], [1]]
    assert (second["status"], second["reason"], "tests" in second) == ("skipped", "so", False)
    assert (data["failures"], data["exit_status"]) == (["plain"], 1)
    empty = as_data(Report((), 0, 0.0), 0)
    assert empty["total"]["after"]["coverage_percent"] is None
