"""What the server saw and did, as facts in the past tense.

The one rule: an event carries nothing that a terminal or a log could be tricked with. Text that came from the wire is
made printable (`printable`) before it gets in here.

Every event turns into a JSON object, `{"kind": "TransferCompleted", ...}`, and back: that is how the server's process
tells its parent. Seconds are seconds, bytes are bytes of the file (without headers), blocks count from 1 and do not
roll over, addresses and ports are the client's unless said otherwise.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

#: More than any file system's name; a longer one is an attack on the log.
SHOWN_CHARACTERS = 255

RefusalReason = Literal[
    "not-found",  # no such name is served
    "stranger",  # not an address that is expected
    "write-refused",  # the server is read-only
    "malformed",  # not a request that RFC 1350 knows
    "mode-refused",  # netascii, mail, or anything else but octet
    "unreadable",  # the name is served, but its file can't be read now
    "busy",  # as many transfers as are allowed
    "flooded",  # more requests than anyone needs: one event stands for all that were dropped, `detail` counts them
    "defect",  # a defect of ours
]

FailureReason = Literal[
    "client-gone",  # the client's port is closed (ICMP port unreachable)
    "never-acknowledged",  # asked, and then did not acknowledge even once
    "timed-out",  # no block was acknowledged for too long
    "replaced",  # the client asked anew, and the new transfer runs
    "crowded-out",  # silent, and its place was needed
    "server-stopped",
    "defect",  # a defect of ours
]

ResendCause = Literal[
    "timer",  # no answer within the time that the round trip suggests
    "repeated-ack",  # the client said again what it has, later than an answer could take
    "gap",  # the client acknowledged a window up to a block that it lacks
]

UploadFailure = Literal[
    "too-large",  # more than the order allows
    "not-stored",  # the disk is full, or refuses
    "malformed",  # a block longer than was agreed
    "client-gone",  # the client's port is closed
    "client-stopped",  # it sent an ERROR
    "timed-out",  # nothing came for too long
    "replaced",  # the client asked anew
    "server-stopped",
    "defect",  # a defect of ours
]


def printable(text: str | bytes, limit: int = SHOWN_CHARACTERS) -> str:
    r"""Printable ASCII as it is, a backslash doubled, every other byte as \xNN; at most `limit` characters."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    # Four characters is the most that one byte becomes, so no more than `limit` bytes ever need looking at.
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else _escaped(byte) for byte in text[:limit])
    return shown[:limit]


def _escaped(byte: int) -> str:
    return "\\\\" if byte == 0x5C else f"\\x{byte:02x}"


@dataclass(frozen=True, slots=True)
class ImageCopied:
    """The image stands in a private copy; from now on changes to the file on disk do not reach a device."""

    name: str
    bytes: int
    sha512: str


@dataclass(frozen=True, slots=True)
class ServerListening:
    """The server answers at its own `address` and `port` and runs as user `uid` (None where there is no such thing).

    `privileges` says what was given up, in words.
    """

    address: str
    port: int
    uid: int | None = None
    privileges: str = ""


@dataclass(frozen=True, slots=True)
class ServerArmed:
    """From now on only these addresses and networks are served."""

    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """An expected client asked for `name`; whether it gets it, the events after this one tell."""

    client: str
    port: int
    name: str
    mode: str
    options: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """A request was turned away with ERROR `code`, or without a word where `code` is None."""

    client: str
    port: int
    name: str
    code: int | None
    reason: RefusalReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TransferProgressed:
    """`bytes` of `total` are acknowledged and `block` is under way; told five times a second at most."""

    client: str
    port: int
    name: str
    block: int
    bytes: int
    total: int


@dataclass(frozen=True, slots=True)
class TransferStalled:
    """No block was acknowledged for `seconds`; told once per stall. The server goes on trying."""

    client: str
    port: int
    name: str
    block: int
    bytes: int
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TransferRetransmitted:
    """What is under way, from `block` on (0 is the OACK), was sent again `waited_seconds` after it was sent.

    It is told at the first time and then once a second at most. `times` is how often that block was sent again,
    `resent_blocks` how many blocks were, since the transfer began.
    """

    client: str
    port: int
    name: str
    block: int
    bytes: int
    total: int
    cause: ResendCause
    times: int
    waited_seconds: float
    resent_blocks: int


@dataclass(frozen=True, slots=True)
class TransferCompleted:
    """Every block was sent. `acknowledged` is False where the client never confirmed the last one.

    Boot loaders may start the image without that last ACK, so False is not a failure: the console decides.
    """

    client: str
    port: int
    name: str
    bytes: int
    seconds: float
    resent_blocks: int
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class TransferStopped:
    """The client sent ERROR `code`: it wants no more. Some loaders end a good transfer like that."""

    client: str
    port: int
    name: str
    block: int
    bytes: int
    total: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """The client did not get the whole file. `detail` is for people: the system's word, an exception's name."""

    client: str
    port: int
    name: str
    block: int
    bytes: int
    total: int
    reason: FailureReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class UploadExpected:
    """The server takes this one name from this one address, once."""

    client: str
    name: str
    largest_bytes: int


@dataclass(frozen=True, slots=True)
class UploadProgressed:
    """`bytes` were received and acknowledged; told five times a second at most."""

    client: str
    port: int
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class UploadCompleted:
    """The file is whole and safe on the disk; `sha512` is of its bytes, in hexadecimal."""

    client: str
    port: int
    name: str
    bytes: int
    seconds: float
    sha512: str


@dataclass(frozen=True, slots=True)
class UploadFailed:
    """Nothing is left of it. The order stays in force: the client may try again."""

    client: str
    port: int
    name: str
    bytes: int
    reason: UploadFailure
    detail: str = ""


UploadEvent = UploadExpected | UploadProgressed | UploadCompleted | UploadFailed
TransferEvent = (
    TransferProgressed | TransferStalled | TransferRetransmitted | TransferCompleted | TransferStopped | TransferFailed
)
Event = ImageCopied | ServerListening | ServerArmed | RequestReceived | RequestRefused | TransferEvent | UploadEvent

EVENTS: dict[str, type[Event]] = {
    event.__name__: event
    for event in (
        ImageCopied,
        ServerListening,
        ServerArmed,
        RequestReceived,
        RequestRefused,
        TransferProgressed,
        TransferStalled,
        TransferRetransmitted,
        TransferCompleted,
        TransferStopped,
        TransferFailed,
        UploadExpected,
        UploadProgressed,
        UploadCompleted,
        UploadFailed,
    )
}


def to_json(event: Event) -> dict[str, Any]:
    """The event as a dict that `json.dumps` takes: its kind and its fields."""
    return {"kind": type(event).__name__, **asdict(event)}


def from_json(fields: dict[str, Any]) -> Event:
    """The event that `to_json` was given. Raises ValueError for anything else."""
    values = dict(fields)
    event = EVENTS.get(str(values.pop("kind", "")))
    if event is None:
        raise ValueError(f"no such event: {fields!r}")
    if event is ServerArmed:
        values["clients"] = tuple(values.get("clients", ()))
    try:
        return event(**values)
    except TypeError as error:
        raise ValueError(f"not an event: {fields!r}") from error
