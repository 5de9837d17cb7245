"""Set up what the end-to-end tests need: `python -m tests.e2e.setup` from the repository's root."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.e2e.setup import code_server, debian

PACKAGES = (
    # the browser, and letters for it to draw
    "chromium",
    "fonts-dejavu-core",
    # building VS Code's native modules
    "build-essential",
    "pkg-config",
    "python3",
    "libkrb5-dev",
    "libsecret-1-dev",
    "libx11-dev",
    "libxkbfile-dev",
    # VS Code's search
    "ripgrep",
    # the extension installs the server with it
    "python3-venv",
)
# Each folder of tests names what its editors need.
LISTS = sorted(Path(__file__).parents[1].glob("*/debian-packages.txt"))


def main() -> int:
    try:
        debian.ensure([*PACKAGES, *(name for file in LISTS for name in file.read_text(encoding="utf-8").split())])
        code_server.ensure()
    except (debian.MissingPackagesError, code_server.CodeServerSetupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"Failed: {' '.join(map(str, error.cmd))}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
