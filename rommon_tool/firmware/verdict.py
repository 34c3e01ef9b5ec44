"""What a verification ends in: a verdict, the checks behind it, and the labels a device would print, each with its origin.

The one rule: no verdict says more than its checks prove. There is no "authentic".
"""

from dataclasses import dataclass
from typing import Literal

from rommon_tool.errors import ImageLayoutUnknown, ImageMismatch, ImageNotVerified
from rommon_tool.firmware.kinds import Recognised

Verdict = Literal["unreadable", "well-formed", "matches-pin", "signature-valid", "unverifiable", "mismatch", "conflict"]
Status = Literal["passed", "failed", "undecided", "skipped"]

_ERRORS: dict[Verdict, type[ImageNotVerified]] = {
    "mismatch": ImageMismatch,
    "conflict": ImageMismatch,
    "unreadable": ImageLayoutUnknown,
    "unverifiable": ImageNotVerified,
    "well-formed": ImageNotVerified,
}
# Names of the 5506-X family's signer, as two genuine images have them.
_ROMMON_SIGNER = {"OU": "NCS_Kenton_ASA", "O": "CiscoSystems"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `id` is a stable word: layout, kind, pin, signature, range."""

    id: str
    status: Status
    evidence: str


@dataclass(frozen=True, slots=True)
class Label:
    """A line as a device prints it. `origin` says where the value comes from.

    `covered` tells whether the bytes it was read from are among those that the signature is over; None where no signature
    was proved, or where the value was not read from the file.
    """

    name: str
    value: str
    origin: str
    covered: bool | None = None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that made the signature."""

    label: str
    fingerprint: str
    since: str


@dataclass(frozen=True, slots=True)
class Verification:
    """All that is known of an image file once it was verified.

    `sha512` is that of the whole file, in hexadecimal: compare it with what is served or copied, and it is the same file.
    `signed_sha512` is what a device prints as Computed Hash, known once a hashed range matched; `embedded_sha512` what
    was recovered from the signature with `key`. Both are empty where that is not known. `signer` is as written in the file.
    `missing` names what would decide, with the command that supplies it.
    """

    verdict: Verdict
    reason: str
    name: str
    image_bytes: int
    sha512: str
    recognised: Recognised
    checks: tuple[Check, ...]
    labels: tuple[Label, ...] = ()
    signer: str = ""
    serial: str = ""
    key_version: str = ""
    key: SigningKey | None = None
    matched_range: str = ""
    signed_sha512: str = ""
    embedded_sha512: str = ""
    has_operating_system: bool = False
    missing: str = ""

    @property
    def kind(self) -> str:
        return self.recognised.kind

    @property
    def version(self) -> str:
        return self.recognised.version

    @property
    def families(self) -> tuple[str, ...]:
        """The platforms that it is for, none if that is not known."""
        return self.recognised.families

    @property
    def is_proved(self) -> bool:
        """Whether a pin or a signature proved it: only such a file may be sent as firmware."""
        return self.verdict in ("matches-pin", "signature-valid")

    @property
    def exit_code(self) -> int:
        return {"mismatch": 30, "conflict": 30, "unreadable": 32}.get(self.verdict, 0 if self.is_proved else 31)

    def check(self) -> None:
        """Raise ImageMismatch, ImageLayoutUnknown or ImageNotVerified unless it is proved."""
        if not self.is_proved:
            raise self.error()

    def error(self) -> ImageNotVerified:
        """The verdict as an error, for whoever refuses such an image."""
        return _ERRORS[self.verdict](
            f"{self.name}: {self.verdict}: {self.reason}",
            seen=f"SHA-512 {self.sha512}" if self.sha512 else "",
            hint=self.missing,
            cause=self.verdict,
        )

    def rommon_objections(self) -> tuple[str, ...]:
        """Why this is no ROMMON firmware of a 5506-X family device or ISA 3000, whoever signed it; empty if nothing says so."""
        found = []
        if self.kind != "rommon-firmware":
            found.append(f"it is a {self.recognised.title}")
        if self.has_operating_system:
            found.append("it holds an operating system")
        names = signer_names(self.signer)
        for part, wanted in _ROMMON_SIGNER.items():
            if names.get(part) != wanted:
                found.append(f"its signer's {part} is {names.get(part, 'missing')!r}, not {wanted!r}")
        if self.key_version != "A":
            found.append(f"its key version is {self.key_version!r}, not 'A'")
        return tuple(found)


def signer_names(text: str) -> dict[str, str]:
    """`CN=a;OU=b;O=c` by its parts."""
    return dict(part.partition("=")[::2] for part in text.split(";") if "=" in part)
