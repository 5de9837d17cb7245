"""`aigc-lsp engine`: the engine process of this user, seen from outside. `serve` is what it runs."""

from typing import Annotated, Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.exits import ExitStatus
from aigc_lsp.cli.options import Json

app = typer.Typer(help="See and stop the engine process.", no_args_is_help=True)


@app.command()
def status(json: Json = False) -> None:
    """Show whether an engine runs, what it runs, and how it is. Exit status 4: none runs, or it failed."""
    from dataclasses import asdict

    from aigc_models.client import control

    now = control.status()
    if json:
        output.say_json(asdict(now))
    else:
        facts = {
            "state": now.state,
            "model": now.model,
            "runtime": now.runtime,
            "progress": f"{now.progress:.0%}" if now.progress is not None and now.state == "loading" else None,
            "message": now.message,
            "pid": now.pid,
            "version": now.version,
            "socket": control.socket_path(),
            "log": control.log_path(),
        }
        shown = facts | {key: value for key, value in now.details.items() if not isinstance(value, dict | list)}
        shown["adapters"] = _adapters(now.details)
        if isinstance(ratio := shown.get("cache_hit_ratio"), float):
            shown["cache_hit_ratio"] = f"{ratio:.1%} of prompt tokens"
        output.pairs((name.replace("_", " "), str(value)) for name, value in shown.items() if value not in (None, ""))
    if now.state in ("absent", "failed"):
        raise typer.Exit(ExitStatus.ENGINE_UNAVAILABLE)


def _adapters(details: dict[str, Any]) -> str:
    """Return the adapters that were asked for, each with its state."""
    states = details.get("adapters") or {}
    return ", ".join(f"{name} ({one['state']}{_reason(one)})" for name, one in states.items())


def _reason(state: dict[str, Any]) -> str:
    return f": {state['message']}" if state.get("message") else ""


@app.command()
def stop(
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for its end.")] = 10.0,
    json: Json = False,
) -> None:
    """End the engine; the next request of an editor starts it again."""
    from aigc_models.client import control

    stopped = control.stop(timeout)
    if json:
        output.say_json({"stopped": stopped})
    else:
        output.note("The engine ended." if stopped else "No engine was running.")


@app.command()
def logs(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing what is added.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines from the end to begin with.")] = 100,
) -> None:
    """Print the engine's log."""
    from aigc_lsp.cli import tail
    from aigc_models.client import control

    path = control.log_path()
    if not path.exists() and not follow:
        output.note(f"There is no log yet: {path}")
        return
    for line in tail.lines(path, lines, follow=follow):
        output.say(line)
