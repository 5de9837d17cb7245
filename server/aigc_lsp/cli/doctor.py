"""`aigc-lsp doctor`: what works here, what does not, and the command that mends it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.checks import Finding
from aigc_lsp.cli.exits import ExitStatus
from aigc_lsp.cli.options import Json, Model, Runtime

_MARKS = {"ok": "[green]✓[/]", "info": "[dim]·[/]", "warning": "[yellow]![/]", "broken": "[red]✗[/]"}


def doctor(
    model: Model = None,
    runtime: Runtime = None,
    quick: Annotated[bool, typer.Option("--quick", help="Skip checksums and trial imports.")] = False,
    json: Json = False,
) -> None:
    """Check everything that a suggestion needs. Exit status 1: something is broken."""
    from aigc_lsp.cli import chosen
    from aigc_lsp.cli.checks import editors, engine, packages, system
    from aigc_lsp.settings import load_settings
    from aigc_plugins.manager import load_plugins

    problems = load_settings([Path.cwd()]).problems
    settings = chosen.settings(model=model, runtime=runtime, quiet=True)
    plugins = load_plugins(settings.plugins.disabled)
    found = [
        *system.findings(),
        *packages.findings(),
        *editors.settings_findings(problems),
        *editors.plugin_findings(plugins),
        *engine.findings(settings, plugins.runtimes(), quick=quick),
        *editors.findings(),
    ]
    broken = [one for one in found if one.state == "broken"]
    if json:
        from dataclasses import asdict

        output.say_json({"healthy": not broken, "findings": [asdict(one) for one in found]})
    else:
        _print(found)
    if broken:
        raise typer.Exit(ExitStatus.FAILED)


def _print(found: Sequence[Finding]) -> None:
    from rich.markup import escape

    out = output.console()
    width = max(len(one.topic) for one in found)
    for one in found:
        out.print(f"{_MARKS[one.state]} {escape(f'{one.topic:<{width}}')}  {escape(one.text)}")
        if one.remedy:
            out.print(f"  {'':<{width}}  [bold]→ {escape(one.remedy)}[/]")
    broken = sum(one.state == "broken" for one in found)
    out.print(f"\n{broken} broken: the arrows say what mends them." if broken else "\nAll is well.")
