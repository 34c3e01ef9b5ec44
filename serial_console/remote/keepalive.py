"""Notices a console server that lost its power: without keepalives a silent connection looks like a silent device."""

import socket

# A dead peer is told after IDLE + COUNT * INTERVAL = 20 s; unacknowledged bytes end the connection as soon.
IDLE_SECONDS = 8
INTERVAL_SECONDS = 4
COUNT = 3
LOST_AFTER_SECONDS = IDLE_SECONDS + COUNT * INTERVAL_SECONDS


def keep_alive(connection: socket.socket) -> None:
    """Let the system probe this TCP connection. What it does not know (macOS, Windows differ) is left out."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {
        "TCP_KEEPIDLE": IDLE_SECONDS,
        "TCP_KEEPINTVL": INTERVAL_SECONDS,
        "TCP_KEEPCNT": COUNT,
        "TCP_USER_TIMEOUT": LOST_AFTER_SECONDS * 1000,
    }
    for name, value in options.items():
        if (option := getattr(socket, name, None)) is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
