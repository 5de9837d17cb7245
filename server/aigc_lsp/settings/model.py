"""Every setting: its type, its default and its meaning, once. Where settings come from is `load`'s business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from aigc_models.client import EngineConfig

NonNegative = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(ge=0)]


class Section(BaseModel):
    """A group of settings: frozen, strict, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class EngineSettings(Section):
    """Which engine runs the model, and how long it may rest."""

    url: str | None = None
    """Address of an OpenAI-compatible server, for example `http://gpu-box:8000/v1`. Unset: an engine on this machine,
    started when it is needed."""
    token: str | None = Field(default=None, repr=False)
    """Bearer token for `url`."""
    model: str | None = None
    """Model to run: a name of `aigc-lsp models list`, a Hugging Face id, a folder or a GGUF file. Unset: the
    recommended one."""
    adapter: str = "auto"
    """Adapter that suggestions come from: a name of `aigc-lsp adapters list`, `none` for the model alone, or `auto` for
    what `aigc-lsp adapters use` chose for the workspace or everywhere, or else the one that came with the model. For a
    server at `url`, the name under which it serves the adapter."""
    runtime: str | None = None
    """Runtime to use, for example `openvino` or `transformers`. Unset: the best one that can run the model."""
    device: str | None = None
    """Device to run on, for example `cpu` or `cuda:0`. Unset: the runtime chooses."""
    idle_unload_s: Seconds = 900.0
    """Seconds without a request after which the engine gives the model's memory back; 0 means never."""
    idle_exit_s: Seconds = 300.0
    """Seconds without any client after which the engine ends; 0 means never."""


class CompletionSettings(Section):
    """Ghost text while typing."""

    enabled: bool = True
    """Offer suggestions at all."""
    languages: dict[str, bool] = Field(default_factory=dict)
    """Switch single languages on or off by their LSP id, for example `{ markdown = false }`."""
    multiline: Literal["auto", "always", "never"] = "auto"
    """Suggest several lines: where the syntax at the cursor asks for it, always, or never."""
    max_tokens: Annotated[int, Field(ge=1, le=2048)] = 96
    """Longest suggestion, in tokens of the model."""
    prefix_tokens: Annotated[int, Field(ge=16, le=131072)] = 1024
    """Tokens of the prompt for the text before the cursor."""
    suffix_tokens: Annotated[int, Field(ge=0, le=131072)] = 256
    """Tokens of the prompt for the text after the cursor."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """Randomness of the model; 0 always gives the same suggestion."""
    prompt: Literal["auto", "chat"] = "auto"
    """How the model is asked: by the fill-in-the-middle prompt of its family, or left to right where it has none
    (`auto`), or by a conversation (`chat`), for servers that offer nothing else."""
    candidates: Annotated[int, Field(ge=1, le=32)] = 12
    """Answers that are compared by how well the text below goes on after each, for models without fill-in-the-middle
    training: always where that text shows how the line must begin, else when a suggestion is asked for explicitly.
    1 takes the model's likeliest answer as it is."""
    min_logprob: Annotated[float, Field(le=0)] = -2.0
    """Suggestions that nobody asked for are withheld when the mean log probability of their tokens is below this."""
    debounce_ms: Annotated[int, Field(ge=0, le=5000)] = 250
    """Longest rest, in milliseconds, that is waited for before an automatic suggestion is asked of the model. The
    wait adapts: none where the engine answers faster than you type, more where it is slow. Suggestions that are known
    already come at once, and editors that wait themselves are not made to wait again."""
    prefetch: Literal["auto", "always", "never"] = "auto"
    """Ask for the suggestion that follows while one is shown, so that it is there once you accept: where the engine is
    on this machine, always, or never."""
    menu: bool = True
    """Offer the suggestion in the completion menu of editors that have no ghost text."""
    menu_timeout_ms: Annotated[int, Field(ge=50, le=30000)] = 1500
    """Longest time that the completion menu waits for a suggestion, in milliseconds."""
    max_file_kb: Positive = 2048
    """Files above this size, in units of 1,024 characters, get no suggestions."""


class ContextSettings(Section):
    """What a prompt holds of the workspace beside the file being edited."""

    enabled: bool = True
    """Put code from elsewhere in the workspace into prompts."""
    tokens: Annotated[int, Field(ge=0, le=131072)] = 512
    """Tokens of the prompt for code from elsewhere."""
    providers: dict[str, bool] = Field(default_factory=dict)
    """Switch single sources on or off by their name, for example `{ recent-edits = false }`."""
    index: bool = True
    """Keep an index of the workspace's files on this machine, in the user's cache."""
    max_files: Positive = 50_000
    """Most files of a workspace that are indexed."""
    max_file_kb: Positive = 512
    """Files above this size, in KiB, are not indexed."""


class TaskSettings(Section):
    """Tasks that the user starts: refactors, edits, explanations, code from a description."""

    enabled: bool = True
    """Offer tasks as code actions."""
    disabled: list[str] = Field(default_factory=list)
    """Names of tasks that are not offered; `aigc-lsp tasks` lists them."""
    lens: bool = False
    """Show tasks above each definition, as code lenses."""
    timeout_s: Annotated[float, Field(ge=1, le=3600)] = 300.0
    """Longest time that a task may take, in seconds, loading the model included."""


class StatsSettings(Section):
    """The record of what became of suggestions. It stays on this machine and holds no code."""

    enabled: bool = True
    """Keep the record."""
    keep_days: Positive = 365
    """Days after which an entry is deleted."""
    gate: bool = True
    """Hide suggestions that will hardly be accepted, once `aigc-lsp stats train` has learnt from the record which."""


class PluginSettings(Section):
    """Which plugins are loaded."""

    disabled: list[str] = Field(default_factory=list)
    """Names of plugins that are not loaded; `aigc-lsp plugins` lists them."""


class LogSettings(Section):
    """What the server writes to its log (standard error)."""

    level: Literal["debug", "info", "warning", "error"] | None = None
    """Least severe message that is written. Unset: what `--log-level` says, or else `warning`."""


class Settings(Section):
    """All settings of aigc-lsp."""

    engine: EngineSettings = Field(default_factory=EngineSettings)
    completion: CompletionSettings = Field(default_factory=CompletionSettings)
    context: ContextSettings = Field(default_factory=ContextSettings)
    tasks: TaskSettings = Field(default_factory=TaskSettings)
    stats: StatsSettings = Field(default_factory=StatsSettings)
    plugins: PluginSettings = Field(default_factory=PluginSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    def engine_config(self) -> EngineConfig:
        """Return what the engine client needs to know."""
        from aigc_models.client import EngineConfig

        engine = self.engine
        return EngineConfig(
            url=engine.url,
            token=engine.token,
            model=engine.model,
            runtime=engine.runtime,
            idle_unload_s=engine.idle_unload_s,
            idle_exit_s=engine.idle_exit_s,
            device=engine.device,
        )


SECTIONS: dict[str, type[Section]] = {
    "engine": EngineSettings,
    "completion": CompletionSettings,
    "context": ContextSettings,
    "tasks": TaskSettings,
    "stats": StatsSettings,
    "plugins": PluginSettings,
    "log": LogSettings,
}
# A repository is untrusted: it may say how it likes its suggestions, never what is run, loaded or connected to.
WORKSPACE_SECTIONS = frozenset({"completion"})
