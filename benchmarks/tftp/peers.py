"""The servers that are measured, as data: where each comes from and how it is started.

The one rule: default settings, except for limits that would refuse the devices of a measurement.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Debian:
    """A program from a Debian package. It is unpacked, not installed: packages of TFTP servers exclude each other."""

    package: str
    program: str
    libraries: str


@dataclass(frozen=True, slots=True)
class PyPI:
    """A program or the interpreter of a virtual environment that holds one package and nothing else."""

    requirement: str
    program: str


@dataclass(frozen=True, slots=True)
class Installed:
    """A program that is there."""

    program: Path


@dataclass(frozen=True, slots=True)
class Server:
    """`arguments` may hold {folder}, {address}, {port}; `own_address` is for one that knows no port but 69."""

    name: str
    source: Debian | PyPI | Installed
    arguments: tuple[str, ...]
    needs_root: bool = False
    own_address: str = ""


OURS = "rommon"
HPA, ATFTPD, DNSMASQ = "tftpd-hpa", "atftpd", "dnsmasq"
PY3TFTP, TFTP, TFTPY = "py3tftp", "tftp", "tftpy"

_TFTPY = "import sys, tftpy; tftpy.TftpServer(sys.argv[1]).listen(sys.argv[2], int(sys.argv[3]))"


def ours(rommon: Path, name: str = OURS) -> Server:
    """Exactly `rommon serve FOLDER`: its limits, counters, timers and events, each event written as a line of JSON."""
    serve = ("serve", "{folder}", "--bind", "{address}", "--tftp-port", "{port}", "--json")
    return Server(name, Installed(rommon), serve)


def rommon_beside_this_python() -> Path:
    return Path(sys.executable).with_name("rommon")


PEERS = (
    Server(
        HPA,
        Debian("tftpd-hpa", "usr/sbin/in.tftpd", "libwrap0"),
        ("-L", "--address", "{address}:{port}", "--secure", "{folder}"),
        needs_root=True,  # --secure is chroot
    ),
    Server(
        ATFTPD,
        Debian("atftpd", "usr/sbin/atftpd", "libwrap0 libpcre2-8-0"),
        ("--daemon", "--no-fork", "--maxthread", "500", "--bind-address", "{address}", "--port", "{port}", "{folder}"),
    ),
    Server(
        DNSMASQ,
        Debian("dnsmasq-base", "usr/sbin/dnsmasq", "dnsmasq-base"),
        (
            *("--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=-", "--quiet-tftp", "--port=0"),
            *("--pid-file=", "--bind-interfaces", "--listen-address={address}"),
            *("--enable-tftp", "--tftp-max=1000", "--tftp-root={folder}"),
        ),
        needs_root=True,  # port 69
        own_address="127.0.0.69",
    ),
    Server(PY3TFTP, PyPI("py3tftp==1.3.0", "py3tftp"), ("--host", "{address}", "--port", "{port}")),
    Server(TFTP, PyPI("tftp[cli]==0.2.1", "pytftp"), ("serve", "{folder}", "--listen", "{address}:{port}")),
    Server(TFTPY, PyPI("tftpy==0.8.7", "python"), ("-c", _TFTPY, "{folder}", "{address}", "{port}")),
)
