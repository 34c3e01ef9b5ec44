"""The lines that a device prints of a signed image, with where each value comes from.

The one rule: a value that is not in the file and was not computed here is not printed as if it were.
"""

from datetime import UTC, datetime

from rommon_tool.firmware.container import Container
from rommon_tool.firmware.layout import HashedRange
from rommon_tool.firmware.verdict import Label, SigningKey, signer_names

_HASH_LINE_DIGITS = 32
#: What a device of this signer prints for the name of the signing system; it stands in no file.
_SHOWN_NAMES = {"NCS_Kenton_ASA": "abraxas"}


def hash_lines(digest: str) -> tuple[str, ...]:
    """A SHA-512 in four lines of 32 digits, as a device prints it."""
    return tuple(digest[place : place + _HASH_LINE_DIGITS] for place in range(0, len(digest), _HASH_LINE_DIGITS))


def labels(
    container: Container, key: SigningKey | None, embedded: str, computed: str, matched: HashedRange | None
) -> tuple[Label, ...]:
    """The labels of a file; `embedded` and `computed` are hexadecimal, empty where not known."""
    made = _Labels(container, matched)
    names = signer_names(container.text("signer_name"))
    shown = _SHOWN_NAMES.get(names.get("OU", ""))
    common = f"the device prints its own name for it, {shown!r}" if shown else ""
    recovered = f"recovered from the signature with the key {key.label}" if key else "needs the key that signed it"
    range_text = f"computed here over the range '{matched.id}'" if matched else "which bytes are hashed is not known"
    return (
        Label("Computed Hash SHA2", computed, range_text),
        Label("Embedded Hash SHA2", embedded, recovered),
        Label("Image type", "", "not in the file: a device tells it from the key"),
        made.of("Common Name", names.get("CN", ""), "signer_name", common),
        made.of("Organization Unit", names.get("OU", ""), "signer_name"),
        made.of("Organization Name", names.get("O", ""), "signer_name"),
        made.of("Certificate Serial Number", container.text("serial"), "serial", _reading(container.text("serial"))),
        Label("Hash Algorithm", "SHA2 512" if key else "", "recovered with the hash" if key else recovered),
        made.of("Signature Algorithm", f"{8 * len(container.value('signature'))}-bit RSA", "signature", "its length"),
        made.of("Key Version", container.text("key_version"), "key_version"),
    )


class _Labels:
    def __init__(self, container: Container, matched: HashedRange | None) -> None:
        self._container = container
        self._matched = matched

    def of(self, name: str, value: str, entry_name: str, note: str = "") -> Label:
        """A label that was read from the envelope."""
        entry = self._container.entries[entry_name]
        covered = self._container.is_covered(self._matched, entry.start, entry.end) if self._matched else None
        origin = f"written in the file at 0x{entry.start:X}{', ' + note if note else ''}"
        if covered is False:
            origin += "; not covered by the signature"
        elif covered is None:
            origin += "; unauthenticated"
        return Label(name, value, origin, covered)


def _reading(serial: str) -> str:
    """Serials of known files read as the time of signing. That is an observation, no fact to trust."""
    moment = datetime.fromtimestamp(int(serial, 16), tz=UTC)
    return f"reads as {moment:%Y-%m-%d %H:%M:%S} UTC"
