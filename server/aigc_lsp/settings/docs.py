"""Writes docs/settings.md, the JSON schema and VS Code's settings from the model, so that they cannot differ."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from aigc_lsp.settings import vscode
from aigc_lsp.settings.load import WORKSPACE_FILE
from aigc_lsp.settings.model import SECTIONS, WORKSPACE_SECTIONS, Settings

_INTRO = f"""# Settings

<!-- Written by `python -m aigc_lsp.settings.docs`; change the model, not this page. -->

Settings come from four places; where two name the same key, the later one wins:

1. the user's `config.toml` (`aigc-lsp config path` prints where it is),
2. `{WORKSPACE_FILE}` in each folder of the workspace, for the groups marked *workspace* only: a repository may never
   choose what is run, loaded or connected to,
3. `initializationOptions` of the editor,
4. the editor's `aigc` section (`workspace/configuration`, `workspace/didChangeConfiguration`).

Keys may be written `max_tokens` or `maxTokens`. An unknown key or a bad value is named in one message, and what was
there before stays.

```toml
[completion]
max_tokens = 64
languages = {{ markdown = false }}
```
"""


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " \\| ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " \\| ".join(_type(part) for part in schema["anyOf"] if part.get("type") != "null")
    kind = str(schema.get("type", "any"))
    limits = [f"{sign} {schema[key]:g}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return kind + (f" ({', '.join(limits)})" if limits else "")


def _default(value: Any) -> str:
    return "unset" if value is None else f"`{json.dumps(value)}`"


def markdown() -> str:
    """Return the page docs/settings.md."""
    parts = [_INTRO]
    for name, section in SECTIONS.items():
        mark = " (*workspace*)" if name in WORKSPACE_SECTIONS else ""
        parts.append(
            f"## `{name}`{mark}\n\n{section.__doc__}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |"
        )
        properties = section.model_json_schema()["properties"]
        rows = []
        for key, field in section.model_fields.items():
            default = field.get_default(call_default_factory=True)
            default = None if default is PydanticUndefined else default
            meaning = " ".join((field.description or "").split())
            rows.append(f"| `{key}` | {_type(properties[key])} | {_default(default)} | {meaning} |")
        parts[-1] += "\n" + "\n".join(rows) + "\n"
    return "\n".join(parts)


def schema() -> dict[str, Any]:
    """Return the JSON schema of the settings."""
    return Settings.model_json_schema()


def main(argv: list[str] | None = None) -> int:
    """Write the page (and the schema) to the given paths, or the page to standard output."""
    parser = argparse.ArgumentParser(description="Write the settings page and the JSON schema.")
    parser.add_argument("--markdown", type=Path, help="for example docs/settings.md")
    parser.add_argument("--schema", type=Path, help="for example docs/settings.schema.json")
    parser.add_argument("--vscode", type=Path, help="for example editors/vscode/package.json")
    options = parser.parse_args(argv)
    if options.markdown:
        options.markdown.write_text(markdown(), encoding="utf-8")
    if options.schema:
        options.schema.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
    if options.vscode:
        vscode.write(options.vscode)
    if not options.markdown and not options.schema and not options.vscode:
        sys.stdout.write(markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
