"""Writes the settings into the VS Code extension's package.json, from the model: `contributes.configuration`.

Only the block with the id `server` is ours; whatever else stands in the file stays as it is.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticUndefined

from aigc_lsp.settings.model import SECTIONS, WORKSPACE_SECTIONS

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = "server"
_KEPT = ("type", "enum", "minimum", "maximum", "items", "additionalProperties")
# What a person would not want to travel to their other machines.
_PRIVATE = frozenset({"token", "url", "device"})


def properties() -> dict[str, Any]:
    """Return the settings as VS Code has them, by name: `aigc.completion.maxTokens`."""
    found = {}
    for name, section in SECTIONS.items():
        schemas = section.model_json_schema()["properties"]
        for key, field in section.model_fields.items():
            default = field.get_default(call_default_factory=True)
            schema = _schema(schemas[key])
            if isinstance(default, float) and default.is_integer():
                default = int(default)  # as JSON.stringify writes it, so that npm's tools change nothing here
            unset = "" if schema["type"] == "string" else None  # a text field of the settings page cannot hold null
            entry = {
                **schema,
                "default": unset if default in (None, PydanticUndefined) else default,
                "markdownDescription": " ".join((field.description or "").split()),
                # A repository's settings may never choose what is run, loaded or connected to.
                "scope": "window" if name in WORKSPACE_SECTIONS else "machine",
            }
            if key in _PRIVATE:
                entry["ignoreSync"] = True
            found[f"aigc.{name}.{_camel(key)}"] = entry
    return found


def updated(package: dict[str, Any]) -> dict[str, Any]:
    """Return the contents of a package.json with the settings of now in their block.

    Raises:
        LookupError: it has no such block.
    """
    blocks = package["contributes"]["configuration"]
    if not any(block.get("id") == BLOCK for block in blocks):
        raise LookupError(f"contributes.configuration has no block with the id {BLOCK!r}")
    new = [{**block, "properties": properties()} if block.get("id") == BLOCK else block for block in blocks]
    return {**package, "contributes": {**package["contributes"], "configuration": new}}


def write(path: Path) -> None:
    """Bring the package.json at `path` up to date."""
    package = updated(json.loads(path.read_text(encoding="utf-8")))
    path.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" not in schema:
        return {key: schema[key] for key in _KEPT if key in schema}
    (value,) = (part for part in schema["anyOf"] if part.get("type") != "null")
    found = _schema(value)
    if "enum" in found:
        return {**found, "type": [found["type"], "null"], "enum": [*found["enum"], None]}
    return found if found["type"] == "string" else {**found, "type": [found["type"], "null"]}


def _camel(key: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda letter: letter[1].upper(), key)
