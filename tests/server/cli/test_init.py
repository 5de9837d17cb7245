"""`aigc-lsp init`: what it prints, and that it writes into a user's files without losing anything."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from aigc_lsp.cli import editor_settings, init
from aigc_lsp.cli.editor_settings import changes, jsonc, merge_json, merge_toml
from aigc_lsp.cli.exits import ExitStatus
from cli_helpers import Done

Run = Callable[..., Done]
NAMES = [one.name for one in editor_settings.EDITORS]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home folder of the test's own, with `aigc-lsp` on the PATH."""
    user = tmp_path / "user"
    commands = tmp_path / "bin"
    user.mkdir()
    commands.mkdir()
    script = commands / "aigc-lsp"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.setenv("PATH", str(commands))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("NVIM_APPNAME", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    return user


def place(name: str) -> Path:
    editor = editor_settings.find(name)
    assert editor is not None
    return editor.place()


def text_of(name: str) -> str:
    editor = editor_settings.find(name)
    assert editor is not None
    return editor_settings.settings(editor, editor_settings.command(editor))


# What is printed


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_are_printed_below_a_comment_that_says_where_they_belong(aigc: Run, name: str) -> None:
    done = aigc("init", name)
    assert (done.status, done.err) == (0, "")
    editor = editor_settings.find(name)
    assert editor is not None
    first, *_ = done.out.splitlines()
    where = "the extension" if editor.installs else "~/"
    assert first.startswith(f"{editor.comment} {editor.title}: {where}")
    assert done.out.endswith(text_of(name))
    above = done.out.removesuffix(text_of(name)).splitlines()
    assert all(line.startswith(f"{editor.comment} ") for line in above)
    assert "@" not in done.out


@pytest.mark.parametrize("name", NAMES)
def test_no_file_is_made_by_printing(aigc: Run, folders: Path, name: str) -> None:
    aigc("init", name)
    assert list(folders.iterdir()) == []


@pytest.mark.parametrize("alias", ["nvim", "code", "hx", "emacs", "HELIX"])
def test_an_editor_has_the_name_of_its_command_too(aigc: Run, alias: str) -> None:
    assert aigc("init", alias).status == 0


def test_all_editors_are_listed(aigc: Run) -> None:
    shown = aigc("init", "--list").out
    assert [line.split()[0] for line in shown.splitlines()[1:]] == NAMES
    rows = aigc("init", "--list", "--json").json
    assert [row["name"] for row in rows] == NAMES
    assert all(Path(row["file"]).is_absolute() for row in rows)


@pytest.mark.parametrize("args", [[], ["notepad"]])
def test_an_unknown_editor_is_a_usage_error_that_names_those_we_know(aigc: Run, args: list[str]) -> None:
    done = aigc("init", *args)
    assert (done.status, done.out) == (ExitStatus.USAGE, "")
    assert all(name in "".join(done.err.split()) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_gets_json(aigc: Run, name: str) -> None:
    data = aigc("init", name, "--json").json
    assert (data["editor"], data["settings"]) == (name, text_of(name))
    assert data["file"] == str(place(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_full_path_is_used_where_the_command_is_not_on_the_path(
    aigc: Run, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "environment" / 'with "quotes"'
    beside.mkdir(parents=True)
    (beside / "aigc-lsp").write_text("")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", str(beside / "python"))
    data = aigc("init", name, "--json").json
    assert data["command"] == [str(beside / "aigc-lsp")]
    if name == "vscode":
        assert str(beside / "aigc-lsp") in aigc("init", name).out.replace('\\"', '"')
        assert aigc("init", name, "--write").status == 0
        assert json.loads(place(name).read_text()) == {"aigc.server.path": str(beside / "aigc-lsp")}
    else:
        assert json.dumps(str(beside / "aigc-lsp")) in data["settings"]


def test_without_a_script_the_module_is_named(aigc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    server = tomllib.loads(aigc("init", "helix").out)["language-server"]["aigc"]
    assert server == {"command": str(tmp_path / "python"), "args": ["-m", "aigc_lsp", "--stdio"]}
    assert '"-m" "aigc_lsp" "--stdio"' in aigc("init", "emacs").out
    assert aigc("init", "vscode", "--json").json["command"][0] == str(tmp_path / "python")


def test_zed_always_gets_the_full_path(aigc: Run, tmp_path: Path) -> None:
    assert aigc("init", "zed", "--json").json["command"] == [str(tmp_path / "bin" / "aigc-lsp")]


def test_the_places_follow_the_environment(folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("NVIM_APPNAME", "nvim-work")
    assert place("neovim") == tmp_path / "xdg" / "nvim-work" / "plugin" / "aigc.lua"
    assert place("helix") == tmp_path / "xdg" / "helix" / "languages.toml"
    (folders / ".emacs").write_text("")
    assert place("emacs") == folders / ".emacs"
    monkeypatch.setattr("sys.platform", "darwin")
    assert place("sublime").is_relative_to(folders / "Library" / "Application Support" / "Sublime Text")
    assert place("vscode").is_relative_to(folders / "Library" / "Application Support" / "Code")


# What is written


def test_ctrl_c_at_the_question_ends_the_command(aigc: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    file = place("sublime")
    file.parent.mkdir(parents=True)
    file.write_text('{"clients": 1}')

    def interrupted(*_: object, **__: object) -> bool:
        raise typer.Abort

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", interrupted)
    assert aigc("init", "sublime", "--write").status == ExitStatus.INTERRUPTED
    assert file.read_text() == '{"clients": 1}'


@pytest.mark.parametrize("name", [name for name in NAMES if name != "vscode"])
def test_a_new_file_is_written_and_a_second_time_changes_nothing(aigc: Run, name: str) -> None:
    done = aigc("init", name, "--write")
    assert (done.status, done.out) == (0, "")
    assert place(name).read_text() == text_of(name)
    before = place(name).stat()
    again = aigc("init", name, "--write", "--json")
    assert (again.status, again.json["action"], again.json["backup"]) == (0, "unchanged", None)
    assert place(name).stat().st_mtime_ns == before.st_mtime_ns
    assert [file.name for file in place(name).parent.iterdir()] == [place(name).name]


def test_vs_code_needs_no_settings_where_it_finds_the_command(aigc: Run, folders: Path) -> None:
    done = aigc("init", "vscode", "--write")
    assert done.status == 0
    assert "code --install-extension" in done.out
    assert "needs no settings" in done.err
    assert list(folders.iterdir()) == []


def test_settings_of_vs_code_that_cannot_be_merged_are_printed(
    aigc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aigc-lsp").write_text("")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    place("vscode").parent.mkdir(parents=True)
    place("vscode").write_text("[")
    done = aigc("init", "vscode", "--write")
    assert done.status == ExitStatus.FAILED
    assert f'#   "aigc.server.path": "{tmp_path / "aigc-lsp"}"' in done.out
    assert "was left as it is" in done.err


def test_another_file_can_be_named(aigc: Run, folders: Path, tmp_path: Path) -> None:
    file = tmp_path / "dotfiles" / "languages.toml"
    assert aigc("init", "helix", "--write", "--path", file).status == 0
    assert file.read_text() == text_of("helix")
    assert list(folders.iterdir()) == []
    assert str(file) in aigc("init", "helix", "--path", file).out


SETTINGS = """\
// My settings.
{
  /* of long ago */ "theme": "One Dark",   // dark
  "languages": {
    "Rust": { "tab_size": 2 }, // two
    // and that is all
  },
  "vim_mode": true // always
  // the end
}
"""


def test_json_keeps_its_comments_and_order(aigc: Run) -> None:
    file = place("zed")
    file.parent.mkdir(parents=True)
    file.write_text(SETTINGS)
    data = aigc("init", "zed", "--write", "--json").json
    assert data["action"] == "merged"
    assert Path(data["backup"]).read_text() == SETTINGS
    after = file.read_text()
    assert [line for line in after.splitlines() if line.strip() and line in SETTINGS.splitlines()] == [
        line for line in SETTINGS.splitlines() if line != '  "vim_mode": true // always'
    ]
    assert '  "vim_mode": true, // always\n  // the end\n  "lsp": {\n    "pylsp": {\n' in after
    tree = jsonc.parse(after)
    assert tree is not None
    assert tree.value["languages"] == {"Rust": {"tab_size": 2}} | json.loads(text_of("zed"))["languages"]
    assert aigc("init", "zed", "--write", "--json").json["action"] == "unchanged"


WANTED = '{"a": {"b": 1}, "c": [1, 2]}\n'


@pytest.mark.parametrize(
    ("there", "after"),
    [
        ("{}", '{\n  "a": {\n    "b": 1\n  },\n  "c": [1, 2]\n}'),
        ("{\n}\n", '{\n  "a": {\n    "b": 1\n  },\n  "c": [1, 2]\n}\n'),
        ('{"x": 0}', '{"x": 0, "a": {"b": 1}, "c": [1, 2]}'),
        ('{"a": {"z": 0}}', '{"a": {"z": 0, "b": 1}, "c": [1, 2]}'),
        ('{"a": {}, "c": [1, 2,],}', '{"a": {\n  "b": 1\n}, "c": [1, 2,],}'),
        ('{\r\n\t"x": 0,\r\n}\r\n', '{\r\n\t"x": 0,\r\n\t"a": {\r\n\t\t"b": 1\r\n\t},\r\n\t"c": [1, 2]\r\n}\r\n'),
        ('{\n    "c": [ 1,2 ]\n}', '{\n    "c": [ 1,2 ],\n    "a": {\n        "b": 1\n    }\n}'),
        ('\ufeff{"c": [1, 2], "a": {"b": 1}}', '\ufeff{"c": [1, 2], "a": {"b": 1}}'),
        ("// nothing yet\n", "// nothing yet\n" + WANTED),
        ("", WANTED),
        ('{"s": "// no { comment", "a": {"b": 1} /* } */}', None),
    ],
)
def test_json_of_any_form_is_merged(there: str, after: str | None) -> None:
    merged = merge_json.merge(there, WANTED)
    if after is not None:
        assert merged == after
    tree = jsonc.parse(merged)
    assert tree is not None
    assert tree.value["a"]["b"] == 1
    assert merge_json.merge(merged, WANTED) == merged


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ('{"a": ', "not JSON"),
        ("{\n'a': 1}", "line 2"),
        ('{"a": 1 "b": 2}', "expected"),
        ("[]", "no object"),
        ('{"c": 1, "c": [1, 2]}', "stands twice"),
        ("{} {}", "follows the end"),
        ("{1: 2}", "a name is expected"),
        ('{"a" 2}', "`:` is expected"),
    ],
)
def test_json_that_is_not_understood_is_left_alone(aigc: Run, tmp_path: Path, there: str, reason: str) -> None:
    with pytest.raises(changes.CannotMergeError, match=reason):
        merge_json.merge(there, WANTED)
    file = tmp_path / "settings.json"
    file.write_text(there)
    done = aigc("init", "zed", "--write", "--path", file)
    assert done.status == ExitStatus.FAILED
    assert file.read_text() == there
    assert done.out.endswith(text_of("zed"))
    assert "was left as it is" in done.err
    assert "→ Add the settings above to it by hand." in done.err
    assert not file.with_name("settings.json.bak").exists()


def test_a_value_that_is_there_is_not_replaced_unless_the_user_agrees(
    aigc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place("sublime")
    file.parent.mkdir(parents=True)
    mine = '{"clients": {"aigc": {"selector": "source.python"}}, "log_debug": true}\n'
    file.write_text(mine)
    refused = aigc("init", "sublime", "--write", "--json")
    assert refused.status == ExitStatus.FAILED
    assert refused.json["reason"] == '`clients.aigc.selector` is "source.python" there'
    assert file.read_text() == mine
    asked: list[bool] = []
    monkeypatch.setattr(init, "_may_replace", lambda conflict: not asked and (asked.append(True) or True))
    assert aigc("init", "sublime", "--write").status == 0
    after = json.loads(file.read_text())
    assert after == json.loads(text_of("sublime")) | {"log_debug": True}
    assert file.with_name("LSP.sublime-settings.bak").read_text() == mine


def test_nobody_is_asked_without_a_terminal() -> None:
    assert init._may_replace(changes.ConflictError("`a`", "1", "2")) is False


def test_a_person_at_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda *_, **options: not options["default"])
    assert init._may_replace(changes.ConflictError("`a.b`", "1", "2")) is True
    assert "`a.b` is 1 there now; these settings need 2." in capsys.readouterr().err


LANGUAGES = """\
# mine
[language-server.pylsp]
command = "pylsp"   # with plugins

[[language]]
name = "go"
language-servers = [
  "gopls",   # the official one
  "typos", # and spelling
]
auto-format = true

[[language]]
name = "rust"            # no servers named
formatter = { command = "rustfmt" }

[[language]]
name = "python"
language-servers = [{ name = "pylsp", except-features = ["format"] }]
[language.debugger]
name = "debugpy"
"""


def test_toml_keeps_its_comments_and_gets_the_server_in_each_language(aigc: Run) -> None:
    file = place("helix")
    file.parent.mkdir(parents=True)
    file.write_text(LANGUAGES)
    assert aigc("init", "helix", "--write").status == 0
    after = file.read_text()
    data = tomllib.loads(after)
    servers = {one["name"]: one["language-servers"] for one in data["language"]}
    assert servers["go"] == ["gopls", "typos", "aigc"]
    assert servers["python"] == [{"name": "pylsp", "except-features": ["format"]}, "aigc"]
    assert servers["rust"] == ["rust-analyzer", "aigc"]
    assert servers["typescript"] == ["typescript-language-server", "aigc"]
    assert data["language-server"] == {
        "pylsp": {"command": "pylsp"},
        "aigc": {"command": "aigc-lsp", "args": ["--stdio"]},
    }
    kept = [line for line in LANGUAGES.splitlines() if "typos" not in line and "{ name" not in line]
    assert [line for line in after.splitlines() if line in kept][: len(kept)] == kept
    assert '"typos", "aigc", # and spelling' in after
    assert aigc("init", "helix", "--write", "--json").json["action"] == "unchanged"


@pytest.mark.parametrize(
    "there",
    [
        '[[language]]\nname = "go"\nlanguage-servers = []',
        '[[language]]\nname = "go"\nlanguage-servers = [ "]" ] # ]',
        '[[language]]\nname = "go"\nlanguage-servers = ["aigc"]\n',
        '[[language]]\nname = "go"',
        '[[language]]\r\nname = "go"\r\nindent = { tab-width = 2, unit = "\\t" }\r\n',
        '[language-server]\ngopls = { command = "gopls" }\n',
        "# nothing\n",
        "",
    ],
)
def test_toml_of_any_form_is_merged(there: str) -> None:
    wanted = text_of("helix")
    merged = merge_toml.merge(there, wanted)
    data = tomllib.loads(merged)
    assert all("aigc" in one["language-servers"] for one in data["language"])
    assert len(data["language"]) == 5
    assert data["language-server"]["aigc"]["command"] == "aigc-lsp"
    assert merge_toml.merge(merged, wanted) == merged
    assert "\r" not in merged.replace("\r\n", "")
    if "\r\n" in there:
        assert "\n" not in merged.replace("\r\n", "")


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ("[language", "not TOML"),
        ('[language-server.aigc]\ncommand = "other"', r"\[language-server.aigc\] is"),
        ('[[language]]\nname = "go"\n[[language]]\nname = "go"', "more than once"),
        ("language-server = { x = { command = 'x' } }", "too unusual"),
        ("language = 3", "another form"),
        ('language = [{ name = "go" }]', "too unusual"),
        ('note = """\n[[language]]\n"""\n[[language]]\nname = "go"\nlanguage-servers = ["x"]', "too unusual"),
    ],
)
def test_toml_that_cannot_be_merged_exactly_is_left_alone(aigc: Run, tmp_path: Path, there: str, reason: str) -> None:
    with pytest.raises(changes.CannotMergeError, match=reason):
        merge_toml.merge(there, text_of("helix"))
    file = tmp_path / "languages.toml"
    file.write_text(there)
    assert aigc("init", "helix", "--write", "--path", file).status == ExitStatus.FAILED
    assert file.read_text() == there


@pytest.mark.parametrize(("name", "own"), [("emacs", ";; mine\n"), ("neovim", "-- mine\n")])
def test_a_program_that_is_there_is_not_changed(aigc: Run, name: str, own: str) -> None:
    file = place(name)
    file.parent.mkdir(parents=True)
    file.write_text(own)
    done = aigc("init", name, "--write")
    assert done.status == ExitStatus.FAILED
    assert done.out.endswith(text_of(name))
    assert "cannot be added to safely" in done.err
    assert file.read_text() == own
    file.write_text(own + text_of(name))
    assert aigc("init", name, "--write").status == 0


def test_a_link_stays_a_link_and_the_mode_stays(aigc: Run, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{}\n")
    real.chmod(0o600)
    file = place("zed")
    file.parent.mkdir(parents=True)
    file.symlink_to(real)
    assert aigc("init", "zed", "--write").status == 0
    assert file.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert "pylsp" in real.read_text()
    (copy,) = tmp_path.glob("dotfiles.json.bak*")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_each_copy_has_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    for number in range(3):
        file.write_text(str(number))
        changes.keep_copy(file)
    assert {one.name: one.read_text() for one in tmp_path.glob("*.bak*")} == {
        "a.json.bak": "0", "a.json.bak.1": "1", "a.json.bak.2": "2",
    }  # fmt: skip


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own" / "a.json"
    file.parent.mkdir()
    file.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        changes.write(file, "new")
    assert [(one.name, one.read_text()) for one in file.parent.iterdir()] == [("a.json", "old")]


@pytest.mark.parametrize("content", [b"\xff\xfe{}", None])
def test_what_is_no_text_is_left_alone(aigc: Run, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "settings.json"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    done = aigc("init", "zed", "--write", "--path", file, "--json")
    assert done.status == ExitStatus.FAILED
    assert done.json["reason"] in ("it is not UTF-8", "it is a folder")


def test_the_merging_code_is_loaded_when_it_is_used() -> None:
    code = "import sys, aigc_lsp.cli.app\nsys.exit(any('editor_settings' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
