"""Hostile programs on every rung of the sandbox: each must be contained, and nothing of it may be left."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from aigc_plugins.api import CancelledError, WithheldError
from aigc_plugins.sandbox import Limits, Sandbox
from aigc_plugins.sandbox.rungs import probe

PYTHON = (sys.executable, "-I", "-S", "-c")


@pytest.fixture(params=["namespaces", "bubblewrap", "landlock"])
def sandbox(request):
    rung = probe(request.param)
    if not rung.works:
        pytest.skip(f"{rung.name}: {rung.reason}")
    return Sandbox(request.param)


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def run(sandbox, scratch, code, *arguments, **options):
    return sandbox.run([*PYTHON, textwrap.dedent(code), *map(str, arguments)], scratch=scratch, **options)


def processes_with(mark):
    """Return the command lines of processes that hold a text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if mark in line:
                found.append(line)
    return found


def test_a_harmless_program_runs_with_its_input_and_exit_status(sandbox, scratch):
    done = run(sandbox, scratch, "import sys; print(sys.stdin.read()[::-1]); sys.exit(3)", stdin="äbc")
    assert (done.status, done.stdout, done.stderr, done.ended) == (3, "cbä\n", "", "")


def test_the_working_folder_can_be_written_and_read_later(sandbox, scratch):
    run(sandbox, scratch, "open('made', 'w').write('x'); import shutil; shutil.copy('made', 'copy')")
    assert (scratch / "copy").read_text() == "x"


@pytest.mark.parametrize(
    "attempt",
    [
        "s = socket.socket(); s.connect((host, port))",
        "s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(b'x', (host, port))",
        "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "s = socket.socket(socket.AF_UNIX); s.connect(path)",
        "s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "if libc.syscall(425, 8, ctypes.create_string_buffer(120)) < 0: raise OSError(ctypes.get_errno())",
        "s = socket.socketpair(socket.AF_INET)",
    ],
)
def test_there_is_no_network(sandbox, scratch, tmp_path, attempt):
    import socket

    path = tmp_path / "listens"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(path))
        local.listen()
        code = f"""
        import ctypes, socket, sys
        libc = ctypes.CDLL(None, use_errno=True)
        host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
        try:
            {attempt}
        except OSError as error:
            print("held")
        """
        done = run(sandbox, scratch, code, *server.getsockname(), path, readable=[path])
    assert done.stdout == "held\n", done


def test_a_pair_of_sockets_for_event_loops_is_allowed(sandbox, scratch):
    done = run(sandbox, scratch, "import asyncio; print(asyncio.run(asyncio.sleep(0, 'ok')))")
    assert done.stdout == "ok\n", done


def test_a_home_and_its_keys_cannot_be_read(sandbox, scratch, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text("KEY")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("API_KEY", "KEY")
    code = """
    import os, sys
    found = str(dict(os.environ))
    for path in (sys.argv[1], os.path.expanduser("~/.ssh/id_ed25519"), f"/proc/{sys.argv[2]}/environ",
                 f"/proc/{os.getppid()}/environ", "/etc/shadow", f"/proc/{sys.argv[2]}/root" + sys.argv[1]):
        try:
            found += open(path).read()
        except OSError:
            pass
    print("KEY" in found or "root:" in found)
    """
    done = run(sandbox, scratch, code, home / ".ssh" / "id_ed25519", os.getpid())
    assert done.stdout == "False\n", done


def test_what_is_named_readable_can_be_read_but_not_changed(sandbox, scratch, tmp_path):
    shown = tmp_path / "shown"
    shown.mkdir()
    (shown / "data").write_text("before")
    code = """
    import os, shutil, sys
    path = os.path.join(sys.argv[1], "data")
    print(open(path).read())
    attempts = {
        "write": lambda: open(path, "w"), "append": lambda: open(path, "a"), "remove": lambda: os.remove(path),
        "truncate": lambda: os.truncate(path, 0), "create": lambda: open(path + "2", "w"),
        "mkdir": lambda: os.mkdir(path + "d"), "rename": lambda: os.rename(path, "taken"),
        "link": lambda: os.symlink("x", path + "l"), "rmtree": lambda: shutil.rmtree(sys.argv[1]),
        "chmod": lambda: os.chmod(path, 0o777), "utime": lambda: os.utime(path, (0, 0)),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError:
            pass
    """
    before = (shown / "data").stat()
    done = run(sandbox, scratch, code, shown, readable=[shown])
    assert done.stdout == "before\n", done
    after = (shown / "data").stat()
    assert (before.st_mode, before.st_mtime_ns, before.st_size) == (after.st_mode, after.st_mtime_ns, after.st_size)
    assert [path.name for path in shown.iterdir()] == ["data"]
    assert not (scratch / "taken").exists()


def test_nothing_is_written_elsewhere(sandbox, scratch, tmp_path):
    code = """
    import os, sys, tempfile
    python = os.path.dirname(sys.executable)
    for folder in (sys.argv[1], "/", "/tmp", "/usr", "/etc", "/var/tmp", "/dev/shm", python, ".."):
        try:
            open(os.path.join(folder, "aigc-canary"), "w").close()
        except OSError:
            pass
    print(tempfile.gettempdir().startswith(os.getcwd()))
    """
    done = run(sandbox, scratch, code, tmp_path)
    assert done.stdout == "True\n"
    folders = (tmp_path, "/", "/tmp", "/usr", "/etc", "/var/tmp", "/dev/shm", Path(sys.executable).parent)
    assert not [folder for folder in folders if (Path(folder) / "aigc-canary").exists()]


def test_a_link_out_of_the_folder_leads_nowhere(sandbox, scratch, tmp_path):
    (tmp_path / "outside").write_text("KEY")
    (scratch / "link").symlink_to(tmp_path / "outside")
    done = run(sandbox, scratch, "open('link', 'w')")
    assert "Error" in done.stderr
    assert (tmp_path / "outside").read_text() == "KEY"


@pytest.mark.parametrize("mark", ["aigc-canary-fork"])
def test_a_fork_bomb_ends(sandbox, scratch, mark):
    code = """
    import os
    while True:
        try:
            os.fork()
        except OSError:
            pass
    """
    done = run(sandbox, scratch, code, mark, limits=Limits(wall_s=3.0, processes=20))
    assert done.status is None or done.status != 0
    assert not processes_with(mark)


def test_too_much_memory_is_refused(sandbox, scratch):
    done = run(sandbox, scratch, "bytearray(1 << 30)", limits=Limits(memory=256 << 20))
    assert "MemoryError" in done.stderr


def test_memory_is_measured_where_addresses_are_not_limited(sandbox, scratch):
    code = "import time; x = bytearray(b'x') * (400 << 20); time.sleep(60)"
    done = run(sandbox, scratch, code, limits=Limits(memory=128 << 20, address_space=False))
    assert (done.status, done.ended) == (None, "memory")


def test_an_endless_loop_in_c_ends(sandbox, scratch):
    begin = time.monotonic()
    done = run(sandbox, scratch, "sum(range(10**12))", limits=Limits(wall_s=1.0))
    assert (done.status, done.ended) == (None, "time")
    assert time.monotonic() - begin < 10


def test_processor_time_is_limited(sandbox, scratch):
    done = run(sandbox, scratch, "sum(range(10**12))", limits=Limits(wall_s=60.0, cpu_s=1))
    assert (done.status, done.ended) == (None, "time")


def test_endless_output_and_large_files_end(sandbox, scratch):
    done = run(sandbox, scratch, "while True: print('x' * 1000)", limits=Limits(output=100_000))
    assert done.ended == "output"
    assert len(done.stdout) <= 100_000
    done = run(sandbox, scratch, "open('f', 'wb').write(b'x' * 2_000_000)", limits=Limits(file=1 << 20))
    assert done.status != 0
    assert (scratch / "f").stat().st_size <= 1 << 20
    code = """
    import itertools
    for i in itertools.count():
        open(str(i), 'wb').write(b'x' * 900_000)
    """
    done = run(sandbox, scratch, code, limits=Limits(file=1 << 20, files=20 << 20))
    assert done.ended == "files"


def test_processes_outside_cannot_be_ended(sandbox, scratch):
    with subprocess.Popen(["sleep", "60"]) as victim:
        code = """
        import ctypes, os, signal, sys
        libc = ctypes.CDLL(None)
        for pid in (int(sys.argv[1]), int(sys.argv[2]), os.getppid(), -1):
            for attempt in (lambda: os.kill(pid, signal.SIGTERM), lambda: os.kill(pid, signal.SIGKILL),
                            lambda: libc.syscall(234, pid, pid, signal.SIGKILL)):
                try:
                    if pid > 1 or pid < 0 and attempt.__code__.co_names[0] == "os":
                        attempt()
                except OSError:
                    pass
        print("done")
        """
        done = run(sandbox, scratch, code, victim.pid, os.getpid(), limits=Limits(wall_s=5.0))
        assert victim.poll() is None, done
        victim.kill()


@pytest.mark.parametrize("how", ["start_new_session=True", "process_group=0", ""])
def test_children_in_the_background_end_with_the_program(sandbox, scratch, how):
    mark = f"aigc-canary-child-{os.getpid()}"
    code = f"""
    import subprocess, sys
    line = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)", sys.argv[1]]
    subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, {how})
    print("started")
    """
    done = run(sandbox, scratch, code, mark)
    assert done.stdout == "started\n", done
    assert not processes_with(mark)


def test_cancelling_ends_all_of_it_at_once(sandbox, scratch):
    mark = f"aigc-canary-cancel-{os.getpid()}"
    code = """
    import os, time
    for _ in range(5):
        os.fork()
    time.sleep(60)
    """
    begin = time.monotonic()
    with pytest.raises(CancelledError):
        run(sandbox, scratch, code, mark, cancelled=lambda: time.monotonic() - begin > 0.5)
    assert time.monotonic() - begin < 5
    assert not processes_with(mark)


def test_all_ends_when_whoever_started_it_is_killed(sandbox, scratch):
    mark = f"aigc-canary-parent-{os.getpid()}"
    inner = "import os, time; os.fork(); open('up', 'w').close(); time.sleep(60)"
    code = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from aigc_plugins.sandbox import Sandbox
        command = [sys.executable, "-I", "-S", "-c", {inner!r}, {mark!r}]
        Sandbox({sandbox.rung!r}).run(command, scratch=Path({str(scratch)!r}))
        """)
    with subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ) as parent:
        until = time.monotonic() + 20
        while not (scratch / "up").exists() and time.monotonic() < until:
            time.sleep(0.02)
        parent.kill()
    until = time.monotonic() + 5
    while processes_with(mark) and time.monotonic() < until:
        time.sleep(0.02)
    assert not processes_with(mark)


def test_rights_cannot_be_gained(sandbox, scratch):
    code = """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    print(libc.unshare(0x10000000), libc.unshare(0x20000), libc.mount(b"none", b"/tmp", b"tmpfs", 0, b""),
          libc.ptrace(16, os.getppid(), 0, 0), libc.setns(0, 0), libc.prctl(39, 0, 0, 0, 0))
    try:
        os.chroot("/")
    except OSError:
        print("held")
    """
    done = run(sandbox, scratch, code)
    assert done.stdout == "-1 -1 -1 -1 -1 1\nheld\n", done


def test_a_missing_program_is_said_so(sandbox, scratch):
    with pytest.raises(WithheldError, match="no program"):
        sandbox.run(["surely-there-is-no-such-program"], scratch=scratch)
