from pathlib import Path

from aigc_plugins.testgen.proposers.fixtures import Fixtures
from aigc_plugins.testgen.scenario import Goals, Scenario

from .helpers import proposed, subject

MODULE = """
class WordList:
    def __init__(self, store, size: int = 3): ...
    def add(self, word: str): ...

def load(store, path: str, mode="r"): ...
def plain(a): ...
"""
CONFTEST = "import pytest\n\n@pytest.fixture\ndef {0}(): ...\n\n@pytest.fixture(name='{1}')\ndef _other(): ...\n"


def found(folder: Path, first: str, second: str, goals: Goals | None = None, **files: str) -> list[Scenario]:
    return proposed(Fixtures(), subject(folder, MODULE, {"conftest.py": CONFTEST.format(first, second)} | files), goals)


def test_parameters_called_as_fixtures_are(tmp_path: Path) -> None:
    scenarios = found(tmp_path, "store", "path")
    assert [(one.target, one.arrange, one.act, one.fixtures) for one in scenarios] == [
        ("WordList", (), "WordList(store)", ("store",)),
        ("WordList.add", ("word_list = WordList(store)",), "word_list.add('abc')", ("store",)),
        ("load", (), "load(store, path)", ("path", "store")),
        ("load", (), "load(store, 'abc')", ("store",)),
        ("load", (), "load(2, path)", ("path",)),
    ]


def test_an_object_that_is_a_fixture(tmp_path: Path) -> None:
    scenarios = found(tmp_path, "word_list", "word")
    assert [(one.arrange, one.act, one.fixtures) for one in scenarios] == [
        ((), "word_list.add(word)", ("word", "word_list")),
        ((), "word_list.add('abc')", ("word_list",)),
    ]


def test_nothing_without_fixtures_that_fit_or_in_later_rounds(tmp_path: Path) -> None:
    assert found(tmp_path, "other", "another") == []
    assert found(tmp_path, "store", "path", Goals(round=1)) == []
