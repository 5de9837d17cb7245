"""How the process ends: whatever the client does, it is gone in time and with the right status."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from aigc_lsp.lsp.run import handle_exception
from lsp_helpers.raw import FAKE, RawClient, environment, inline_params, open_document, start_session


@pytest.fixture
def working(tmp_path):
    """A session in the middle of a suggestion that takes for ever."""
    with RawClient([*FAKE, "answer=" + "x" * 1000, "delay=0.05"], environment(tmp_path)) as client:
        start_session(client)
        client.start("textDocument/inlineCompletion", inline_params(open_document(client, ""), 0, 0))
        yield client


def test_end_of_input_in_the_middle_of_work_ends_the_process_within_2_s(working):
    working.process.stdin.close()
    assert working.wait(2) == 1


def test_end_of_input_after_shutdown_is_status_zero(working):
    assert working.request("shutdown")["result"] is None
    working.process.stdin.close()
    assert working.wait(2) == 0


def test_exit_in_the_middle_of_work_does_not_wait_for_it(working):
    working.notify("exit")
    assert working.wait(2) == 1


def test_shutdown_cancels_what_is_in_flight(working):
    assert working.request("shutdown")["result"] is None
    codes = [message["error"]["code"] for message in working.seen if "error" in message]
    assert codes == [-32800]


def test_a_stuck_worker_thread_does_not_hold_the_exit(tmp_path):
    with RawClient([*FAKE, "stuck=60"], environment(tmp_path)) as client:
        start_session(client)
        client.start("textDocument/inlineCompletion", inline_params(open_document(client, ""), 0, 0))
        assert client.request("test/counters")["result"]["opened"] == 0
        client.process.stdin.close()
        assert client.wait(2) == 1


def test_a_dead_parent_ends_the_process_although_the_pipe_is_open(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        with RawClient(FAKE, environment(tmp_path)) as client:
            start_session(client, processId=parent.pid)
            open_document(client, "")
            parent.send_signal(signal.SIGKILL)  # not waited for: it stays a zombie, which is dead enough
            assert client.wait(5) == 1
    finally:
        parent.kill()
        parent.wait()


def test_a_parent_that_is_not_on_this_machine_is_not_taken_for_dead(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with RawClient(FAKE, environment(tmp_path)) as client:
        start_session(client, processId=gone.pid)
        time.sleep(2.5)
        assert client.process.poll() is None


def test_a_client_that_closed_its_end_of_the_output_ends_nothing_badly(tmp_path):
    """The writer's broken pipe is no crash; the end of input then ends the process."""
    read, write = os.pipe()
    process = subprocess.Popen(
        FAKE, stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE, env=environment(tmp_path)
    )
    os.close(write)
    os.close(read)
    _, errors = process.communicate(b"Content-Length: 2\r\n\r\n{}" * 50, timeout=10)
    assert process.returncode == 1
    assert b"Traceback" not in errors


def test_a_client_that_never_reads_the_log_blocks_nothing(tmp_path):
    with RawClient(FAKE, environment(tmp_path), read_stderr=False) as client:
        start_session(client)
        for _ in range(4000):  # each is a line in the log: several times what the pipe holds
            client.send(b"{nope")
        assert client.request("test/counters", timeout=30)["result"]["opened"] == 0
        assert client.request("shutdown")["result"] is None
        client.notify("exit")
        assert client.wait(3) == 0


def test_a_stream_closed_while_its_socket_speaks_is_no_error(caplog):
    async def play():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(handle_exception)
        future = loop.create_future()
        loop.call_soon(future.set_result, None)
        future.cancel()
        loop.call_soon(lambda: 1 / 0)
        await asyncio.sleep(0.01)

    asyncio.run(play())
    assert "InvalidStateError" not in caplog.text
    assert "ZeroDivisionError" in caplog.text
