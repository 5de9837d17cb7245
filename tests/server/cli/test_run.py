"""`aigc-lsp run` and its short forms: where a task runs, what is shown of it, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from aigc_lsp.cli.run import SHORT_FORMS
from cli_helpers import ROOT, Done, distribution

Run = Callable[..., Done]
CODE = "def one():\n    return one\n\n\nclass Two:\n    def three(self):\n        return 3\n"


@pytest.fixture
def source(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a file in the working directory, and the tasks of `plugin_tasks`."""
    site = distribution(tmp_path / "extra", "loud-tasks", {"loud": "cli_helpers.plugin_tasks"})
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(ROOT / "tests"), os.environ["PYTHONPATH"]]))
    path = Path.cwd() / "a.py"
    path.write_text(CODE)
    return path


def git(*args: str) -> str:
    """Run Git in the working directory, without settings of whoever runs the tests."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *args], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_change_is_a_diff_that_git_applies(aigc: Run, source: Path) -> None:
    done = aigc("run", "shout", "a.py:2")
    assert done.status == 0, done.err
    assert (
        done.out
        == "--- a/a.py\n+++ b/a.py\n@@ -1,5 +1,5 @@\n def one():\n-    return one\n+    return ONE\n \n \n class Two:\n"
    )
    assert "It is loud." in done.err
    assert "shouting" in done.err
    assert source.read_text() == CODE
    Path("change.diff").write_text(done.out)
    git("apply", "change.diff")
    assert source.read_text() == CODE.replace("return one", "return ONE")
    subprocess.run(["patch", "-R", "-p1", "-i", "change.diff"], check=True, capture_output=True)
    assert source.read_text() == CODE


@pytest.mark.parametrize(
    "text", ["x = 1", "x = 1\r\ny = 2\r\n", "x = '\f'\ny = '\x1c'\n", "\ufeffx = 1\n", "é = 'ß'\n"]
)
@pytest.mark.parametrize("name", ["a.py", "with blank.py", 'q"uote\\.py', "ünï.py"])
def test_the_diff_of_any_text_and_name_applies(aigc: Run, source: Path, text: str, name: str) -> None:
    path = Path(name)
    path.write_bytes(text.encode())
    done = aigc("run", "shout", f"{name}:1:1-1:4" if not text.startswith("\ufeff") else f"{name}:1:2-1:5")
    assert done.status == 0, done.err
    Path("change.diff").write_bytes(done.out.encode())
    git("apply", "change.diff")
    assert path.read_bytes() != text.encode()
    assert path.read_bytes().decode().lower() == text.lower()


def test_a_diff_is_for_where_it_is_made_or_says_where(aigc: Run, source: Path) -> None:
    git("init", "-q")
    Path("sub").mkdir()
    Path("sub/b.py").write_text("x = 1\n")
    os.chdir("sub")
    done = aigc("run", "shout", "b.py")
    assert done.out.startswith("--- a/b.py\n")
    assert "relative to" not in done.err
    outside = aigc("run", "shout", "../a.py:2")
    assert outside.out.startswith("--- a/a.py\n")
    assert f"The paths are relative to {source.parent}." in outside.err


def test_a_task_gets_the_reading_of_a_place_that_it_is_for(aigc: Run, source: Path) -> None:
    def changed(task: str, place: str) -> str:
        (one,) = aigc("run", task, f"a.py:{place}", "--json").json["edits"]
        return f"{one['start']['line']}:{one['start']['column']} {one['text']!r}"

    assert changed("point", "Two.three") == "6:9 ' '"
    assert changed("point", "three") == "6:9 ' '"
    assert changed("point", "2") == "2:5 ' '"
    assert changed("point", "2:12") == "2:12 ' '"
    assert changed("shout", "2:12-2:14") == "2:12 'ON'"
    assert changed("shout", "6") == "6:9 'THREE(SELF'"


def test_lines_and_symbols_are_selected_as_a_whole(aigc: Run, source: Path) -> None:
    assert "3 characters" not in aigc("run", "tell", "a.py").out
    assert f"**{len(CODE)}**" in aigc("run", "tell", "a.py").out
    assert f"**{len('def one():')}**" in aigc("run", "tell", "a.py:1-1").out
    assert f"**{CODE.index('class') - 3}**" in aigc("run", "tell", "a.py:one").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "shuot", "a.py"), "did you mean shout?"),
        (("run", "shout", "a.py:thre"), "did you mean Two.three?"),
        (("run", "shout", "a.py:99"), "there is no line 99"),
        (("run", "shout", "a.py:2:99"), "there is no 99"),
        (("run", "shout", "a.py:0"), "count from 1"),
        (("run", "shout", "a.py:3-2"), "ends before it begins"),
        (("run", "shout", "nowhere.py:2"), "cannot read nowhere.py"),
        (("run", "shout"), "name a FILE"),
        (("run", "shout", "a.py", "b.py"), "one word too many"),
        (("run", "shout", "a.py:2", "--mrak", "!"), "did you mean mark?"),
        (("run", "shout", "--wirte", "a.py:2"), "did you mean write?"),
        (("run", "shout", "a.py:2", "--mark", "#"), "one of !, ?"),
        (("run", "shout", "a.py:2", "--set", "mark"), "NAME=VALUE"),
        (("run", "shout", "a.py:2", "--mark"), "needs a value"),
        (("run", "say", "a.py:2"), "needs --instruction"),
        (("run", "tell", "a.py", "--instruction", "x"), "no option --instruction"),
        (("run", "shout", "a.py:2", "--diff", "--write"), "--diff excludes"),
    ],
)
def test_what_is_wrong_with_a_command_line_is_said(
    aigc: Run, source: Path, words: tuple[str, ...], message: str
) -> None:
    done = aigc(*words)
    assert done.status == 2
    assert message in " ".join(done.err.replace("│", " ").split())


def test_several_symbols_of_a_name_are_listed_with_their_lines(aigc: Run, source: Path) -> None:
    source.write_text("class A:\n    def f(self): ...\n\nclass B:\n    def f(self): ...\n")
    done = aigc("run", "shout", "a.py:f")
    assert done.status == 2
    assert "A.f (line 2), B.f (line 5)" in " ".join(done.err.replace("│", " ").split())
    assert aigc("run", "shout", "a.py:B.f").status == 0


def test_a_task_says_for_which_languages_it_is(aigc: Run, source: Path) -> None:
    Path("a.rb").write_text("x = 1\n")
    done = aigc("run", "shout", "a.rb:1")
    assert done.status == 1
    assert "shout is for Python, Go, not for Ruby" in done.err


def test_where_a_task_applies_nowhere_places_are_named(aigc: Run, source: Path) -> None:
    done = aigc("run", "point", "a.py")
    assert done.status == 5
    assert "FILE:SYMBOL; there are one, Two, Two.three" in " ".join(done.err.split())


def test_arguments_come_by_their_name_or_by_set(aigc: Run, source: Path) -> None:
    assert "+    return ONE  # !\n" in aigc("run", "shout", "--mark", "!", "a.py:2").out
    assert "+    return ONE  # ?\n" in aigc("run", "shout", "a.py:2", "--set", "mark=?").out
    assert "+    return ONE  # me\n" in aigc("run", "shout", "a.py:2", "--name", "me").out


def test_nothing_to_offer_has_its_own_status(aigc: Run, source: Path) -> None:
    done = aigc("run", "nothing", "a.py")
    assert (done.status, done.out) == (5, "")
    assert "There is nothing here" in done.err
    told = aigc("run", "nothing", "a.py", "--json")
    assert told.status == 5
    assert told.json["reason"] == "There is nothing here. Look elsewhere."
    assert told.json["changed"] is False


def test_json_has_the_change_and_its_place(aigc: Run, source: Path) -> None:
    data = aigc("run", "shout", "a.py:2", "--json").json
    assert data.pop("total_ms") >= 0
    assert data.pop("diff").startswith("--- a/a.py\n")
    assert data == {
        "task": "shout",
        "file": "a.py",
        "changed": True,
        "written": False,
        "edits": [{"start": {"line": 2, "column": 12}, "end": {"line": 2, "column": 15}, "text": "ONE"}],
        "files": [],
        "note": "It is loud.",
        "page": None,
        "reason": None,
        "model": None,
    }


def test_a_page_is_printed_as_it_is_into_a_pipe(aigc: Run, source: Path) -> None:
    assert aigc("run", "tell", "a.py:one").out == "# Told\n\nIt has **25** characters.\n"
    page = aigc("run", "tell", "a.py:one", "--json").json["page"]
    assert (page["title"], page["language_id"]) == ("Told", "markdown")


def test_a_change_is_written_to_the_file(aigc: Run, source: Path) -> None:
    done = aigc("run", "shout", "a.py:2", "--write")
    assert (done.status, done.out) == (0, "")
    assert f"Wrote {source}" in done.err
    assert source.read_text() == CODE.replace("return one", "return ONE")
    assert aigc("run", "shout", "a.py:1", "--write", "--json").json["written"] is True


def test_a_change_of_several_files_is_written_as_one(aigc: Run, source: Path) -> None:
    Path("other.py").write_text("a = 1\n")
    Path("old.py").write_text("old = 1\n")
    before = aigc("run", "many", "a.py:2-2", "--json").json
    assert [one["kind"] for one in before["files"]] == ["edit", "new", "rename"]
    assert not Path("moved.py").exists()
    assert aigc("run", "many", "a.py", "--write").status == 0
    assert source.read_text() == "y = 2\n" + CODE
    assert Path("other.py").read_text() == "z = 1\n"
    assert Path("sub/new.py").read_text() == "new = 1\n"
    assert Path("moved.py").read_text() == "old = 1\n"
    assert not Path("old.py").exists()


def test_a_file_that_changed_while_the_task_ran_is_left_alone(aigc: Run, source: Path) -> None:
    done = aigc("run", "meddle", "a.py", "--write")
    assert done.status == 1
    assert "changed while the task ran" in done.err
    assert source.read_text() == "theirs = 1\n"


def test_standard_input_is_one_file(command: Run, source: Path) -> None:
    Path("other.py").write_text("a = 1\n")
    Path("old.py").write_text("old = 1\n")
    done = command("run", "many", "-", "--language", "python", "--write", stdin="x = 1\n")
    assert (done.status, done.out) == (5, "")
    assert "name the file instead of standard input" in done.err
    assert Path("old.py").exists()


def test_standard_input_has_a_name_or_a_language(command: Run, source: Path) -> None:
    done = command("run", "shout", "-:one", "--language", "python", stdin=CODE)
    assert done.status == 0, done.err
    assert "--- a/untitled\n" in done.out
    named = command("run", "tell", "-:2-2", "--name", "b.py", stdin=CODE)
    assert "**14**" in named.out
    refused = command("run", "shout", "-:one", stdin=CODE)
    assert refused.status == 2


def test_standard_input_is_written_to_standard_output(command: Run, source: Path) -> None:
    text = "x = 1\r\ny = 'é'\r\n"
    done = subprocess.run(
        [sys.executable, "-m", "aigc_lsp", "run", "shout", "-:2", "--language", "python", "--write"],
        input=text.encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.stdout == text.replace("y = 'é'", "Y = 'É'").encode()
    assert source.read_text() == CODE


def test_an_option_is_not_read_out_of_a_symbol_of_standard_input(command: Run, source: Path) -> None:
    done = command("run", "tell", "-:here", "--name", "b.py", stdin="def here(): ...\n")
    assert done.out == "# Told\n\nIt has **15** characters.\n"


def test_the_workspace_is_the_repository_and_not_trusted_unasked(aigc: Run, source: Path) -> None:
    git("init", "-q")
    Path("sub").mkdir()
    Path("sub/b.py").write_text("x = 1\n")
    assert aigc("run", "trust", "sub/b.py").out == f"False {Path.cwd()}\n"
    assert aigc("run", "trust", "sub/b.py", "--trust").out == f"True {Path.cwd()}\n"


def test_diagnostics_come_from_the_checkers_for_the_lines_asked_for(aigc: Run, source: Path) -> None:
    source.write_text("import os\nx = 1\nimport sys\n")
    assert "F401" in aigc("run", "mend", "a.py:1").out
    other = aigc("run", "mend", "a.py:2")
    assert other.status == 5
    assert "nothing there; they do at line 1, 3." in other.err
    assert aigc("run", "mend", "a.py").out.count("F401") == 2
    source.write_text("x = 1\n")
    done = aigc("run", "mend", "a.py")
    assert done.status == 5
    assert "find nothing to fix in a.py" in done.err


def test_every_short_form_is_run_with_its_task(aigc: Run, source: Path) -> None:
    for name, task, _ in SHORT_FORMS:
        done = aigc(name, "--help")
        assert done.status == 0
        assert "--show-prompt" in done.out
        if task != "commit-message":  # no plugin here has the others
            assert f"there is no task '{task}'" in " ".join(aigc(name, "a.py").err.replace("│", " ").split())


def test_a_commit_message_is_for_what_is_staged(aigc: Run, source: Path) -> None:
    assert "no Git repository" in aigc("commit-message").err
    git("init", "-q")
    assert "Nothing is staged" in aigc("commit-message").err
    Path(".env").write_text("PASSWORD=hunter2\n")
    Path(".aigcignore").write_text("private.py\n")
    Path("private.py").write_text("ours = 1\n")
    git("add", "-f", ".")
    Path("sub").mkdir()
    os.chdir("sub")
    done = aigc("commit-message")
    assert done.status == 0, done.err
    assert done.out.startswith("diff\ndiff --git a/.aigcignore b/.aigcignore\n")
    assert "+def one():\n" in done.out
    assert "hunter2" not in done.out
    assert "ours = 1" not in done.out
    assert "2 staged files are ignored or secret" in done.err


def test_programs_that_a_repository_names_do_not_run_for_a_commit_message(aigc: Run, source: Path) -> None:
    git("init", "-q")
    script = Path.cwd() / "evil.sh"
    script.write_text("#!/bin/sh\ntouch ran\n")
    script.chmod(0o755)
    Path(".gitattributes").write_text("*.py diff=evil\n")
    git("add", ".")
    for key in ("diff.external", "diff.evil.command", "diff.evil.textconv", "core.fsmonitor", "core.pager"):
        git("config", key, str(script))
    assert aigc("commit-message").status == 0
    assert not Path("ran").exists()


def test_a_diff_comes_from_standard_input(command: Run, source: Path) -> None:
    assert command("commit-message", "-", stdin="--- a/x\n+++ b/x\n").out == "diff\n--- a/x\n+++ b/x\n"


def test_what_a_model_is_sent_is_shown_and_no_engine_started(aigc: Run, source: Path) -> None:
    key = "AKIA" + "Q3EGRIXBZ7WKLN5P"
    source.write_text(f'aws = "{key}"\n')
    done = aigc("run", "say", "a.py:1", "--instruction", "Go on", "--show-prompt")
    assert done.status == 0, done.err
    assert done.out.startswith("Go on\naws =")
    assert "<cursor>after\n" in done.out
    assert "stops at '\\n\\n'" in done.out
    assert key not in done.out
    chat = aigc("run", "chat", "a.py", "--show-prompt")
    assert chat.out.startswith("[system]\nBe brief.\n\n[user]\naws =")
    assert len(aigc("run", "chat", "a.py", "--show-prompt", "--json").json["prompts"]) == 1
    assert "asks no model" in aigc("run", "tell", "a.py", "--show-prompt").err
    assert aigc("engine", "status").status == 4


def test_the_text_of_an_ignored_file_is_not_put_into_a_prompt(aigc: Run, source: Path) -> None:
    git("init", "-q")
    Path(".gitignore").write_text("a.py\n")
    done = aigc("run", "chat", "a.py", "--show-prompt")
    assert (done.status, done.out) == (5, "")
    assert "is ignored" in done.err


def test_a_missing_model_is_status_3_and_only_for_tasks_that_ask(aigc: Run, source: Path) -> None:
    done = aigc("run", "chat", "a.py")
    assert done.status == 3
    assert "aigc-lsp models pull" in done.err
    assert aigc("run", "tell", "a.py").status == 0
    assert aigc("engine", "status").status == 4


def test_no_engine_in_time_is_status_4(aigc: Run, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "aigc_lsp.launch.engine_command", lambda _: [sys.executable, "-c", "import time; time.sleep(9)"]
    )
    done = aigc("run", "chat", "a.py", "--model", "fake", "--timeout", "0.4")
    assert done.status == 4
    assert "--timeout" in done.err


def test_the_model_s_words_become_the_change(command: Run, source: Path) -> None:
    done = command("run", "say", "a.py:2:12-2:15", "--instruction", "x", "--model", "fake?text=11", "--json")
    assert done.status == 0, done.err
    assert [one["text"] for one in done.json["edits"]] == ["11"]
    assert done.json["model"].startswith("fake")
    broken = command("run", "say", "a.py:2:12-2:15", "--instruction", "x", "--model", "fake?text=(((")
    assert broken.status == 5
    assert "syntax errors" in broken.err
    refused = command("run", "chat", "a.py", "--model", "fake")
    assert refused.status == 1
    assert "no chat template" in refused.err


def interrupted(*words: str, when: Callable[[], bool]) -> str:
    """Run a command, press Ctrl-C as soon as `when` says so, and return standard error."""
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 30
    while not when() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)  # the task itself would take a minute
    assert (process.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    return err


def test_ctrl_c_ends_a_task_and_its_programs(source: Path) -> None:
    file = Path("pid")
    interrupted("run", "slow", "a.py", "--write", when=lambda: file.exists() and file.read_text() != "")
    assert source.read_text() == CODE
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


def test_ctrl_c_stops_the_model(command: Run, source: Path) -> None:
    model = "fake?step_ms=500&text=" + "x" * 120

    def busy() -> bool:
        done = command("engine", "status", "--json")
        return done.status == 0 and done.json["details"].get("running", 0) > 0

    interrupted("run", "say", "a.py:2", "--instruction", "x", "--model", model, "--write", when=busy)
    assert source.read_text() == CODE
    end = time.monotonic() + 20
    while busy() and time.monotonic() < end:
        time.sleep(0.05)
    details = command("engine", "status", "--json").json["details"]
    assert (details["running"], details["cancelled"], details["finished"]) == (0, 1, 0)


def test_tasks_are_listed_with_where_they_come_from(aigc: Run, source: Path) -> None:
    rows = {row["name"]: row for row in aigc("tasks", "--json").json}
    assert (rows["shout"]["plugin"], rows["shout"]["distribution"]) == ("loud", "loud-tasks")
    assert rows["shout"]["languages"] == ["python", "go"]
    assert [one["name"] for one in rows["shout"]["arguments"]] == ["mark", "name"]
    ruby = {row["name"] for row in aigc("tasks", "--language", "ruby", "--json").json}
    assert "tell" in ruby
    assert "shout" not in ruby
    table = aigc("tasks").out
    assert "Python, Go" in table
    assert "[--mark !|?|none]" in table
    assert aigc("tasks", "--language", "pyhton").status == 2


def test_the_shell_completes_the_names_of_tasks(command: Run, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_AIGC_LSP_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "aigc-lsp run sh")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert "shout" in command().out


def on_terminal(*words: str) -> str:
    """Run a command on a terminal and return what it wrote there."""
    main, side = os.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    env.pop("NO_COLOR")
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", *words], stdin=side, stdout=side, stderr=side, env=env, close_fds=True
    )
    os.close(side)
    out = b""
    with suppress(OSError):  # so Linux says that nobody writes any more
        while piece := os.read(main, 65536):
            out += piece
    os.close(main)
    process.wait(timeout=30)
    return out.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours_progress_and_a_preview(source: Path) -> None:
    source.write_text(CODE + "text = '\x1b]0;title\x07'\n")
    out = on_terminal("run", "shout", "a.py:2")
    assert "shouting 50 %" in out
    assert "\x1b[32m+    return ONE\x1b[0m\n" in out
    page = on_terminal("run", "tell", "a.py:one")
    assert "# so far" in page
    assert "\x1b[1m25\x1b[0m characters" in page
    changed = on_terminal("run", "shout", "a.py:8")
    assert "\x1b]0;" not in changed
    assert "␛]0;TITLE␇" in changed


def test_json_prints_one_document_whatever_is_reported(aigc: Run, source: Path) -> None:
    assert json.loads(aigc("run", "shout", "a.py:2", "--json").out)["task"] == "shout"
