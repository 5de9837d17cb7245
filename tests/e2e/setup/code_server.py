"""code-server (VS Code served to a browser) from npm, its native parts built here: no binary is downloaded."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = "4.100.3"  # brings VS Code 1.100
NODE_MAJOR = 20  # what this code-server refuses to run without

# Built from source after an installation without scripts, with what the build makes: a step after it may fail.
NATIVE_MODULES = {
    "node-pty": "build/Release/pty.node",
    "@vscode/spdlog": "build/Release/spdlog.node",
    "native-watchdog": "build/Release/watchdog.node",
    "@parcel/watcher": "build/Release/watcher.node",
    "kerberos": "build/Release/kerberos.node",
    "@vscode/deviceid": "",
}


class CodeServerSetupError(Exception):
    """code-server could not be installed; the message says what to do."""


def cache_dir() -> Path:
    """Where the end-to-end tests keep what takes minutes to make."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "aigc-lsp-e2e"


def install_dir() -> Path:
    return cache_dir() / f"code-server-{VERSION}"


def executable() -> Path:
    return install_dir() / "node_modules" / ".bin" / "code-server"


def is_complete() -> bool:
    return _marker().is_file()


def ensure() -> Path:
    """Install code-server unless a finished installation is there; return the executable."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with _locked(cache_dir() / "code-server.lock"):
        if not is_complete():
            shutil.rmtree(install_dir(), ignore_errors=True)
            install_dir().mkdir()
            _install(install_dir())
            _finish()
    return executable()


def _marker() -> Path:
    return install_dir() / "complete"


def _finish() -> None:
    unfinished = _marker().with_suffix(".tmp")
    unfinished.write_text(VERSION, encoding="utf-8")
    unfinished.replace(_marker())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One installation at a time; the lock goes with the process, however that ends."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(root: Path) -> None:
    _check_node()
    package = root / "node_modules" / "code-server"
    vscode = package / "lib" / "vscode"
    (root / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    _say(f"code-server {VERSION}: fetching")
    _npm(root, "install", "--ignore-scripts", "--omit=dev", f"code-server@{VERSION}")
    _npm(root, "rebuild", "argon2", "--build-from-source")
    _say("VS Code: fetching its dependencies")
    _npm(vscode, "install", "--ignore-scripts", "--omit=dev")
    _npm(vscode / "extensions", "install", "--ignore-scripts", "--omit=dev")
    for module, product in NATIVE_MODULES.items():
        _say(f"VS Code: building {module}")
        _build(vscode, module, product)
    _link_ripgrep(vscode)
    # What code-server's own post-install script links.
    (vscode / "node_modules.asar").symlink_to("node_modules")
    (vscode / "bin" / "remote-cli" / "code-server").symlink_to("code-linux.sh")
    (vscode / "bin" / "helpers" / "browser.sh").symlink_to("browser-linux.sh")


def _check_node() -> None:
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise CodeServerSetupError(f"code-server {VERSION} needs Node.js {NODE_MAJOR}: no {tool} on the PATH.")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.", version)
    if found is None or int(found[1]) != NODE_MAJOR:
        raise CodeServerSetupError(
            f"code-server {VERSION} needs Node.js {NODE_MAJOR}; the one on the PATH is {version.strip()}."
        )


def _build(vscode: Path, module: str, product: str) -> None:
    """Build a native module. A failure counts only if the product is missing: some post-install steps fail after it."""
    done = _npm_result(vscode, "rebuild", module, "--build-from-source")
    if done.returncode and not (product and (vscode / "node_modules" / module / product).is_file()):
        raise CodeServerSetupError(f"npm rebuild {module} failed:\n{done.stdout[-4000:]}")


def _link_ripgrep(vscode: Path) -> None:
    ripgrep = shutil.which("rg")
    if ripgrep is None:
        raise CodeServerSetupError("VS Code's search needs rg (Debian package ripgrep).")
    link = vscode / "node_modules" / "@vscode" / "ripgrep" / "bin" / "rg"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(ripgrep)


def _npm(folder: Path, *arguments: str) -> None:
    done = _npm_result(folder, *arguments)
    if done.returncode:
        raise CodeServerSetupError(f"npm {' '.join(arguments)} failed in {folder}:\n{done.stdout[-4000:]}")


def _npm_result(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["npm", *arguments, "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder,
        env=_npm_env(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _npm_env() -> dict[str, str]:
    """Node's own headers, where they lie beside it, spare node-gyp a download."""
    env = dict(os.environ)
    node = shutil.which("node")
    prefix = Path(node).resolve().parent.parent if node else None
    if prefix and (prefix / "include" / "node" / "node.h").is_file():
        env["npm_config_nodedir"] = str(prefix)
    return env


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
