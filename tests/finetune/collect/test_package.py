"""Packages: fetched by pip from an index of this test, unpacked as data, never built or run."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from aigc_finetune.collect.sources import open_source
from aigc_finetune.collect.sources.base import SourceError
from aigc_finetune.collect.sources.unpack import unpack
from tests.finetune.collect.helpers import Built, module, recipe

METADATA = "Metadata-Version: 2.4\nName: demo-thing\nVersion: {}\nLicense-Expression: MIT\n"


def _wheel(folder: Path, version: str) -> Path:
    path = folder / f"demo_thing-{version}-py3-none-any.whl"
    info = f"demo_thing-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("demo_thing/__init__.py", module(1))
        packed.writestr("demo_thing/more.py", module(2))
        packed.writestr(f"{info}/METADATA", METADATA.format(version))
        packed.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{info}/RECORD", "")
    return path


def _tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def _sdist(folder: Path, version: str, trap: Path) -> Path:
    top = f"demo_thing-{version}"
    return _tar(
        folder / f"{top}.tar.gz",
        {
            f"{top}/PKG-INFO": METADATA.format(version).encode(),
            f"{top}/setup.py": f"open({str(trap)!r}, 'w').close()\nfrom setuptools import setup\nsetup()\n".encode(),
            f"{top}/src/demo_thing/__init__.py": module(3).encode(),
            f"{top}/tests/test_it.py": module(4).encode(),
        },
    )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty index the only one that pip sees, and a fresh cache."""
    folder = tmp_path / "simple" / "demo-thing"
    folder.mkdir(parents=True)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "home"))
    return folder


def _publish(index: Path, *files: Path) -> None:
    links = "".join(f'<a href="{file.as_uri()}">{file.name}</a>\n' for file in files)
    (index / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")


def test_a_wheel_is_fetched_once_and_its_licence_is_told(index: Path, tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "1.0")
    _publish(index, wheel)
    built = Built(recipe("pypi:Demo.Thing==1.0", split="none", licences=["MIT"]), tmp_path / "run")
    assert {path: file.licence for path, file in built.files.items()} == {
        "demo_thing/__init__.py": "MIT", "demo_thing/more.py": "MIT",
    }  # fmt: skip
    (told,) = built.report.sources
    assert (told.label, told.kind, told.package, told.version, told.licence) == (
        "pypi:demo-thing==1.0", "pypi", "demo-thing", "1.0", "MIT",
    )  # fmt: skip
    assert told.identity == hashlib.sha256(wheel.read_bytes()).hexdigest()
    wheel.unlink()
    assert Built(recipe("pypi:demo-thing==1.0", split="none"), tmp_path / "again").files.keys() == built.files.keys()


def test_an_sdist_is_fetched_without_running_its_setup(index: Path, tmp_path: Path) -> None:
    _publish(
        index,
        _wheel(tmp_path, "1.0"),
        _sdist(tmp_path, "1.1", tmp_path / "sprung"),
        _sdist(tmp_path, "2.0", tmp_path / "sprung"),
    )
    built = Built(recipe("pypi:demo-thing==2.0", split="none"), tmp_path / "run")
    assert sorted(built.files) == ["setup.py", "src/demo_thing/__init__.py", "tests/test_it.py"]
    assert built.report.sources[0].licence == "MIT"
    assert not (tmp_path / "sprung").exists()


def test_a_version_that_is_not_there_is_told(index: Path, tmp_path: Path) -> None:
    _publish(index, _wheel(tmp_path, "1.0"))
    with pytest.raises(SourceError, match=r"demo-thing==9\.9 cannot be fetched.*pip config"):
        open_source("pypi:demo-thing==9.9")
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/evil.py",
        "a/../../evil.py",
        "a\\..\\evil.py",
        "C:/evil.py",
        "a/\nb.py",
        "x" * 300,
        "a/" * 50 + "b.py",
    ],
)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_paths_that_lead_elsewhere_are_refused(tmp_path: Path, name: str, kind: str) -> None:
    if kind == "tar":
        archive = _tar(tmp_path / "a-1.tar.gz", {"ok.py": b"x", name: b"evil"})
    else:
        archive = tmp_path / "a-1.whl"
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("ok.py", "x")
            packed.writestr(name, "evil")
    with pytest.raises(SourceError):
        unpack(archive, tmp_path / "deep/er/files")
    assert not list(tmp_path.rglob("evil.py"))


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    archive = tmp_path / "a-1.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        info = tarfile.TarInfo("link/below.py")  # through the link, had it been made
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
        tar.addfile(tarfile.TarInfo("other.py"), io.BytesIO(b""))
    unpack(archive, tmp_path / "files")
    assert sorted(path.relative_to(tmp_path / "files").as_posix() for path in (tmp_path / "files").rglob("*")) == [
        "link", "link/below.py", "other.py",
    ]  # fmt: skip
    assert not (tmp_path / "files/link").is_symlink()


def test_an_archive_that_swells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_finetune.collect.sources.unpack.LARGEST", 1000)
    with zipfile.ZipFile(tmp_path / "a-1.whl", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.py", "x" * 2000)
    with pytest.raises(SourceError, match="more than"):
        unpack(tmp_path / "a-1.whl", tmp_path / "files")


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8b\x08\x00broken"])
@pytest.mark.parametrize("name", ["a-1.whl", "a-1.tar.gz", "a-1.zip"])
def test_damaged_archives_are_told(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match="cannot be unpacked"):
        unpack(tmp_path / name, tmp_path / "files")
