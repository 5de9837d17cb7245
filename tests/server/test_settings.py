"""Settings from files: precedence, what a workspace may say, what is said about mistakes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aigc_lsp.settings import Settings, docs, load_settings
from aigc_lsp.settings.model import SECTIONS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "config").mkdir(parents=True)
    return tmp_path / "home" / "config" / "config.toml"


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def test_without_any_source_the_defaults_hold(home):
    loaded = load_settings()
    assert loaded.settings == Settings()
    assert loaded.problems == ()


def test_later_sources_win_key_by_key(home, workspace):
    home.write_text("[completion]\nmax_tokens = 1\nprefix_tokens = 100\nsuffix_tokens = 10\ndebounce_ms = 1")
    (workspace / ".aigc-lsp.toml").write_text("[completion]\nmax_tokens = 2\nprefix_tokens = 200\nsuffix_tokens = 20")
    loaded = load_settings(
        [workspace], {"completion": {"maxTokens": 3, "prefixTokens": 300}}, {"completion": {"maxTokens": 4}}
    )
    completion = loaded.settings.completion
    assert (completion.max_tokens, completion.prefix_tokens) == (4, 300)
    assert (completion.suffix_tokens, completion.debounce_ms) == (20, 1)
    assert loaded.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "[engine]\nurl = 'http://evil.example'",
        "[engine]\ntoken = 'x'",
        "[engine]\nmodel = './weights.gguf'",
        "[engine]\nruntime = 'mine'",
        "[plugins]\ndisabled = ['inline-completion']",
        "[log]\nlevel = 'debug'",
    ],
)
def test_a_workspace_may_not_choose_what_is_run_or_connected_to(home, workspace, text):
    (workspace / ".aigc-lsp.toml").write_text(text)
    loaded = load_settings([workspace])
    assert loaded.settings == Settings()
    (problem,) = loaded.problems
    assert str(workspace / ".aigc-lsp.toml") in problem
    assert "a workspace may not set" in problem


def test_only_the_completion_group_is_open_to_a_workspace():
    """A new group of settings must be thought about before a repository may set it."""
    from aigc_lsp.settings.model import WORKSPACE_SECTIONS

    assert frozenset({"completion"}) == WORKSPACE_SECTIONS


def test_each_mistake_is_named_with_its_source_and_costs_only_itself(home):
    home.write_text("[completion]\nmax_tokens = -1\nmax_tokenz = 2\ntemperature = 'hot'\ndebounce_ms = 9\n[engin]\n")
    loaded = load_settings([], {"engine": 3, "plugins": {"disabled": "all"}}, ["nonsense"])
    assert loaded.settings.completion.debounce_ms == 9
    assert loaded.settings.model_copy(update={"completion": Settings().completion}) == Settings()
    text = "\n".join(loaded.problems)
    for part in (
        f"{home}: completion.max_tokens: Input should be greater than or equal to 1",
        f"{home}: unknown key 'completion.max_tokenz'; did you mean 'max_tokens'?",
        f"{home}: completion.temperature",
        f"{home}: unknown key 'engin'; did you mean 'engine'?",
        "initializationOptions: engine is a group of settings",
        "initializationOptions: plugins.disabled",
        "workspace/configuration: expected an object",
    ):
        assert part in text
    assert len(loaded.problems) == 7


@pytest.mark.parametrize("data", [b"[completion", b"\xff\xfe", b"a = " + b"[" * 10_000])
def test_a_file_that_is_not_toml_is_named(home, data):
    home.write_bytes(data)
    loaded = load_settings()
    assert loaded.settings == Settings()
    assert str(home) in loaded.problems[0]


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_named_and_waited_for_by_nobody(home, make):
    make(home)
    assert f"{home}: cannot be read" in load_settings().problems[0]


def test_a_file_of_more_than_a_mebibyte_is_not_read(home):
    home.write_text("#" * (1024 * 1024 + 1))
    assert "longer than 1 MiB" in load_settings().problems[0]


def test_an_editor_may_nest_its_settings_below_aigc_and_send_null_for_unset(home):
    loaded = load_settings([], {"aigc": {"engine": {"url": None}, "completion": {"maxTokens": 8}}})
    assert loaded.settings.completion.max_tokens == 8
    assert loaded.problems == ()


def test_the_token_is_not_shown_where_settings_are_printed():
    assert "secret" not in repr(Settings(engine={"token": "secret"}))


def test_every_setting_is_documented_and_the_page_is_current():
    page = (ROOT / "docs" / "settings.md").read_text()
    assert page == docs.markdown(), "run `python -m aigc_lsp.settings.docs --markdown docs/settings.md`"
    for section in SECTIONS.values():
        for key, field in section.model_fields.items():
            assert field.description, key
            assert f"| `{key}` |" in page


def test_the_schema_is_json_and_names_every_group():
    assert set(json.loads(json.dumps(docs.schema()))["properties"]) == set(SECTIONS)


def test_the_engine_gets_all_that_the_settings_say(home):
    home.write_text("[engine]\nmodel = 'fake'\ndevice = 'cpu'\nidle_exit_s = 5")
    settings = load_settings().settings
    config = settings.engine_config()
    assert (config.model, config.device, config.idle_exit_s) == ("fake", "cpu", 5)
    from aigc_lsp.launch import engine_command

    command = engine_command(settings)
    assert command[1:6] == ["-P", "-m", "aigc_lsp", "serve", "--managed"]
    assert command[command.index("--model") + 1] == "fake"
    assert command[command.index("--idle-exit") + 1] == "5"
    assert "--runtime" not in command
