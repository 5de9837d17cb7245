"""`aigc-lsp serve`: run the engine. Editors start a managed one by themselves; people one to share or to debug."""

from pathlib import Path
from typing import Annotated

import typer

from aigc_lsp.cli.options import Model, Runtime
from aigc_models.types import AigcError

# What `[cpu]` brings for the service itself; the runtimes name their own needs.
_SERVICE_NEEDS = ("uvicorn", "starlette", "tokenizers", "numpy", "gguf", "jinja2")


def serve(
    model: Model = None,
    runtime: Runtime = None,
    device: Annotated[str | None, typer.Option(help="Device to run on, for example `cpu` or `cuda:0`.")] = None,
    socket: Annotated[Path | None, typer.Option(help="Listen on this Unix socket.")] = None,
    host: Annotated[str | None, typer.Option(help="Listen on this address; other than loopback needs --token.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port for --host; 0 takes a free one.")] = 8765,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="AIGC_LSP_TOKEN", help="Token for clients; made up where none is given. Rather set AIGC_LSP_TOKEN."
        ),
    ] = None,
    managed: Annotated[
        bool, typer.Option("--managed", help="Be the one engine of this user, as editors start it.")
    ] = False,
    idle_unload: Annotated[
        float | None, typer.Option(min=0, help="Seconds without a request until the model is unloaded; 0 never.")
    ] = None,
    idle_exit: Annotated[
        float | None, typer.Option(min=0, help="Seconds without a client until a managed engine ends; 0 never.")
    ] = None,
    max_queue: Annotated[int, typer.Option(min=0, help="Requests that may wait; more are answered 429.")] = 32,
) -> None:
    """Run the engine: load a model and answer OpenAI-compatible requests."""
    from aigc_lsp.cli import chosen
    from aigc_lsp.cli.logging_setup import to_stderr

    settings = chosen.settings(model=model, runtime=runtime, device=device)
    engine = settings.engine
    to_stderr("info")
    _need_service()
    from aigc_models.engine.host import HostOptions
    from aigc_models.engine.service import ServeOptions, run_service
    from aigc_plugins.manager import load_plugins

    options = ServeOptions(
        host_options=HostOptions(
            model=engine.model,
            runtime=engine.runtime,
            device=engine.device or "auto",
            max_waiting=max_queue,
            idle_unload_s=engine.idle_unload_s if idle_unload is None else idle_unload,
        ),
        managed=managed,
        socket=socket,
        host=host,
        port=port,
        token=token,
        idle_exit_s=engine.idle_exit_s if idle_exit is None else idle_exit,
    )
    plugins = load_plugins(settings.plugins.disabled, hooks=("aigc_runtimes",))
    raise typer.Exit(run_service(options, plugins.runtimes()))


def _need_service() -> None:
    """Say what to install where the service's own packages are absent; a broken one fails with its own error."""
    from importlib.util import find_spec

    missing = [name for name in _SERVICE_NEEDS if find_spec(name) is None]
    if missing:
        raise AigcError(
            f"The engine needs {', '.join(missing)}, which this Python lacks. Run `pip install 'aigc-lsp[cpu]'` "
            "(or `[local]` for GPUs)."
        )
