"""Get the servers that are measured.

The one rule: nothing is installed into the system, and nothing into this project's environment: the PyPI package `tftp`
has a module of the same name as ours.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.cache import cache_folder
from benchmarks.tftp.peers import Debian, Installed, PyPI, Server


class NotToBeHad(Exception):
    """A server is not there and could not be got; the text says what would help."""


def program_of(server: Server) -> Path:
    """The program to start, got on demand. Raises NotToBeHad."""
    match server.source:
        case Debian() as package:
            return _unpacked(package)
        case PyPI() as package:
            return _environment(package) / "bin" / package.program
        case Installed(program):
            if not program.exists():
                raise NotToBeHad(f"{program} is not there: install this project first (make bench does)")
            return program


def _unpacked(package: Debian) -> Path:
    folder = cache_folder() / package.package
    program = folder / package.program
    if not program.exists():
        folder.mkdir(exist_ok=True)
        _run(["apt-get", "download", package.package], folder, "apt-get update, or take another machine with Debian")
        archive = next(folder.glob("*.deb"))
        _run(["dpkg-deb", "-x", archive.name, "."], folder, "delete the folder and try again")
    missing = re.findall(r"(\S+) => not found", _run(["ldd", str(program)], folder, ""))
    if missing:
        raise NotToBeHad(f"{package.package} lacks {', '.join(missing)}: apt-get install {package.libraries}")
    return program


def _environment(package: PyPI) -> Path:
    folder = cache_folder() / re.sub(r"[^\w.]+", "-", package.requirement)
    if not (folder / "complete").exists():
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], folder.parent, "apt-get install python3-venv")
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, package.requirement], folder, "is there a network?")
        (folder / "complete").touch()
    return folder


def _run(command: list[str], folder: Path, hint: str) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NotToBeHad(f"{command[0]} is not there") from error
    if done.returncode:
        raise NotToBeHad(f"{' '.join(command)}: {done.stderr.strip()[-300:]}; {hint}")
    return done.stdout
