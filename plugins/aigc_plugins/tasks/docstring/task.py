"""The task that documents a function or class: where it applies, the way from a place to an edit, and its checks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_plugins.action import ActionTask, Change, Edit, WithheldError
from aigc_plugins.tasks.docstring.check import check_unchanged
from aigc_plugins.tasks.docstring.comments import doc_comment
from aigc_plugins.tasks.docstring.describe import describe, subject_of
from aigc_plugins.tasks.docstring.existing import read_by_tools, told_types
from aigc_plugins.tasks.docstring.layout import docstring
from aigc_plugins.tasks.docstring.places import spot_of
from aigc_plugins.tasks.docstring.style import style_of
from aigc_plugins.tasks.functions import definition_at, fields, parameters

if TYPE_CHECKING:
    from aigc_plugins.action import Cost, Job, Place, Result
    from aigc_plugins.tasks.docstring.places import Spot
    from aigc_plugins.tasks.functions import Definition, Parameter

# By any other name the first parameter of a method may be one like others: not every class is used as one.
_RECEIVERS = frozenset(("self", "cls", "mcs", "mcls", "metacls", "klass"))
_SECTIONS = frozenset(("google", "numpy", "rest", "jsdoc", "javadoc"))


class DocstringTask(ActionTask):
    """Document a function or class in the file's own style."""

    name = "docstring"
    title = "Write a docstring"
    kind = "refactor.rewrite.aigc"
    languages = ("python", "javascript", "typescript", "tsx", "go", "java", "rust")
    model = True
    cost: Cost = "seconds"
    verified = "the code without comments and docstrings is the same, parameters are those of the signature"
    lens = True

    def applies(self, place: Place) -> bool | str:
        """Tell whether there is a definition around the place, and what is done to it."""
        found = _target(place)
        if found is None:
            return False
        definition, spot = found
        what = "docstring" if place.language == "python" else "doc comment"
        return (
            f"Rewrite the {what} of `{definition.name}`" if spot.existing else f"Write a {what} for `{definition.name}`"
        )

    def run(self, place: Place, job: Job) -> Result:
        """Describe the definition, lay the words out, and check that nothing else changed."""
        found = _target(place)
        if found is None:
            raise WithheldError("There is no function or class here that could be documented.")
        definition, _ = found
        style = style_of(place.snapshot, definition.tree.language.name)
        spot = spot_of(definition, style.unit)
        if spot is None:
            raise WithheldError("There is no place for documentation here.")
        if kept := read_by_tools(spot.existing):
            raise WithheldError(f"The documentation that is there has `{kept}`, which would be lost.")
        types = told_types(spot.existing)
        told = tuple(replace(one, type=one.type or types.get(one.name, "")) for one in documented(definition))
        subject = subject_of(definition, spot.existing)
        described = describe(subject, told, job, sections=style.layout in _SECTIONS)
        if style.layout in ("google", "numpy", "rest", "plain"):
            text = docstring(described, style, spot.indent)
        else:
            text = doc_comment(definition, described, style, spot.indent)
        edit = Edit(spot.start, spot.end, spot.before + text + spot.after)
        before = place.snapshot.text
        check_unchanged(before, before[: edit.start] + edit.text + before[edit.end :], definition.tree.language)
        return Change((edit,), note=f"Documented `{definition.name}`; its code is unchanged.")


def documented(definition: Definition) -> tuple[Parameter, ...]:
    """Return what documentation speaks of: all parameters but receivers, and the fields of a class made of fields."""
    if definition.kind == "class":
        return fields(definition)
    python = definition.tree.language.name == "python"
    return tuple(
        one
        for one in parameters(definition)
        if one.name not in ("", "_") and (one.kind != "receiver" or (python and one.name not in _RECEIVERS))
    )


def _target(place: Place) -> tuple[Definition, Spot] | None:
    """Return the definition that a place means and where its documentation belongs."""
    definition = definition_at(place.snapshot, place.start, place.end, ("function", "class"))
    if definition is None:
        return None
    spot = spot_of(definition, "    ")
    return None if spot is None or _is_overload(definition) else (definition, spot)


def _is_overload(definition: Definition) -> bool:
    """Tell whether a definition only declares one form of another."""
    header = definition.header.lstrip()
    return definition.tree.language.name == "python" and header.startswith(
        ("@overload", "@typing.overload", "@t.overload")
    )
