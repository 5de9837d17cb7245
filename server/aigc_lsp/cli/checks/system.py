"""The machine: Python, processor, memory, disk, the sandbox, and the folders that we write to."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from pathlib import Path

from aigc_lsp.cli.checks import Finding
from aigc_models import paths
from aigc_models.store.files import human_size

_FEATURES = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_bf16", "amx_int8", "asimddp", "i8mm", "bf16")
_LOW_DISK = 500_000_000


def findings() -> list[Finding]:
    """Return what there is to say about the machine."""
    return [_python(), _processor(), _memory(), _disk(), _sandbox(), *_folders()]


def _python() -> Finding:
    place = "a virtual environment" if sys.prefix != sys.base_prefix else "no virtual environment"
    text = f"{platform.python_version()} in {place}, {platform.system()} {platform.machine()}, {sys.executable}"
    return Finding("python", "ok", text)


def _processor() -> Finding:
    flags = processor_flags()
    found = [name for name in _FEATURES if name in flags]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    text = f"{cores} cores, {', '.join(found) or 'no known vector extensions'}"
    if platform.machine() in ("x86_64", "AMD64") and flags and "avx2" not in flags:
        return Finding("processor", "warning", text, "Without AVX2 suggestions will be slow: use a remote engine.url.")
    return Finding("processor", "ok", text)


def processor_flags() -> set[str]:
    """Return the processor's feature flags as the kernel names them; empty where it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.partition(":")[2].split()}


def _memory() -> Finding:
    import psutil

    memory = psutil.virtual_memory()
    text = f"{human_size(memory.available)} of {human_size(memory.total)} available"
    return Finding("memory", "ok", text)


def _disk() -> Finding:
    folder = paths.cache_dir()
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(existing).free
    text = f"{human_size(free)} free for models in {folder}"
    if free < _LOW_DISK:
        return Finding("disk", "warning", text, "Free some space, or set AIGC_LSP_HOME to a folder on a larger disk.")
    return Finding("disk", "ok", text)


def _sandbox() -> Finding:
    from aigc_plugins.sandbox import SandboxUnavailableError, which_rung

    try:
        text = f"{which_rung().name}: tasks can run code to check what they changed"
    except SandboxUnavailableError as error:
        return Finding("sandbox", "warning", str(error), "Install bubblewrap, or use a Linux kernel from 6.2 on.")
    return Finding("sandbox", "ok", text)


def _folders() -> list[Finding]:
    found = []
    for topic, folder in (("cache", paths.cache_dir()), ("data", paths.data_dir()), ("log", paths.log_dir())):
        existing = next(one for one in (folder, *folder.parents) if one.exists())
        if not os.access(existing, os.W_OK | os.X_OK):
            remedy = f"chown {os.getuid()} {existing}   # or set AIGC_LSP_HOME to a folder of your own"
            found.append(Finding(f"{topic} folder", "broken", f"cannot write to {existing}", remedy))
    return [*found, _socket_folder()]


def _socket_folder() -> Finding:
    try:
        folder = paths.runtime_dir()
    except OSError as error:
        return Finding(
            "socket folder", "broken", str(error), "Remove it, or set AIGC_LSP_HOME to a folder of your own."
        )
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        return Finding("socket folder", "broken", f"{folder} is open to others ({mode:o})", f"chmod 700 {folder}")
    return Finding("socket folder", "ok", f"{folder}, closed to others")
