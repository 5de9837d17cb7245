"""`aigc-lsp doctor`, `config` and the log reader."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_lsp.cli import tail
from aigc_lsp.cli.checks import packages, system
from aigc_models.store import pull
from cli_helpers import Done
from model_files import gguf_bytes

Run = Callable[..., Done]


def findings(done: Done) -> dict[str, dict[str, str]]:
    return {one["topic"]: one for one in done.json["findings"]}


def test_a_missing_model_is_broken_with_the_command_that_mends_it(aigc: Run) -> None:
    done = aigc("doctor", "--quick", "--json")
    assert done.status == 1
    assert done.json["healthy"] is False
    assert findings(done)["model"]["state"] == "broken"
    assert findings(done)["model"]["remedy"] == "aigc-lsp models pull smollm2-135m"


def test_all_is_well_with_the_fake_model(aigc: Run) -> None:
    done = aigc("doctor", "--model", "fake", "--json")
    assert done.status == 0, done.out
    assert findings(done)["runtime chosen"]["text"].startswith("fake: ")
    assert findings(done)["socket folder"]["state"] == "ok"
    assert findings(done)["plugins"]["text"] == "inline-completion, languages, runtimes"


def test_the_reasons_against_each_runtime_are_given(aigc: Run) -> None:
    found = findings(aigc("doctor", "--model", "fake", "--quick", "--json"))
    assert "not fake" in found["runtime openvino"]["text"]
    assert "not fake" in found["runtime transformers"]["text"]


def test_a_damaged_model_is_broken(aigc: Run, home: Path) -> None:
    path = home / "m.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf_bytes())
    pull(str(path))
    path.write_bytes(gguf_bytes()[:-1])
    found = findings(aigc("doctor", "--model", path, "--quick", "--json"))
    assert found["model"]["state"] == "broken"
    assert "m.gguf is damaged" in found["model"]["text"]


def test_a_socket_folder_open_to_others_is_closed(aigc: Run, home: Path) -> None:
    (home / "run").mkdir(parents=True, mode=0o777)
    (home / "run").chmod(0o777)
    assert findings(aigc("doctor", "--model", "fake", "--quick", "--json"))["socket folder"]["state"] == "ok"
    assert (home / "run").stat().st_mode & 0o077 == 0


def test_a_wrong_setting_is_named(aigc: Run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("[engine]\nmodle = 'x'\n")
    found = findings(aigc("doctor", "--model", "fake", "--quick", "--json"))
    assert found["settings"]["state"] == "warning"
    assert "modle" in found["settings"]["text"]


def test_people_get_marks_and_remedies(aigc: Run) -> None:
    out = aigc("doctor", "--quick").out
    assert "✗ model" in out
    assert "→ aigc-lsp models pull smollm2-135m" in out
    assert "extra [cpu]" in out


def test_a_package_that_cannot_be_imported_is_told_from_an_absent_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package.py").write_text("raise OSError('libfoo.so: no such file')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert packages.import_error(("broken_package",)) == "OSError: libfoo.so: no such file"
    assert packages.import_error(("no_such_package_at_all",)) is None
    assert packages.import_error(("json",)) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_without_access_is_broken(aigc: Run, home: Path) -> None:
    home.mkdir(mode=0o500)
    assert findings(aigc("doctor", "--model", "fake", "--quick", "--json"))["cache folder"]["state"] == "broken"


def test_the_processor_is_described() -> None:
    assert system.findings()[1].topic == "processor"
    assert "cores" in system.findings()[1].text


def test_the_settings_in_force_are_shown_without_the_token(aigc: Run, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("[engine]\ntoken = 'hush'\n[completion]\nmax_tokens = 7\n")
    shown = aigc("config", "show", "--json").json
    assert shown["completion"]["max_tokens"] == 7
    text = aigc("config", "show").out
    assert "max_tokens = 7" in text
    assert "hush" not in text + str(shown)


def test_the_shown_settings_can_be_pasted_into_the_file(aigc: Run, home: Path) -> None:
    import tomllib

    parsed = tomllib.loads(aigc("config", "show").out)
    assert parsed["completion"]["debounce_ms"] == 250
    assert aigc("config", "path").out.strip() == str(home / "config" / "config.toml")


def test_the_schema_names_every_section(aigc: Run) -> None:
    assert set(aigc("config", "schema").json["properties"]) == {
        "engine",
        "completion",
        "context",
        "tasks",
        "stats",
        "plugins",
        "log",
    }


def test_the_last_lines_of_a_log_are_given(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"{number}\n" for number in range(10)))
    assert list(tail.lines(log, 3, follow=False)) == ["7", "8", "9"]
    assert list(tail.lines(tmp_path / "none", 3, follow=False)) == []


def test_following_a_log_survives_its_replacement(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old\n")
    lines = tail.lines(log, 10, follow=True)
    assert next(lines) == "old"

    def go_on() -> None:
        with log.open("a") as file:
            file.write("ad")
        with log.open("a") as file:
            file.write("ded\n")

    threading.Timer(0.05, go_on).start()
    assert next(lines) == "added"
    log.rename(tmp_path / "log.1")
    log.write_text("new\n")
    assert next(lines) == "new"
