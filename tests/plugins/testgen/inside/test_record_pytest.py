"""What is recorded passes under pytest itself, in another process, with other hashes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from aigc_plugins.testgen.inside.execute import Executor
from aigc_plugins.testgen.scenario import Recorded, Scenario
from tests.plugins.testgen.inside.loaded_module import Plain
from tests.plugins.testgen.inside.test_record import TEXT

ACTS = (
    "double(3)", "double(2.5)", "double('é\"')", "append([1], 2)", "merge({'a': 1}, {'b': 2})", "Queue(3).put('x')",
    "Queue(3)", "Queue(1).itself()", "Counter().bump()", "Point(1.5)", "Point(1.5).move(2)", "numbers(3)",
    "numbers(10 ** 9)", "broken()", "later(3)", "later(numbers(2))", "ticks(2)", "opened(3)", "say('x')",
    "write(tmp_path / 'a', 'x')", "write(tmp_path / 'a', 'ü')", "below(tmp_path)", "refuse(-1)", "refuse('a')", "at()",
    "leave()", "load('{')", "load('{\"a\": [1, 2.5, null]}')", "now()", "today()", "choose()", "user()", "folder()",
    "identity([])", "double({1: {'b', 'a'}}['x'])", "double(lambda: 1)", "[Path('a'), datetime.timedelta(1)]",
    "double(Point)", "Queue.of", "[Queue(1), {'k': Queue(2)}]", "os.stat", "double(3).bit_length()",
)  # fmt: skip


def rendered(tests: list[Recorded]) -> str:
    """Write a plain test file, one function for each test."""
    lines = ["import pytest", "import written_subject", "from written_subject import *"]
    for number, one in enumerate(tests):
        body = [*one.scenario.imports, *one.scenario.arrange]
        if one.exception:
            body += [f"with pytest.raises({one.exception}) as caught:", f"    {one.scenario.act}"]
            body += [f"assert str(caught.value) == {one.message!r}"] if one.message else []
        else:
            body += [f"result = {one.scenario.act}", "printed = capsys.readouterr().out"]
            body += [f"assert {check}" for check in one.checks]
        lines += ["", f"def test_{number}(tmp_path, capsys):", textwrap.indent("\n".join(body), "    ")]
    return "\n".join(lines) + "\n"


def test_recorded_tests_pass_in_pytest_with_any_hashes(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "written_subject.py").write_text(TEXT)
    runner = Executor(Plain(TEXT, name="written_subject"), tmp_path / "work")
    results = [runner.record(Scenario(act.partition("(")[0], act)) for act in ACTS]
    tests = [one for one in results if isinstance(one, Recorded)]
    assert len(tests) == len(ACTS) - 4  # the clock twice, chance, the environment
    (tmp_path / "test_written.py").write_text(rendered(tests))
    for seed in ("1", "77"):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_written.py"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
