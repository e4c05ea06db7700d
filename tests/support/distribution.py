"""Build sdist and wheel into ``dist/`` and check both, as ``make dist`` does.

``python -m tests.support.distribution`` checks what they say and hold, installs each in a clean environment, and runs
the commands there from an empty folder.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance import __version__

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
COMMANDS = (
    ("conformance", "--version"),
    ("conformance", "run", "--store-version", "4.3.4", "--quiet"),
    ("conformance", "explain", "CUS-4"),
    ("mockstore", "orders", "--count", "1", "--format", "xml"),
    ("pytest", "-q", "--pyargs", "conformance", "--conformance-only", "GIF", "--conformance-store-version", "4.3.4"),
)
"""What must work in an empty folder of a machine that has nothing but the package."""


def call(*words: str | Path, cwd: Path = ROOT) -> None:
    """Run a command and print its output only if it fails.

    Raises:
        SystemExit: the command failed.
    """
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\nended with status {done.returncode}:\n{done.stdout}")


def build() -> tuple[Path, Path]:
    """Return a new sdist and a new wheel."""
    shutil.rmtree(DIST, ignore_errors=True)
    call(sys.executable, "-m", "hatchling", "build", "-d", DIST)
    (sdist,), (wheel,) = DIST.glob("*.tar.gz"), DIST.glob("*.whl")
    return sdist, wheel


def check_metadata(sdist: Path, wheel: Path) -> None:
    """Check what the files say of themselves, and what the wheel holds."""
    call(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    call(sys.executable, "-m", "check_wheel_contents", wheel)


def check_same_wheel(sdist: Path, wheel: Path) -> None:
    """Check that the sdist builds the same wheel as the checkout, so that nothing is missing in it.

    Raises:
        SystemExit: it does not.
    """
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        (source,) = Path(folder).iterdir()
        call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
        (again,) = Path(folder).glob("*.whl")
        if (different := contents(again) ^ contents(wheel)) != set():
            sys.exit(f"the sdist builds another wheel: {sorted({name for name, _ in different})}")


def contents(wheel: Path) -> set[tuple[str, str]]:
    """Return name and digest of each file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {(name, hashlib.sha256(archive.read(name)).hexdigest()) for name in archive.namelist()}


@contextmanager
def installed(package: Path) -> Iterator[Path]:
    """Install a file in a clean environment, and return the folder of its commands."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        commands = Path(folder, "bin")
        call(commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)
        yield commands


def main() -> None:
    """Build and check; print what was made.

    Raises:
        SystemExit: a check failed.
    """
    sdist, wheel = build()
    check_metadata(sdist, wheel)
    check_same_wheel(sdist, wheel)
    for package in (wheel, sdist):
        with installed(package) as commands, tempfile.TemporaryDirectory() as empty:
            for command, *words in COMMANDS:
                call(commands / command, *words, cwd=Path(empty))
        print(f"{package.relative_to(ROOT)}: {package.stat().st_size / 1024:.0f} kB, version {__version__}")


if __name__ == "__main__":
    main()
