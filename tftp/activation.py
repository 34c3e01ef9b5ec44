"""A socket that systemd has opened for us, so that the server never needs a right to its port.

The one rule: what was meant for another process is left alone, and what is no UDP socket is refused before anything is
served. The protocol is sd_listen_fds(3): descriptors from 3 on, announced to one process by its number.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from contextlib import ExitStack
from typing import Final

from tftp.errors import TftpServerError

_FIRST_DESCRIPTOR: Final = 3
_MANY_DESCRIPTORS: Final = 64
_VARIABLES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
_HINT: Final = "in the .socket unit, give one line ListenDatagram=ADDRESS:69 and nothing else to listen on"


def is_activated(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Whether systemd has handed sockets to this very process."""
    return environment.get("LISTEN_PID") == str(os.getpid()) and environment.get("LISTEN_FDS", "0") != "0"


def activated_socket(environment: MutableMapping[str, str] = os.environ) -> socket.socket | None:
    """The UDP socket to listen at, None where there is none. Only the first call answers it: it is ours from then on.

    Raises TftpServerError for several, and for one that is no bound UDP socket.
    """
    if not is_activated(environment):
        return None
    count = environment["LISTEN_FDS"]
    for variable in _VARIABLES:  # our own children are not meant
        environment.pop(variable, None)
    if not count.isascii() or not count.isdigit() or int(count) > _MANY_DESCRIPTORS:
        raise TftpServerError("cannot take the socket from systemd", seen=f"LISTEN_FDS={count[:20]}", hint=_HINT)
    return _only_udp_socket(range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + int(count)))


def _only_udp_socket(descriptors: range) -> socket.socket:
    with ExitStack() as opened:
        sockets = [opened.enter_context(_socket(descriptor)) for descriptor in descriptors]
        if len(sockets) != 1:
            raise TftpServerError("systemd handed over several sockets", seen=f"{len(sockets)} of them", hint=_HINT)
        bound = sockets[0]
        is_internet = bound.family in (socket.AF_INET, socket.AF_INET6)
        if not is_internet or bound.type != socket.SOCK_DGRAM or bound.getsockname()[1] == 0:
            seen = f"{bound.family.name}, {bound.type.name}"
            raise TftpServerError("the socket from systemd is no UDP socket with a port", seen=seen, hint=_HINT)
        opened.pop_all()
        return bound


def _socket(descriptor: int) -> socket.socket:
    try:
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - its signature
        return socket.socket(fileno=descriptor)
    except OSError as error:
        raise TftpServerError(
            f"cannot take descriptor {descriptor} from systemd", seen=error.strerror or str(error), hint=_HINT
        ) from error
