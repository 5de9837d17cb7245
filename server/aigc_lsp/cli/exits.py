"""Exit statuses, in one place. docs/cli.md is generated from this table."""

from __future__ import annotations

from enum import IntEnum

from aigc_models.types import AigcError, EngineUnavailableError


class ExitStatus(IntEnum):
    """What the command's exit status tells a script."""

    OK = 0
    FAILED = 1
    USAGE = 2
    MODEL_MISSING = 3
    ENGINE_UNAVAILABLE = 4
    WITHHELD = 5
    INTERRUPTED = 130


MEANINGS = {
    ExitStatus.OK: "It worked. For `complete`: there is a suggestion, or there is nothing to suggest.",
    ExitStatus.FAILED: "It failed; standard error says why and what to do. `doctor`: something is broken.",
    ExitStatus.USAGE: "The command line is wrong: an unknown command, option or value.",
    ExitStatus.MODEL_MISSING: "The model is not on this machine, or has no such name: `aigc-lsp models pull`.",
    ExitStatus.ENGINE_UNAVAILABLE: "The engine does not run, is still loading, is busy, or has failed.",
    ExitStatus.WITHHELD: "A task offers nothing: it does not apply there, or its result did not pass the checks.",
    ExitStatus.INTERRUPTED: "Interrupted with Ctrl-C.",
}


def status_of(error: AigcError) -> ExitStatus:
    """Return the exit status for an error that is meant for the user."""
    from aigc_models.store.types import ModelMissingError
    from aigc_plugins.action import WithheldError

    if isinstance(error, ModelMissingError):
        return ExitStatus.MODEL_MISSING
    if isinstance(error, EngineUnavailableError):
        return ExitStatus.ENGINE_UNAVAILABLE
    if isinstance(error, WithheldError):
        return ExitStatus.WITHHELD
    return ExitStatus.FAILED
