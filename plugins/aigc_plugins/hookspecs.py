"""The whole plugin API: name a module under the entry-point group `aigc_lsp.plugins` and put any of these in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from aigc_models.types import RuntimeSpec
    from aigc_plugins.api import ContextProvider, Task
    from aigc_plugins.syntax import Language
    from aigc_plugins.testgen.parts import TestProposer

PROJECT = "aigc_lsp"
GROUP = "aigc_lsp.plugins"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def aigc_tasks() -> list[Task]:
    """Return code-generation jobs. Example: `return [MyTask()]`, with at least a `name` and a `title`."""
    raise NotImplementedError


@hookspec
def aigc_context_providers() -> list[ContextProvider]:
    """Return sources of snippets for prompts. Example: `return [GlossaryProvider("docs/glossary.md")]`."""
    raise NotImplementedError


@hookspec
def aigc_test_proposers() -> list[TestProposer]:
    """Return sources of scenarios for generated tests. Example: `return [MyProposer()]`."""
    raise NotImplementedError


@hookspec
def aigc_languages() -> list[Language]:
    """Return languages. Example: `return [load_language(files(__package__) / "zig.toml")]`."""
    raise NotImplementedError


@hookspec
def aigc_runtimes() -> list[RuntimeSpec]:
    """Return ways to run a model. Example: `return [RuntimeSpec("mine", "my runtime", "mine.runtime:create")]`."""
    raise NotImplementedError


@hookspec
def aigc_commands(app: Any) -> None:
    """Add commands to the Typer application `app`. Example: `app.command("hello")(say_hello)`."""
