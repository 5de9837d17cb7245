"""A runtime that needs no weights. A real one loads `options.path` and implements the same five methods."""

from __future__ import annotations

from dataclasses import replace

from aigc_models.engine.runtimes.base import LoadOptions, Progress
from aigc_models.engine.runtimes.fake import FakeRuntime


class Parrot(FakeRuntime):
    """Says `a + b`, whatever it is asked."""

    name = "parrot"


def create(options: LoadOptions, progress: Progress) -> Parrot:
    """Return the runtime: the factory that the RuntimeSpec names."""
    return Parrot(replace(options, params={"text": "a + b\n"}), progress)
