"""Tests of a data set, run on a finished program."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest

from aigc_lsp.evaluate.execute import Limits, passes

TEST = "def check(f):\n    assert f(1) == 2\n"


@pytest.mark.parametrize(("body", "passed"), [("    return x + 1\n", True), ("    return x\n", False), ("  !", False)])
def test_a_program_passes_only_with_its_tests(body: str, passed: bool) -> None:
    assert passes("def plus(x):\n" + body, TEST, "plus") is passed


def test_a_program_that_never_ends_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    child = f"import time; time.sleep(3); open({str(mark)!r}, 'w')"
    program = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {child!r}])\nwhile True: pass\n"
    assert passes(program, TEST, "plus", Limits(wall_s=1.0)) is False
    time.sleep(3.5)
    assert not mark.exists()


def test_a_program_has_no_network_where_the_kernel_allows_to_take_it_away() -> None:
    if subprocess.run(["unshare", "-Urn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        program = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\ndef plus(x): return 2\n"
        assert not passes(program, TEST, "plus")


def test_a_program_gets_neither_memory_without_end_nor_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET", "x")
    assert passes("import os\ndef plus(x): return 2 - ('MY_SECRET' in os.environ)\n", TEST, "plus")
    assert not passes("a = b'x' * (3 << 30)\ndef plus(x): return 2\n", TEST, "plus")
