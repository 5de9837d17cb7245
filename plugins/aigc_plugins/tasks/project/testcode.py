"""Writes the parts of a generated project's tests that depend on its plan."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from aigc_plugins.tasks.project.code import literal
from aigc_plugins.tasks.project.plan import Example, Function, Resource

_LIST = """
def test_they_are_listed(self) -> None:
    self.assertEqual(request(self.api, "GET", "/{collection}"), (200, [self.first]))
    self.assertEqual(request(self.api, "GET", "/{collection}", query="_limit=0"), (200, []))
    self.assertEqual(request(self.api, "GET", "/{collection}", query="_limit=-1")[0], 400)
    self.assertEqual(request(self.api, "GET", "/{collection}", query="no_such_field=1")[0], 400)
"""
_FILTER = """
def test_they_are_found_by_their_{field}(self) -> None:
    second = self.store.add({class_name}.from_json(OTHER)).to_json()
    status, found = request(self.api, "GET", "/{collection}", query={query})
    self.assertEqual((status, found), (200, [second]))
"""
_GET = """
def test_one_is_read(self) -> None:
    self.assertEqual(request(self.api, "GET", "/{collection}/1"), (200, self.first))
    self.assertEqual(request(self.api, "GET", "/{collection}/99")[0], 404)
"""
_CREATE = """
def test_one_is_created(self) -> None:
    status, made = request(self.api, "POST", "/{collection}", SAMPLE)
    self.assertEqual((status, made), (201, {{"id": 2, **SAMPLE}}))

def test_what_is_no_json_is_refused(self) -> None:
    self.assertEqual(request(self.api, "POST", "/{collection}", b"no json")[0], 400)
"""
_REQUIRED = """
def test_a_missing_{field}_is_refused(self) -> None:
    data = {{name: value for name, value in SAMPLE.items() if name != "{field}"}}
    status, answer = request(self.api, "POST", "/{collection}", data)
    self.assertEqual((status, answer["error"]), (400, "missing: {field}"))
"""
_UPDATE = """
def test_one_is_changed_in_part_and_replaced(self) -> None:
    change = {{"{field}": OTHER["{field}"]}}
    self.assertEqual(request(self.api, "PATCH", "/{collection}/1", change), (200, {{**self.first, **change}}))
    self.assertEqual(request(self.api, "PUT", "/{collection}/1", OTHER), (200, {{**OTHER, "id": 1}}))
    self.assertEqual(request(self.api, "PUT", "/{collection}/99", OTHER)[0], 404)
"""
_DELETE = """
def test_one_is_deleted(self) -> None:
    self.assertEqual(request(self.api, "DELETE", "/{collection}/1"), (204, None))
    self.assertEqual(request(self.api, "DELETE", "/{collection}/1")[0], 404)
"""
_REFUSED = """
def test_what_is_not_offered_is_refused(self) -> None:
    for method, path in {refused}:
        self.assertEqual(request(self.api, method, path, SAMPLE)[0], 405)
"""
_VERBS = {
    "create": ("POST", "/{}"), "update": ("PATCH", "/{}/1"), "delete": ("DELETE", "/{}/1"),
}  # fmt: skip


def resource_tests(resource: Resource) -> str:
    """Return the methods that test a resource through the API."""
    values = {"collection": resource.collection, "class_name": resource.class_name}
    text = _LIST.format(**values) + _GET.format(**values)
    plain = next((one for one in resource.fields if one.kind != "list[str]"), None)
    if plain is not None:
        query = f'f"{plain.name}={{OTHER[{plain.name!r}]}}"'
        if plain.kind == "bool":
            query = f'"{plain.name}=false"'
        elif plain.kind == "str":
            query = f'"{plain.name}=other+{plain.name.replace("_", "+")}"'
        text += _FILTER.format(**values, field=plain.name, query=query)
    required = next((one.name for one in resource.fields if one.kind not in ("bool", "list[str]")), None)
    if "create" in resource.operations:
        text += _CREATE.format(**values)
        text += _REQUIRED.format(**values, field=required) if required else ""
    if "update" in resource.operations:
        text += _UPDATE.format(**values, field=resource.fields[0].name)
    if "delete" in resource.operations:
        text += _DELETE.format(**values)
    refused = [
        (verb, path.format(resource.collection))
        for name, (verb, path) in _VERBS.items()
        if name not in resource.operations
    ]
    text += _REFUSED.format(refused=literal(refused)) if refused else ""
    return _methods(text)


def function_tests(function: Function) -> str:
    """Return the methods that test a function by its examples."""
    lines = [f"def test_{function.name}(self) -> None:"]
    for example in function.examples:
        check = "assertAlmostEqual" if isinstance(example.result, float) else "assertEqual"
        lines.append(f"    self.{check}(functions.{function.call(example)}, {literal(example.result)})")
    first = function.examples[0]
    lines += [
        "",
        f"def test_{function.name}_through_the_api(self) -> None:",
        f"    arguments = {literal(arguments_of(function, first))}",
        f'    status, answer = request(self.api, "POST", "/functions/{function.name}", arguments)',
        f'    self.assertEqual((status, answer), (200, {{"result": encode(functions.{function.call(first)})}}))',
    ]
    return _methods("\n".join(lines))


def arguments_of(function: Function, example: Example) -> dict[str, Any]:
    """Return an example's arguments by name."""
    return dict(zip((name for name, _ in function.parameters), example.arguments, strict=True))


def _methods(text: str) -> str:
    return indent(text.strip("\n") + "\n", "    ", lambda line: bool(line.strip()))
