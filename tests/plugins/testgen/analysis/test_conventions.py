from pathlib import Path

import pytest

from aigc_plugins.testgen.parts import Conventions

from .test_subject import MODULE, project, subject

UNITTEST = "import unittest\nfrom {0} import parse\n\nclass T(unittest.TestCase):\n    def test_a(self): ...\n"
PYTEST = "from {0} import parse\n\ndef test_a(): assert parse('')\n"


def conventions(root: Path, file: str, files: dict[str, str]) -> Conventions:
    return subject(project(root, files), file).conventions


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"conftest.py": ""}, "tests/test_cart.py"),
        ({"pyproject.toml": "[project]\nname = 'shop'\n"}, "tests/test_cart.py"),
        ({"setup.py": ""}, "tests/test_cart.py"),
        ({"pytest.ini": "[pytest]\npythonpath = .\n"}, "tests/test_cart.py"),
        ({}, "test_cart.py"),  # from a folder beside it, pytest would not find the package
        ({"pytest.ini": "[pytest]\n"}, "test_cart.py"),
        ({"tests/test_other.py": ""}, "tests/test_cart.py"),
        ({"test/README": ""}, "test/test_cart.py"),
        ({"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["checks"]\n', "checks/a": ""},
         "checks/test_cart.py"),
        # as other modules have it
        ({"shop/api/user.py": "", "tests/unit/api/test_user.py": ""}, "tests/unit/api/test_cart.py"),
        ({"shop/api/user.py": "", "tests/shop/api/test_user.py": ""}, "tests/shop/api/test_cart.py"),
        ({"shop/db/user.py": "", "tests/db/test_user.py": ""}, "tests/api/test_cart.py"),
        ({"shop/db/user.py": "", "shop/db/test_user.py": ""}, "shop/api/test_cart.py"),
        ({"shop/db/user.py": "", "shop/db/tests/test_user.py": ""}, "shop/api/tests/test_cart.py"),
        ({"shop/user.py": "", "tests/user_test.py": ""}, "tests/cart_test.py"),
        # one of that name is about another module
        ({"tests/test_cart.py": PYTEST.format("other.thing")}, "tests/test_api_cart.py"),
        # what is there
        ({"tests/test_cart.py": PYTEST.format("shop.api.cart")}, "tests/test_cart.py"),
        ({"tests/test_cart.py": "from shop.api import cart\ndef test_a(): ...\n"}, "tests/test_cart.py"),
        ({"tests/x/test_cart.py": PYTEST.format("shop.api"), "tests/test_b.py": ""}, "tests/x/test_cart.py"),
        ({"tests/test_buying.py": PYTEST.format("shop.api.cart")}, "tests/test_buying.py"),
        ({"tests/test_all.py": PYTEST.format("shop.api.cart") + "import shop.db\n", "shop/db/__init__.py": ""},
         "tests/test_cart.py"),
    ],
)  # fmt: skip
def test_where_the_tests_of_a_module_are(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    base = {"shop/__init__.py": "", "shop/api/__init__.py": "", "shop/api/cart.py": MODULE}
    found = conventions(tmp_path, "shop/api/cart.py", base | files)
    assert found.file == tmp_path / expected
    assert found.text == files.get(expected)


def test_two_files_of_one_name_would_be_one_to_pytest(tmp_path: Path) -> None:
    files = {"a/cart.py": MODULE, "b/cart.py": MODULE, "a/tests/test_cart.py": PYTEST.format("a.cart"), "b/tests/x": ""}
    assert conventions(tmp_path, "b/cart.py", files).file == tmp_path / "b/tests/test_b_cart.py"


def test_relative_imports_of_tests_within_a_package(tmp_path: Path) -> None:
    files = {"shop/__init__.py": "", "shop/cart.py": MODULE, "shop/tests/__init__.py": "",
             "shop/tests/test_buying.py": "from ..cart import parse\ndef test_a(): ...\n"}  # fmt: skip
    assert conventions(tmp_path, "shop/cart.py", files).file == tmp_path / "shop/tests/test_buying.py"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "pytest"),
        ({"tests/test_a.py": PYTEST.format("shop")}, "pytest"),
        ({"tests/test_a.py": UNITTEST.format("shop")}, "unittest"),
        ({"tests/test_a.py": UNITTEST.format("shop"), "pytest.ini": "[pytest]\n"}, "pytest"),
        ({"tests/test_a.py": UNITTEST.format("shop"), "requirements-dev.txt": "pytest>=7\n"}, "pytest"),
        ({"tests/test_a.py": UNITTEST.format("shop"), "tests/conftest.py": ""}, "pytest"),
        ({"tests/test_a.py": UNITTEST.format("shop"), "tests/test_b.py": PYTEST.format("b"),
          "tests/test_c.py": PYTEST.format("c")}, "pytest"),
    ],
)  # fmt: skip
def test_style(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert conventions(tmp_path, "shop.py", {"shop.py": MODULE} | files).style == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n", 100),
        ("pyproject.toml", "[tool.black]\nline-length = 79\n", 79),
        ("ruff.toml", "line-length = 110\n", 110),
        ("setup.cfg", "[flake8]\nmax-line-length = 99\n", 99),
        (".editorconfig", "[*]\nmax_line_length = 90\n[*.py]\nmax_line_length = 95\n", 95),
        ("pyproject.toml", "[tool.ruff]\nline-length = 'wide'\n", 88),
        ("pyproject.toml", "no toml [", 88),
    ],
)
def test_line_length(tmp_path: Path, name: str, text: str, expected: int) -> None:
    assert conventions(tmp_path, "shop.py", {"shop.py": MODULE, name: text}).line_length == expected


def test_fixtures_of_the_file_and_of_the_folders_above(tmp_path: Path) -> None:
    fixture = "import pytest\n\n@pytest.fixture{0}\ndef {1}(): ...\n"
    files = {
        "shop.py": MODULE,
        "conftest.py": fixture.format("", "top"),
        "tests/conftest.py": fixture.format('(name="renamed")', "inner") + "\ndef plain(): ...\n",
        "tests/other/conftest.py": fixture.format("", "elsewhere"),
        "tests/test_shop.py": fixture.format("(scope='module')", "own") + PYTEST.format("shop"),
    }
    assert conventions(tmp_path, "shop.py", files).fixtures == ("own", "renamed", "top")


def test_open_files_count_as_they_are_in_the_editor(tmp_path: Path) -> None:
    root = project(tmp_path, {"shop.py": MODULE, "tests/test_shop.py": "old"})
    text = PYTEST.format("shop")
    assert subject(root, "shop.py", opened={root / "tests/test_shop.py": text}).conventions.text == text
