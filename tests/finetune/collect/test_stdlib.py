"""The standard library as a source."""

from __future__ import annotations

import platform
from pathlib import Path

from aigc_finetune.collect.sources import open_source
from aigc_finetune.evaluate.general import GENERAL_MODULES
from tests.finetune.collect.helpers import Built, recipe


def test_modules_are_listed_tests_and_the_general_set_are_not() -> None:
    source = open_source("stdlib")
    listing = source.listing()
    paths = {entry.path for entry in listing.entries}
    assert {"argparse.py", "json/__init__.py", "email/message.py", "asyncio/base_events.py"} <= paths
    assert all(path.endswith(".py") for path in paths)
    left_out = {"test", "site-packages", "idlelib", "lib2to3", "turtledemo", "__pycache__", "ensurepip"}
    assert not [path for path in paths if left_out & set(path.split("/"))]
    assert paths.isdisjoint(GENERAL_MODULES)
    assert {one.reason for one in listing.rejected} == {"kept-aside"}
    assert source.origin.licence == "PSF-2.0"
    assert platform.python_version() in source.fingerprint()


def test_a_part_of_it_is_built(tmp_path: Path) -> None:
    built = Built(recipe("stdlib", include=["json/", "/ast.py"], licences=["PSF-2.0"]), tmp_path / "run")
    assert {"ast.py", "json/scanner.py"} <= built.files.keys()
    assert {file.licence for file in built.train} == {"PSF-2.0"}
    assert built.report.sources[0].identity == platform.python_version()
    assert built.reasons["json/encoder.py"] == "kept-aside"
