"""Which runtime runs a model, and why. It looks at what is installed and imports none of it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass

from aigc_models.types import AigcError, RuntimeSpec


@dataclass(frozen=True, slots=True)
class RuntimeVerdict:
    """Whether a runtime can run a model here; `reason` says why, or why not."""

    spec: RuntimeSpec
    usable: bool
    reason: str


def judge_runtimes(
    specs: Iterable[RuntimeSpec], weight_format: str, device: str = "auto"
) -> tuple[RuntimeVerdict, ...]:
    """Return a verdict on each runtime for weights of a format, the best usable one first."""
    verdicts = [_judge(spec, weight_format, device) for spec in specs]
    return tuple(sorted(verdicts, key=lambda verdict: (not verdict.usable, -verdict.spec.priority, verdict.spec.name)))


def choose_runtime(
    specs: Iterable[RuntimeSpec], weight_format: str, *, wanted: str | None = None, device: str = "auto"
) -> RuntimeSpec:
    """Return the runtime for weights of a format: the wanted one, or the usable one with the highest priority.

    Raises:
        AigcError: none can; the text lists why.
    """
    verdicts = judge_runtimes(specs, weight_format, device)
    candidates = [verdict for verdict in verdicts if wanted in (None, "auto", verdict.spec.name)]
    if not candidates:
        names = ", ".join(sorted(verdict.spec.name for verdict in verdicts))
        raise AigcError(f"There is no runtime {wanted!r}; the installed ones are: {names}.")
    if not candidates[0].usable:
        reasons = "; ".join(f"{verdict.spec.name}: {verdict.reason}" for verdict in candidates)
        raise AigcError(f"No runtime can load {weight_format} weights here ({reasons}).")
    return candidates[0].spec


def _judge(spec: RuntimeSpec, weight_format: str, device: str) -> RuntimeVerdict:
    if weight_format not in spec.formats:
        return RuntimeVerdict(spec, False, f"reads {', '.join(spec.formats)}, not {weight_format}")
    missing = [name for name in spec.requires if importlib.util.find_spec(name) is None]
    if missing:
        hint = "pip install 'aigc-lsp[local]'"
        return RuntimeVerdict(spec, False, f"needs {', '.join(missing)}; {hint}")
    if device not in ("auto", "cpu") and spec.name == "openvino":
        return RuntimeVerdict(spec, False, f"runs on the CPU, and {device} is asked for")
    return RuntimeVerdict(spec, True, f"reads {weight_format}, all it needs is installed, priority {spec.priority}")
