"""`aigc-lsp plugins`: what extends this installation, and what was blocked and why."""

from typing import Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json


def plugins(json: Json = False) -> None:
    """List the plugins: built-in, installed, disabled, and blocked ones with the reason."""
    from aigc_lsp.cli import chosen
    from aigc_plugins.manager import load_plugins

    loaded = load_plugins(chosen.settings().plugins.disabled)
    rows: list[dict[str, Any]] = [
        {
            "name": info.name,
            "distribution": info.distribution,
            "version": info.version,
            "builtin": info.builtin,
            "hooks": list(info.hooks),
            "status": info.status,
            "reason": info.reason or None,
        }
        for info in loaded.infos
    ]
    if json:
        output.say_json(rows)
    else:
        output.table(
            ("name", "from", "version", "status", "hooks", "reason"),
            [
                (
                    row["name"],
                    row["distribution"] or "?",
                    row["version"] or "?",
                    row["status"],
                    ", ".join(hook.removeprefix("aigc_") for hook in row["hooks"]),
                    " ".join((row["reason"] or "").split()),
                )
                for row in rows
            ],
        )
    if any(row["status"] == "blocked" for row in rows):
        raise typer.Exit(1)
