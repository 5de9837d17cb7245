from pathlib import Path

import pytest

from aigc_plugins.action import WithheldError
from aigc_plugins.testgen.analysis import analyse
from aigc_plugins.testgen.parts import Subject

MODULE = '''\
def parse(text):
    return _strip(text)


def _strip(text):
    return text.strip()


class Queue:
    """A queue."""

    size = 3

    def __init__(self, items=()):
        self.items = list(items)

    def put(self, item):
        self.items.append(item)

    def _drop(self):
        self.items.clear()


class Names:
    def first(self):
        return "a"
'''


def project(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def subject(root: Path, file: str, **options: object) -> Subject:
    return analyse(root / file, (root / file).read_text(), root=root, **options)  # type: ignore[arg-type]


def names(found: Subject) -> list[str]:
    return [one.name for one in found.targets]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path, {"shop.py": MODULE})


def test_all_that_is_public_is_wanted(root: Path) -> None:
    found = subject(root, "shop.py")
    assert names(found) == ["parse", "Queue", "Queue.put", "Names.first"]
    assert [one.name for one in found.all_targets] == [
        "parse", "_strip", "Queue", "Queue.put", "Queue._drop", "Names.first",
    ]  # fmt: skip
    assert found.name == "shop"
    assert found.python.exists()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["parse"], ["parse"]),
        (["_strip"], ["_strip"]),
        (["Queue"], ["Queue", "Queue.put"]),
        (["Queue.*"], ["Queue", "Queue.put"]),
        (["Queue.__init__"], ["Queue"]),
        (["Queue._drop"], ["Queue._drop"]),
        (["Names"], ["Names.first"]),
        (["Queue.put", "parse"], ["parse", "Queue.put"]),
    ],
)
def test_targets_by_name(root: Path, wanted: list[str], expected: list[str]) -> None:
    assert names(subject(root, "shop.py", names=wanted)) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ({2}, ["parse"]),
        ({6}, ["parse"]),  # a helper's: who calls it
        ({14, 15}, ["Queue"]),
        ({12}, ["Queue"]),  # an attribute of the class
        ({18, 26}, ["Queue.put", "Names.first"]),
    ],
)
def test_targets_by_changed_lines(root: Path, lines: set[int], expected: list[str]) -> None:
    assert names(subject(root, "shop.py", lines=lines)) == expected


def withheld(root: Path, file: str, **options: object) -> str:
    with pytest.raises(WithheldError) as caught:
        subject(root, file, **options)
    return str(caught.value)


def test_what_is_withheld_says_why(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "shop.py": MODULE,
            "broken.py": "def f(:\n",
            "constants.py": "A = 1\n",
            "hidden.py": "def _f(): ...\n",
            "my-script.py": "def f(): ...\n",
            "test_shop.py": "def test_it(): assert True\n",
            "ask.py": "def ask(): return input()\n",
            "pkg/__main__.py": "def main(): ...\n",
            "conftest.py": "def helper(): ...\n",
            "notes.txt": "",
        },
    )
    assert withheld(root, "broken.py") == "broken.py does not parse: line 1: invalid syntax."
    assert withheld(root, "constants.py") == "constants.py defines no function or class that could be tested."
    assert "private functions only" in withheld(root, "hidden.py")
    assert withheld(root, "my-script.py") == "Tests cannot import my-script.py: 'my-script' is no name in Python."
    assert withheld(root, "test_shop.py") == "test_shop.py holds tests itself."
    assert "ask: it reads what a user types" in withheld(root, "ask.py")
    assert "pkg" not in withheld(root, "pkg/__main__.py")
    assert "part of the tests" in withheld(root, "conftest.py")
    assert withheld(root, "notes.txt") == "notes.txt is no Python module."
    assert (
        withheld(root, "shop.py", lines={8})
        == "The changed lines of shop.py belong to no function that could be tested."
    )
    assert withheld(root, "shop.py", names=["parze"]).endswith(
        "has no function, class or method parze. Did you mean parse?"
    )
    assert "Did you mean Queue.put?" in withheld(root, "shop.py", names=["put"])
    with pytest.raises(WithheldError, match=r"does not lie in the project's folder"):
        analyse(root / "shop.py", MODULE, root=root / "pkg")


def test_a_file_named_like_tests_without_any_is_a_module(tmp_path: Path) -> None:
    root = project(tmp_path, {"test_helpers.py": "def make(a): return a\n"})
    assert names(subject(root, "test_helpers.py")) == ["make"]


def test_the_text_of_the_editor_counts(root: Path) -> None:
    found = analyse(root / "shop.py", "\ufeffdef other(): ...\r\n", root=root)
    assert names(found) == ["other"]


TOOL = "[tool.{0}]\n{1}\n"


@pytest.mark.parametrize(
    ("files", "file", "name", "first"),
    [
        ({"src/shop/__init__.py": "", "src/shop/cart.py": MODULE}, "src/shop/cart.py", "shop.cart", "src"),
        ({"shop/__init__.py": "", "shop/cart.py": MODULE}, "shop/cart.py", "shop.cart", "."),
        ({"src/space/shop/cart.py": MODULE}, "src/space/shop/cart.py", "space.shop.cart", "src"),
        ({"lib/shop/__init__.py": MODULE}, "lib/shop/__init__.py", "shop", "lib"),
        ({"python/cart.py": MODULE}, "python/cart.py", "cart", "python"),
        ({"cart.py": MODULE}, "cart.py", "cart", "."),
        ({"tools/cart.py": MODULE}, "tools/cart.py", "tools.cart", "."),
        ({"tools/cart.py": "import other\n" + MODULE, "tools/other.py": ""}, "tools/cart.py", "cart", "tools"),
        ({"my-tools/cart.py": MODULE}, "my-tools/cart.py", "cart", "my-tools"),
        ({"backend/shop/__init__.py": "", "backend/shop/cart.py": MODULE}, "backend/shop/cart.py",
         "shop.cart", "backend"),
        (
            {"backend/shop/__init__.py": "", "backend/shop/cart.py": "import backend.shop.x\n" + MODULE},
            "backend/shop/cart.py", "backend.shop.cart", ".",
        ),
        ({"src/__init__.py": "", "src/shop/__init__.py": "", "src/shop/cart.py": MODULE}, "src/shop/cart.py",
         "src.shop.cart", "."),
        ({"pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["code"]\n', "code/a/cart.py": MODULE},
         "code/a/cart.py", "a.cart", "code"),
        ({"pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["code"]\n', "code/a/cart.py": MODULE},
         "code/a/cart.py", "a.cart", "code"),
        ({"pyproject.toml": '[tool.setuptools.package-dir]\n"" = "code"\n', "code/a/cart.py": MODULE},
         "code/a/cart.py", "a.cart", "code"),
        ({"pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["code/a"]\n', "code/a/cart.py": MODULE},
         "code/a/cart.py", "a.cart", "code"),
        ({"pyproject.toml": '[tool.poetry]\npackages = [{include = "a", from = "code"}]\n', "code/a/cart.py": MODULE},
         "code/a/cart.py", "a.cart", "code"),
        ({"setup.cfg": "[options]\npackage_dir =\n    = code\n", "code/a/cart.py": MODULE},
         "code/a/cart.py", "a.cart", "code"),
    ],
)  # fmt: skip
def test_the_name_that_tests_import(tmp_path: Path, files: dict[str, str], file: str, name: str, first: str) -> None:
    found = subject(project(tmp_path, files), file)
    assert found.name == name
    assert found.search_path[0] == tmp_path / first
    assert tmp_path in found.search_path
