"""What runs the model: the model's files, the runtimes and the one that is chosen, the engine process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_lsp.cli.checks import Finding, adapters, packages
from aigc_lsp.cli.chosen import model_name
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_lsp.settings import Settings
    from aigc_models.store import ModelRef
    from aigc_models.types import RuntimeSpec

_HASH_AT_MOST = 2_000_000_000  # bytes; more takes too long for a check that people wait for


def findings(settings: Settings, runtimes: tuple[RuntimeSpec, ...], *, quick: bool) -> list[Finding]:
    """Return what is known of the model, the runtimes and the engine under these settings."""
    if settings.engine.url:
        return [_remote(settings), *_process()]
    model, ref = _model(settings, quick)
    return [*model, *_runtimes(settings, runtimes, ref, quick), *_process()]


def _remote(settings: Settings) -> Finding:
    import asyncio

    from aigc_models.client import EngineClient

    engine = settings.engine

    async def ask() -> list[str]:
        client = EngineClient(url=engine.url, token=engine.token, model=engine.model)
        try:
            return await client.models()
        finally:
            await client.aclose()

    try:
        models = asyncio.run(ask())
    except AigcError as error:
        return Finding("engine url", "broken", f"{engine.url}: {error}", "Check engine.url and engine.token.")
    return Finding("engine url", "ok", f"{engine.url} serves {', '.join(models) or 'no model'}")


def _model(settings: Settings, quick: bool) -> tuple[list[Finding], ModelRef | None]:
    from aigc_lsp.model_rows import describe
    from aigc_models import store
    from aigc_models.store.files import human_size

    name = model_name(settings)
    try:
        ref = store.resolve(name)
    except store.ModelMissingError as error:
        return [Finding("model", "broken", str(error), f"aigc-lsp models pull {name}")], None
    except (AigcError, OSError) as error:
        remedy = f"aigc-lsp models remove {name} && aigc-lsp models pull {name}"
        return [Finding("model", "broken", str(error), remedy)], None
    if ref.format == "fake":
        return [Finding("model", "warning", "the fake model: it writes canned text", "Unset engine.model.")], ref
    facts = describe(name, verify=not quick and store_size(ref) <= _HASH_AT_MOST)
    if facts.get("intact") is False:
        remedy = f"aigc-lsp models remove {name} && aigc-lsp models pull {name}"
        return [Finding("model", "broken", f"{ref.path} is not the file that was fetched", remedy)], ref
    checked = ", checksum right" if facts.get("intact") and facts["sha256"] else ""
    found = [Finding("model", "ok", f"{ref.id}, {human_size(store_size(ref))}{checked}, {ref.path}")]
    return [*found, *_fits(facts["memory"] or store_size(ref)), _fim(ref), *adapters.findings(settings, ref)], ref


def store_size(ref: ModelRef) -> int:
    """Return the bytes of a model's files."""
    from aigc_models.store.files import size_of

    return size_of(ref.path)


def _fits(needed: int) -> list[Finding]:
    import psutil

    from aigc_models.store.files import human_size

    available = psutil.virtual_memory().available
    if needed * 1.2 < available:
        return []
    text = f"the model takes about {human_size(needed)}, {human_size(available)} are available"
    return [Finding("memory for the model", "warning", text, "Choose a smaller one: aigc-lsp models list")]


def _fim(ref: ModelRef) -> Finding:
    from aigc_models.detect import fim_template

    template = fim_template(ref)
    if template is None:
        text = "the model has no tokens for it: it completes left to right"
        return Finding("fill-in-the-middle", "info", text)
    return Finding("fill-in-the-middle", "ok", f"{' '.join(template.markers)}, {template.order} order")


def _runtimes(
    settings: Settings, runtimes: tuple[RuntimeSpec, ...], ref: ModelRef | None, quick: bool
) -> list[Finding]:
    from aigc_models.runtimes import judge_runtimes

    weights = ref.format if ref else "gguf"
    wanted = settings.engine.runtime
    found, chosen = [], None
    for verdict in judge_runtimes(runtimes, weights, settings.engine.device or "auto"):
        broken = packages.import_error(verdict.spec.requires) if verdict.usable and not quick else None
        usable = verdict.usable and broken is None
        if usable and chosen is None and wanted in (None, "auto", verdict.spec.name):
            chosen = verdict
        reason = f"cannot be imported: {broken}" if broken else verdict.reason
        state = "ok" if usable else "warning" if broken else "info"
        found.append(Finding(f"runtime {verdict.spec.name}", state, reason))  # type: ignore[arg-type]
    if chosen is None:
        text = f"none can load {weights} weights" + (f", or it is not {wanted!r}" if wanted else "")
        return [Finding("runtime chosen", "broken", text, "pip install 'aigc-lsp[cpu]'"), *found]
    why = "asked for in the settings" if wanted not in (None, "auto") else chosen.reason
    return [Finding("runtime chosen", "ok", f"{chosen.spec.name}: {why}"), *found]


def _process() -> list[Finding]:
    from aigc_models.client import control

    try:
        status = control.status()
    except (AigcError, OSError) as error:
        return [Finding("engine", "broken", str(error), "aigc-lsp engine stop; aigc-lsp engine logs")]
    if status.state == "failed":
        return [Finding("engine", "broken", status.message or "failed", "aigc-lsp engine logs")]
    if status.state == "absent":
        return [Finding("engine", "ok", "not running; the first request starts it")]
    return [Finding("engine", "ok", f"{status.state}, {status.model} on {status.runtime}, pid {status.pid}")]
