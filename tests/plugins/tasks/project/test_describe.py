"""What rules find in the description of a project: things, their fields and types, functions with examples."""

from __future__ import annotations

import pytest

from aigc_plugins.tasks.project import describe, literals, names
from aigc_plugins.tasks.project.guess import field_of
from aigc_plugins.tasks.project.plan import Example, function_of


def things(text):
    return {one.name: [f"{field.name}:{field.kind}" for field in one.fields] for one in describe.read(text).resources}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "A library: books with title, author and year and whether they are lent; members with name and email.",
            {"book": ["title:str", "author:str", "year:int", "lent:bool"], "member": ["name:str", "email:str"]},
        ),
        (
            "A REST API that manages recipes. Each recipe has a name, ingredients and a cooking time in minutes.",
            {"recipe": ["name:str", "ingredients:list[str]", "cooking_time:int"]},
        ),
        (
            "Track my expenses (amount, category, date) and budgets (category, limit: float).",
            {"expense": ["amount:float", "category:str", "date:date"], "budget": ["category:str", "limit:float"]},
        ),
        (
            "A pet shop. It keeps pets and owners. Pets have a name, age and owner. An owner has a name.",
            {"pet": ["name:str", "age:int", "owner_id:int"], "owner": ["name:str"]},
        ),
        ("bookmark manager with url, title, tags", {"bookmark": ["url:str", "title:str", "tags:list[str]"]}),
        ("A todo list. It has items with a text.", {"item": ["text:str"]}),
        ("todo items with a text and a done flag", {"todo_item": ["text:str", "done:bool"]}),
        ("Cars: brand, mileage (int), colour", {"car": ["brand:str", "mileage:int", "colour:str"]}),
        ("A simple API for managing a to-do list", {"todo": []}),
        ("A blog with posts and comments", {"post": [], "comment": []}),
        ("An expense tracker.", {"expense": []}),
        ("Make me something nice.", {}),
        ("", {}),
    ],
)
def test_things_and_their_fields(text, found):
    assert things(text) == found


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("A read-only list of films with title.", ("list", "get")),
        ("An append-only log of events with text.", ("list", "get", "create")),
        ("Notes with text; they cannot be deleted.", ("list", "get", "create", "update")),
        ("Notes with text.", ("list", "get", "create", "update", "delete")),
    ],
)
def test_what_may_not_be_done_is_left_out(text, operations):
    assert describe.read(text).resources[0].operations == operations


def test_signatures_examples_and_names_are_read():
    found = describe.read(
        "An API called shelf: books with title. `slug(text: str) -> str`: makes a slug, e.g. `slug('A b') == 'a-b'`."
        " fee(days: int) -> float takes 0.5 a day; fee(2) is 1.0 and fee(0) == 0.0. A function that counts the books."
    )
    assert found.name == "shelf"
    assert [one.name for one in found.resources] == ["book"]
    slug, fee = found.functions
    assert (slug.header, slug.doc) == ("def slug(text: str) -> str:", "Makes a slug.")
    assert slug.examples == (Example(("A b",), "a-b"),)
    assert fee.examples == (Example((2,), 1.0), Example((0,), 0.0))
    assert found.wanted == ("counts the books",)


@pytest.mark.parametrize(
    "text",
    ["f(a) -> int", "f(a: int = 2) -> int", "f(*a: int) -> int", "f(a: object) -> int", "eval(a: str) -> int",
     "f(a: int, a: int) -> int", "class(a: int) -> int", "f(a: int) -> os.PathLike", "_f(a: int) -> int", "F(: -> int"],
)  # fmt: skip
def test_what_may_be_no_function_is_none(text):
    assert function_of(text, "") is None


@pytest.mark.parametrize(
    "text", ["f(__import__('os')) == 1", "f(2) == open('x')", "f(2) == '", "f([) == 1", "f(" * 400, "f(1) == [1, 2"]
)
def test_what_is_no_literal_is_no_example(text):
    assert literals.find(f"f(a: int) -> int. {text}").functions[0].examples == ()


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("a due date", "due_date:date"), ("price in euros", "price:float"), ("year: int", "year:int"),
        ("year (int)", "year:int"), ("boolean done", "done:bool"), ("phone number", "phone_number:str"),
        ("number of pages", "number:int"), ("its class", "class_:str"), ("an ID", None), ("a function that adds", None),
        ("lets users search all of them quickly", None), ("x; DROP TABLE y", None), ("../../etc", None), ("", None),
    ],
)  # fmt: skip
def test_phrases_are_fields_or_prose(phrase, found):
    field = field_of(phrase)
    assert (f"{field.name}:{field.kind}" if field else None) == found


@pytest.mark.parametrize(
    ("many", "one"),
    [("books", "book"), ("boxes", "box"), ("categories", "category"), ("addresses", "address"), ("statuses", "status"),
     ("people", "person"), ("news", "news"), ("horses", "horse"), ("matches", "match"), ("movies", "movie")],
)  # fmt: skip
def test_plurals_there_and_back(many, one):
    assert (names.singular(many), names.singular(one), names.plural(one)) == (one, one, many)


@pytest.mark.parametrize("name", ["json", "tests", "class", "../up", "os", "src", "a-b c", "1a", "x" * 99, "list"])
def test_a_package_never_has_the_name_of_something_else(name):
    made = names.package_name(name)
    assert made.isidentifier()
    assert made not in ("json", "tests", "class", "os", "src", "list")
    assert len(made) < 50
