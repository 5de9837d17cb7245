"""Debian packages by name: install those that are missing, or say which they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable


class MissingPackagesError(Exception):
    """Packages are missing and this machine or user cannot install them."""


def missing(packages: Iterable[str]) -> list[str]:
    """The packages that are not installed; all of them on a machine without dpkg."""
    return [package for package in dict.fromkeys(packages) if not _installed(package)]


def ensure(packages: Iterable[str]) -> list[str]:
    """Install what is missing as root or through sudo, and return it."""
    needed = missing(packages)
    if not needed:
        return []
    prefix = _root_prefix()
    if prefix is None or shutil.which("apt-get") is None:
        names = " ".join(needed)
        raise MissingPackagesError(
            f"The end-to-end tests need these Debian packages: {names}\n"
            f"They cannot be installed from here (no apt-get, or neither root nor password-less sudo). "
            f"On Debian: sudo apt-get install --no-install-recommends {names}"
        )
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    keep = ["env", "DEBIAN_FRONTEND=noninteractive"] if prefix else []
    subprocess.run([*prefix, *keep, "apt-get", "update", "-qq"], check=True, env=env)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *needed]
    subprocess.run([*prefix, *keep, *install], check=True, env=env)
    return needed


def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    found = subprocess.run(query, capture_output=True, text=True, check=False)
    return found.returncode == 0 and found.stdout.strip() == "installed"


def _root_prefix() -> list[str] | None:
    """How to run something as root: nothing for root itself, None where it cannot be done without asking."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "--non-interactive", "true"], capture_output=True, check=False)
    return ["sudo", "--non-interactive"] if allowed.returncode == 0 else None
