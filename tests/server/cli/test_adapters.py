"""`aigc-lsp adapters`: what it takes in, what it prints, and what it refuses."""

from __future__ import annotations

import json

import pytest

from adapter_helpers import write_adapter


@pytest.fixture
def team(tmp_path):
    return write_adapter(tmp_path / "run" / "adapter", "team", figures={"exact match": 0.31}).parent


def test_an_adapter_is_added_used_shown_and_removed(aigc, home, team, tmp_path):
    assert "No adapter is here yet" in aigc("adapters", "list").err
    added = aigc("adapters", "add", str(team), "--json")
    assert json.loads(added.out)["name"] == "team"
    assert aigc("adapters", "use", "team", "--workspace", str(tmp_path)).status == 0
    (row,) = json.loads(aigc("adapters", "list", "--json").out)
    assert (row["name"], row["everywhere"], row["workspaces"]) == ("team", False, [str(tmp_path)])
    shown = aigc("adapters", "show", "team").out
    assert "exact match 0.31" in shown
    assert str(tmp_path) in aigc("adapters", "list").out
    assert aigc("adapters", "remove", "team").status == 0
    assert json.loads(aigc("adapters", "list", "--json").out) == []
    assert json.loads((home / "data" / "adapters.json").read_text())["workspaces"] == {}


def test_a_choice_is_taken_back(aigc, home, team):
    aigc("adapters", "add", str(team), "--name", "mine")
    for name, kept in (("mine", "mine"), ("none", "none"), ("auto", None)):
        assert aigc("adapters", "use", name).status == 0
        assert json.loads((home / "data" / "adapters.json").read_text())["everywhere"] == kept


def test_a_setting_that_counts_for_more_is_told(aigc, home, team):
    aigc("adapters", "add", str(team))
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "config.toml").write_text('[engine]\nadapter = "other"\n')
    assert "engine.adapter" in aigc("adapters", "use", "team").err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("use", "nobody"), "no adapter 'nobody'"),
        (("remove", "../../etc"), "no adapter"),
        (("show", "nobody"), "no adapter"),
        (("add", "/nowhere"), "no adapter at"),
    ],
)
def test_what_is_not_there_is_said(aigc, words, says):
    answer = aigc("adapters", *words)
    assert answer.status == 1
    assert says in answer.err


def test_a_folder_is_no_name_in_a_settings_file(aigc, home):
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "config.toml").write_text('[engine]\nadapter = "./runs/adapter"\n')
    answer = aigc("config", "show")
    assert "aigc-lsp adapters add ./runs/adapter" in answer.err


def test_what_an_adapter_says_of_itself_does_not_steer_the_terminal(aigc, home, tmp_path):
    evil = "\x1b[2J\x1b]0;x\x07"
    folder = write_adapter(tmp_path / "a", base_name=evil, licence=evil, figures={evil: evil})
    aigc("adapters", "add", str(folder))
    shown = aigc("adapters", "list").out + aigc("adapters", "show", "team").out
    assert "\u241b[2J" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_an_adapter_of_another_base_is_told_when_it_is_chosen(aigc, home, tmp_path):
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "config.toml").write_text('[engine]\nmodel = "fake"\n')
    aigc("adapters", "add", str(write_adapter(tmp_path / "a", "mine")))
    aigc("adapters", "add", str(write_adapter(tmp_path / "b", "theirs", base="0" * 64, base_name="big-model")))
    assert "the model alone answers" not in aigc("adapters", "use", "mine").err
    assert "trained on big-model, which is not the model in use" in aigc("adapters", "use", "theirs").err
