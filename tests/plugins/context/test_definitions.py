"""Definitions of what is used around the cursor are found through imports, types and base classes, in each language."""

from __future__ import annotations

import pytest

from aigc_plugins.api import Snippet
from aigc_plugins.context import DefinitionsProvider

from .memory import MemoryWorkspace, at_cursor

SHOP = '''\
"""A shop."""

LIMIT = 3


class Basket(Base):
    """What is bought."""

    owner: str
    size: int = 0

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.items = []
        self.a = 1
        self.b = 2
        self.c = 3
        self.d = 4
        self.e = 5

    def add_item(self, name: str, price: float = 0.0) -> "Basket":
        """Add."""
        self.items.append((name, price))
        return self


def total_price(basket: Basket, *, tax: float = 0.2) -> float:
    """Add up."""
    return sum(price for _, price in basket.items) * (1 + tax)


def long_one(first: int, second: str) -> None:
    """Do a lot."""
    one = 1
    two = 2
    three = 3
    four = 4
    five = 5
    six = 6
    seven = 7
    eight = 8
'''


def found(files: dict[str, str], path: str, marked: str) -> list[Snippet]:
    workspace = MemoryWorkspace(files)
    snapshot, offset = at_cursor(workspace, path, marked)
    provider = DefinitionsProvider()
    provider.attach(workspace)
    return provider.snippets(snapshot, offset, 4000)


def texts(files: dict[str, str], path: str, marked: str) -> str:
    return "\n".join(f"{one.path}: {one.text}" for one in found(files, path, marked))


def test_a_short_function_comes_whole_and_the_name_on_the_line_comes_first() -> None:
    marked = "from shop.core import long_one, total_price\n\nlong_one(1, 'a')\nx = total_price(‸\n"
    first, second = found({"shop/core.py": SHOP}, "app.py", marked)
    assert first.path == "shop/core.py"
    assert first.text.startswith("def total_price(basket: Basket, *, tax: float = 0.2) -> float:")
    assert "return sum(" in first.text
    assert second.text == "def long_one(first: int, second: str) -> None:\n    # ..."
    assert first.score > second.score


def test_a_class_shows_its_header_fields_and_method_signatures() -> None:
    (snippet,) = found({"shop/core.py": SHOP}, "app.py", "from shop.core import Basket\n\nb = Basket(‸)\n")
    assert snippet.text.split("\n") == [
        "class Basket(Base):",
        "    owner: str",
        "    size: int = 0",
        "    def __init__(self, owner: str) -> None:",
        '    def add_item(self, name: str, price: float = 0.0) -> "Basket":',
    ]


def test_signatures_over_several_lines_keep_their_indentation() -> None:
    method = "    def buy(\n        self,\n        what: str,\n    ) -> None:\n        pass\n"
    body = "class Shop:\n" + method + "\n    rows = 1\n" + "    # filler\n" * 12
    (snippet,) = found({"shop.py": body}, "app.py", "from shop import Shop\n\nShop(‸")
    assert snippet.text == (
        "class Shop:\n    def buy(\n        self,\n        what: str,\n    ) -> None:\n    rows = 1"
    )


@pytest.mark.parametrize(
    ("head", "use"),
    [
        ("from shop.core import total_price", "total_price("),
        ("from shop.core import total_price as tp", "tp("),
        ("from shop import core", "core.total_price("),
        ("import shop.core", "shop.core.total_price("),
        ("import shop.core as sc", "sc.total_price("),
        ("from shop.core import *", "total_price("),
        ("from shop import total_price", "total_price("),
        ("from shop.everything import total_price", "total_price("),
    ],
)
def test_python_imports(head: str, use: str) -> None:
    files = {
        "shop/core.py": SHOP,
        "shop/__init__.py": "from .core import total_price\n",
        "shop/everything.py": "from shop.core import *\n",
        "other/core.py": "def total_price(wrong):\n    return 1\n",
        "third/core.py": "def total_price(wrong):\n    return 1\n",
        "fourth/core.py": "def total_price(wrong):\n    return 1\n",
    }
    assert "shop/core.py: def total_price(" in texts(files, "app.py", f"{head}\n\nx = {use}‸")


@pytest.mark.parametrize(
    ("head", "use"),
    [
        ("from .core import total_price", "total_price("),
        ("from . import core", "core.total_price("),
        ("from ..shop.core import total_price", "total_price("),
    ],
)
def test_python_relative_imports(head: str, use: str) -> None:
    files = {"pkg/shop/core.py": SHOP, "pkg/shop/__init__.py": "", "pkg/__init__.py": ""}
    assert "pkg/shop/core.py: def total_price(" in texts(files, "pkg/shop/app.py", f"{head}\n\nx = {use}‸")


@pytest.mark.parametrize(
    "use",
    [
        "def run(basket: Basket):\n    basket.add_item(‸",
        "basket = Basket('me')\nbasket.add_item(‸",
        "with Basket('me') as basket:\n    basket.add_item(‸",
        "class Big(Basket):\n    def fill(self):\n        self.add_item(‸",
        "class A:\n    def set(self):\n        self.b = Basket(1)\n\n    def go(self):\n        self.b.add_item(‸",
    ],
)
def test_members_of_what_has_a_plain_type(use: str) -> None:
    got = texts({"shop/core.py": SHOP}, "app.py", f"from shop.core import Basket\n\n{use}")
    assert "def add_item(self, name: str, price: float = 0.0)" in got


def test_a_name_without_import_is_found_when_it_is_rare() -> None:
    assert "def total_price" in texts({"shop/core.py": SHOP}, "app.py", "x = total_price(‸")
    many = {f"m{number}.py": "def total_price(a):\n    return a\n" for number in range(10_000)}
    assert texts(many, "app.py", "x = total_price(‸") == ""


def test_a_library_is_not_taken_for_a_file_of_its_name_somewhere() -> None:
    files = {"tools/deep/json.py": "def dumps(thing, wrong):\n    return 1\n"}
    files["tools/deep/other.py"] = files["tools/deep/more.py"] = "def dumps(a):\n    return 2\n"
    assert "dumps" not in texts(files, "app.py", "import json\n\njson.dumps(‸")


def test_imports_that_lead_in_a_circle_end() -> None:
    files = {"a/__init__.py": "from b import thing\n", "b/__init__.py": "from a import thing\n"}
    assert texts(files, "app.py", "from a import thing\n\nthing(‸") == ""


TYPESCRIPT = """\
export interface User { name: string; age: number }

export class Store {
  private users: User[] = [];
  constructor(readonly path: string) {
    this.load();
  }
  find(name: string, strict = false): User | undefined {
    return this.users.find((one) => one.name === name);
  }
  load(): void {
    // nothing
  }
}

export function openStore(path: string, options?: { create: boolean }): Store {
  return new Store(path);
}
"""


@pytest.mark.parametrize(
    ("head", "use", "wanted"),
    [
        ('import { openStore } from "../lib/store";', "const s = openStore(‸", "export function openStore("),
        ('import { openStore as os } from "../lib/store.js";', "const s = os(‸", "export function openStore("),
        ('import * as st from "../lib/store";', "const s = st.openStore(‸", "export function openStore("),
        ('import { openStore } from "@/lib/store";', "const s = openStore(‸", "export function openStore("),
        ('import { openStore } from "../lib";', "const s = openStore(‸", "export function openStore("),
        ('import { Store } from "../lib/store";', "const s = new Store('a');\ns.find(‸", "find(name: string"),
        ('import { Store } from "../lib/store";', "function f(s: Store) {\n  s.find(‸", "find(name: string"),
    ],
)
@pytest.mark.parametrize("path", ["app/main.ts", "app/main.tsx", "app/main.js"])
def test_typescript_and_javascript(path: str, head: str, use: str, wanted: str) -> None:
    files = {"lib/store.ts": TYPESCRIPT, "lib/index.ts": 'export * from "./store";\n'}
    if path.endswith(".js") and "(s: Store)" in use:
        return
    assert wanted in texts(files, path, f"{head}\n\n{use}")


GO = """\
package util

type Client struct {
\tHost string
\tPort int
}

func (c *Client) Fetch(path string, retries int) ([]byte, error) {
\treturn nil, nil
}

func NewClient(host string, port int) *Client {
\treturn &Client{Host: host, Port: port}
}
"""


@pytest.mark.parametrize(
    ("head", "use", "wanted"),
    [
        ('import "example.com/proj/util"', "\tc := util.NewClient(‸", "func NewClient(host string, port int)"),
        ('import u "example.com/proj/util"', "\tc := u.NewClient(‸", "func NewClient(host string, port int)"),
        ('import "example.com/proj/util"', "\tc := util.Client{}\n\tc.Fetch(‸", "Fetch(path string, retries int)"),
        ("", "\tlocalHelper(‸", "func localHelper(a, b int) int"),
    ],
)
def test_go(head: str, use: str, wanted: str) -> None:
    files = {
        "util/client.go": GO,
        "cmd/helper.go": "package main\n\nfunc localHelper(a, b int) int {\n\treturn a + b\n}\n",
        "x/util2/client.go": GO.replace("host string", "wrong string"),
        "y/other/client.go": GO.replace("host string", "wrong string"),
    }
    assert wanted in texts(files, "cmd/main.go", f"package main\n\n{head}\n\nfunc main() {{\n{use}")


JAVA = """\
package org.shop;

public class Cart {
    private final String owner;

    public Cart(String owner) {
        this.owner = owner;
    }

    public double total(double tax, boolean rounded) {
        double sum = 0;
        return sum * (1 + tax);
    }

    public static Cart empty(String owner) {
        return new Cart(owner);
    }
}
"""


@pytest.mark.parametrize(
    ("package", "head", "use", "wanted"),
    [
        ("org.app", "import org.shop.Cart;", 'Cart cart = new Cart(‸"x");', "public class Cart"),
        ("org.app", "import org.shop.*;", 'Cart cart = new Cart(‸"x");', "public class Cart"),
        ("org.app", "import static org.shop.Cart.empty;", "var c = empty(‸", "public static Cart empty(String owner)"),
        ("org.app", "import org.shop.Cart;", "Cart cart = make();\n        cart.total(‸", "double total(double tax"),
        ("org.shop", "", "Cart cart = new Cart(‸);", "public class Cart"),
    ],
)
def test_java(package: str, head: str, use: str, wanted: str) -> None:
    folder = package.replace(".", "/")
    other = JAVA.replace("owner", "wrong")
    files = {
        "src/main/java/org/shop/Cart.java": JAVA,
        "a/b/Cart.java": other,
        "a/c/Cart.java": other,
    }
    marked = f"package {package};\n\n{head}\n\nclass App {{\n    void run() {{\n        {use}\n    }}\n}}\n"
    got = texts(files, f"src/main/java/{folder}/App.java", marked)
    assert wanted in got
    assert "wrong" not in got


def test_c_includes() -> None:
    files = {"include/shape.h": "int area(int width, int height);\n\nstruct box { int w; };\n"}
    assert "box" in texts(files, "src/main.c", '#include "shape.h"\n\nint main() {\n  struct box b;‸\n}\n')


def test_the_file_itself_is_read_as_it_is_in_the_editor() -> None:
    filler = "\n".join(f"# line {number}" for number in range(100))
    marked = f"def helper_one(a, b):\n    return a\n\n{filler}\n\nhelper_one(‸"
    (snippet,) = found({"app.py": "def helper_one(old):\n    return old\n"}, "app.py", marked)
    assert snippet.text == "def helper_one(a, b):\n    return a"


@pytest.mark.parametrize("path", ["notes.xyz", "a.rs", "b.sh", "c.json"])
def test_files_without_imports_or_grammar_give_no_error(path: str) -> None:
    found({"shop/core.py": SHOP}, path, "use total_price and other things ‸\n")
