"""The cross-file benchmark's own logic: licences, pooling of packages, its section of the page."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aigc_lsp.evaluate.runner import Options, run
from aigc_lsp.evaluate.session import Report
from aigc_lsp.evaluate.summary import summary
from evaluate_helpers import Engine, line_case, side

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def crossfile(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    import crossfile

    return crossfile


def report(name: str, right: bool) -> tuple[str, Report]:
    cases = [line_case(1), line_case(2)]
    says = ["return result * 1\n" if right else "return 0\n", "return 0\n"]
    sides = [side(Engine(lambda _, say=say: say), letter) for say, letter in zip(says, "AB", strict=True)]
    asyncio.run(run(cases, sides, Options()))
    return name, Report(cases, sides, {})


def test_cases_of_several_packages_are_one_report_by_package(crossfile: Any) -> None:
    whole = crossfile.pooled([report("one", True), report("two", False)])
    data = summary(whole.cases, whole.sides, resamples=20)
    assert data["kinds"] == {"one": 2, "two": 2}
    assert [part["exact"]["value"] for part in data["variants"][0]["by_kind"].values()] == [0.5, 0]
    assert data["comparison"]["exact_pairs"]["only_a"] == 1


@pytest.mark.parametrize(("licence", "allowed"), [("BSD-3-Clause", True), ("GPL-3.0", False), ("", False)])
def test_a_package_of_another_licence_is_refused(
    crossfile: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, licence: str, allowed: bool
) -> None:
    def install(*_: object, **__: object) -> None:
        (tmp_path / "a-1.dist-info").mkdir()
        (tmp_path / "a-1.dist-info" / "METADATA").write_text(f"Name: a\nVersion: 1\nLicense-Expression: {licence}\n")

    monkeypatch.setattr(subprocess, "run", install)
    if allowed:
        assert crossfile.fetch("a", "1", tmp_path) == {"name": "a", "version": "1", "licence": licence}
    else:
        with pytest.raises(SystemExit, match="which is not among"):
            crossfile.fetch("a", "1", tmp_path)


def test_the_page_tells_the_ratio_and_the_packages(crossfile: Any) -> None:
    import docs

    whole = crossfile.pooled([report("one", True)])
    packages = [{"name": "one", "version": "1.0", "licence": "MIT"}]
    text = "\n".join(docs._crossfile({"packages": packages, **summary(whole.cases, whole.sides, resamples=20)}))
    assert "one 1.0 (MIT)" in text
    assert "Exact match with ÷ without: **∞**" in text
    assert "| exact match, one (2) | 0.500" in text
