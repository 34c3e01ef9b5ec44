"""What a device tells of Auto Update: `debug auto-update client`, and the messages 612001 to 612003.

Sources: the debug output of the chapter; the list of syslog messages of Cisco's guide; the chapter misprints the second as
`%ASA4-612002: … failed: file version: …`, which is read as well.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class UpdatePolled:
    """The device posted its details to a path of a server."""

    path: str
    server: str


@dataclass(frozen=True, slots=True)
class UpdateOffered:
    """The server's reply named a component. `checksum` as printed, such as `0x6d09…`."""

    component: str
    url: str
    checksum: str


@dataclass(frozen=True, slots=True)
class UpdateSucceeded:
    """A component was updated; `version` is a checksum in debug output. Message 612001."""

    component: str
    version: str


@dataclass(frozen=True, slots=True)
class UpdateFailed:
    """A component was not updated, and why, in the device's words. Message 612002."""

    component: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class ServerNotReached:
    """The server could not be reached. Message 612003."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class UpdateStep:
    """A step of an update in the device's words. Of a failover pair the standby unit's image comes first, then the active unit's."""

    text: str


UpdateNews: TypeAlias = UpdatePolled | UpdateOffered | UpdateStep | UpdateSucceeded | UpdateFailed | ServerNotReached

# A line of a component may break before its checksum; debug output runs into other lines, so nothing is anchored.
_FORMS: tuple[tuple[type[UpdateNews], re.Pattern[str]], ...] = (
    (UpdatePolled, re.compile(r"Auto-update client: Sent DeviceDetails to (\S+) of server (\S+)")),
    (UpdateOffered, re.compile(r"Component: (\w+), URL: (\S+), checksum:\s+(0x[0-9a-fA-F]{32})")),
    (UpdateStep, re.compile(r"Auto-update client: (update \w+ on (?:stby|active) unit)")),
    (UpdateStep, re.compile(r"auto-update: HA safe reload: (reload active unit)")),
    (UpdateSucceeded, re.compile(r"Auto-update client: Succeeded: (\w+), version: (\S+)")),
    (UpdateSucceeded, re.compile(r"%ASA-?5-612001: Auto Update succeeded: ([^,\n]+), version: ([^\s,]+)")),
    (
        UpdateFailed,
        re.compile(r"%ASA-?4-612002: Auto Update failed: ([^,\s]+),? version: ([^,\s]+),? reason: ([^\n]+)"),
    ),
    (ServerNotReached, re.compile(r"%ASA-?4-612003: Auto Update failed to contact: ([^,\s]+), reason: ([^\n]+)")),
)


def read_update_news(text: str) -> list[UpdateNews]:
    """All that a text tells of Auto Update, in its order. Other lines are passed over."""
    found = [
        (match.start(), kind(*(part.strip() for part in match.groups())))
        for kind, form in _FORMS
        for match in form.finditer(text)
    ]
    return [news for _, news in sorted(found, key=lambda pair: pair[0])]
