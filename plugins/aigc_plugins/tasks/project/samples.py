"""Values for the tests of a generated project: two of each resource, as JSON has them."""

from __future__ import annotations

from typing import Any

from aigc_plugins.tasks.project.plan import Field, Resource


def sample(resource: Resource) -> dict[str, Any]:
    """Return a resource's values."""
    return {one.name: _value(one, index) for index, one in enumerate(resource.fields)}


def other(resource: Resource) -> dict[str, Any]:
    """Return values that differ from those of `sample` in every field."""
    return {one.name: _value(one, index, other=True) for index, one in enumerate(resource.fields)}


def _value(field: Field, index: int, *, other: bool = False) -> Any:
    words = field.name.replace("_", " ")
    match field.kind:
        case "int":
            return index + (11 if other else 1)
        case "float":
            return index + (10.25 if other else 1.5)
        case "bool":
            return not other
        case "date":
            return f"203{int(other)}-01-{index + 1:02}"
        case "list[str]":
            return [f"other {words}"] if other else [f"some {words}", "more"]
    return f"other {words}" if other else f"some {words}"
