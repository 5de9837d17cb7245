"""Fills with the model what a description leaves open: a name, things to keep, their fields, signatures, examples.

Every answer is one line that is read by a program; what does not fit is dropped, and something plain takes its place.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_models.types import AigcError
from aigc_plugins.tasks.project import literals, names, words
from aigc_plugins.tasks.project.guess import kind_for
from aigc_plugins.tasks.project.plan import KINDS, MOST_FUNCTIONS, Field, Function, Plan, Resource, function_of
from aigc_plugins.tasks.project.render import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_plugins.api import Job
    from aigc_plugins.tasks.project.describe import Described

_PAIR = re.compile(r"\s*([A-Za-z]\w*)\s*(?::\s*([a-z]+(?:\[str\])?))?\s*")
_PLAIN = (Field("name"), Field("description"))
_MOST_PROPOSED, _MOST_FIELDS = 4, 5
_SHOWN = 600  # characters of the description in a prompt
_LONGEST_ANSWER = 2000


def completed(job: Job, described: Described, description: str, name: str) -> Plan:
    """Return the plan that a description and the model's additions make; it may have nothing in it."""
    remarks: list[str] = []
    functions = list(described.functions)
    for does in described.wanted[: MOST_FUNCTIONS - len(functions)]:
        made = _function(job, does)
        if made is None or any(one.name == made.name for one in functions):
            remarks.append(f"No function was found for “{does}”: give a signature and an example in the description.")
        else:
            functions.append(made)
    resources = described.resources
    if not resources and not functions:
        resources = tuple(Resource(thing) for thing in _things(job, description))
    resources = tuple(_with_fields(job, one, resources, remarks) for one in resources)
    plan = Plan(names.package_name(name) or described.name, description, resources, tuple(functions), tuple(remarks))
    if not plan.package and (resources or functions):
        plan = replace(plan, package=_name(job, description) or named(plan))
    return plan


def _name(job: Job, description: str) -> str:
    """Return the model's name for the project, empty where it is half a name, stutters, or speaks of something else."""
    answer, whole = _line(job, "project-name", description=_shown(description))
    parts = names.words_of(answer)
    stems = [names.singular(part) for part in parts]
    known = _said(description) | words.listed("neutral")
    sound = re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{2,29}", answer) and len(parts) <= 3 and len(set(stems)) == len(stems)
    return names.package_name(answer) if whole and sound and known.issuperset(stems) else ""


def _things(job: Job, description: str) -> list[str]:
    """Return what the model says that the project keeps, as far as the description speaks of it."""
    said = _said(description) - words.listed("frame")
    found: list[str] = []
    for part in _items(job, "project-things", description=_shown(description)):
        thing = names.resource_name(part)
        if thing and thing not in found and any(word in said for word in thing.split("_")):
            found.append(thing)
    return found[:_MOST_PROPOSED]


def _with_fields(job: Job, resource: Resource, all_: tuple[Resource, ...], remarks: list[str]) -> Resource:
    if resource.fields:
        return resource
    found: dict[str, Field] = {}
    for part in _items(job, "project-fields", thing=resource.name.replace("_", " ")):
        pair = _PAIR.fullmatch(part)
        name = names.field_name(pair[1]) if pair is not None else ""
        if pair is None or not name or name == resource.name:
            break  # what follows is no list of fields any more
        kind = pair[2] if pair[2] in KINDS else kind_for(name)
        linked = any(one.name == name for one in all_)
        found.setdefault(name, Field(f"{name}_id", "int") if linked else Field(name, kind))
    fields = tuple(found.values())[:_MOST_FIELDS] if len(found) > 1 else _PLAIN
    thing = names.with_article(resource.name.replace("_", " "))
    chosen = ", ".join(one.name for one in fields)
    remarks.append(f"The description names no fields of {thing}; these were chosen: {chosen}.")
    return replace(resource, fields=fields)


def _function(job: Job, does: str) -> Function | None:
    doc = f"{does[0].upper()}{does[1:]}"
    made = function_of(_line(job, "project-signature", does=doc)[0], doc)
    if made is None:
        return None
    values = {"header": made.header, "doc": made.doc, "name": made.name}
    answer = _asked(job, "project-examples", values, stop=lambda text: '"""' in text)
    return replace(made, examples=literals.doctests(made, f">>> {made.name}({answer}"), guessed=True)


def _said(description: str) -> set[str]:
    return {names.singular(word) for word in names.words_of(description)}


def _items(job: Job, template: str, **values: str) -> list[str]:
    """Return the parts of a list that the model wrote on a line, without the last one where the line has no end."""
    line, whole = _line(job, template, **values)
    parts = line.split(",")
    return parts if whole else parts[:-1]


def _line(job: Job, template: str, **values: str) -> tuple[str, bool]:
    """Return the line that the model wrote, and whether it came to its end."""
    answer = _asked(job, template, values, stop=lambda text: "\n" in text.lstrip("\n ")).lstrip("\n ")
    line, end, _ = answer.partition("\n")
    return line.strip(), bool(end)


def _asked(job: Job, template: str, values: dict[str, str], *, stop: Callable[[str], bool]) -> str:
    """Return the model's answer; empty where there is no model, since everything has something plain in its place."""

    def ended(text: str) -> bool:
        return len(text) > _LONGEST_ANSWER or stop(text)

    try:
        return job.ask(job.prompt(template, values), until=ended)[:_LONGEST_ANSWER]
    except AigcError:
        return ""


def _shown(description: str) -> str:
    return " ".join(description.split())[:_SHOWN]
