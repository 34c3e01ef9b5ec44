"""Verify an image file: bytes in, verdict out. Nothing is sent, nothing is written.

The one rule: `conflict` and `mismatch` beat everything; else the strongest verdict that holds is given.
"""

from dataclasses import dataclass, field, replace
from os.path import basename
from pathlib import Path

from rommon_tool.firmware.anchors import Anchors, default_anchors
from rommon_tool.firmware.container import Container, NotThisLayout, parse
from rommon_tool.firmware.hashing import Digests, OnProgress, digests, nothing
from rommon_tool.firmware.keys import TrustedKey
from rommon_tool.firmware.kinds import HEAD_BYTES, Recognised, recognise
from rommon_tool.firmware.labels import labels
from rommon_tool.firmware.layout import HashedRange, lfbff
from rommon_tool.firmware.pins import PinSource, signed_pin
from rommon_tool.firmware.signature import is_signed, recovered_digest
from rommon_tool.firmware.source import Source, opened
from rommon_tool.firmware.verdict import Check, SigningKey, Status, Verdict, Verification

PIN_COMMAND = (
    "`rommon verify FILE --sha512 HEX` with the SHA-512 of Cisco's download page, or --bulk-hash with Cisco's list"
)


def verify(
    path: str | Path, anchors: Anchors | None = None, *, name: str = "", on_progress: OnProgress = nothing
) -> Verification:
    """Verify one file against the anchors, by default against the trusted keys alone.

    >>> found = verify("asa5500-firmware-1108.SPA", load_anchors(sha512="…"))
    >>> found.check()                   # raises unless a pin or signature proved it
    >>> found.rommon_objections()       # () for ROMMON firmware
    >>> found.sha512                    # compare with what is copied or served: then it is this very file

    `name` is the file's name where the path has another. The file must be regular and no link (resolve one first).
    Raises ImageMissing, and ImageChanged if the file is being written to; whatever its bytes are becomes a verdict.
    """
    anchors = default_anchors() if anchors is None else anchors
    name = name or basename(path)  # noqa: PTH119 - of either kind of path
    with opened(Path(path)) as source:
        return _Examination(source, name, anchors, on_progress).verification()


@dataclass(slots=True)
class _Findings:
    """The checks so far, and who said yes or no."""

    checks: list[Check] = field(default_factory=list)
    yes: list[str] = field(default_factory=list)
    no: list[str] = field(default_factory=list)

    def add(self, what: str, status: Status, evidence: str) -> None:
        self.checks.append(Check(what, status, evidence))

    def vote(self, what: str, *, says_yes: bool, evidence: str) -> None:
        """A check of an anchor: its word decides."""
        self.add(what, "passed" if says_yes else "failed", evidence)
        (self.yes if says_yes else self.no).append(evidence)


@dataclass(frozen=True, slots=True)
class _Signed:
    """What the signature gave: the key it is of, the digest in it, and the range that has this digest, if one has."""

    key: TrustedKey
    embedded: bytes
    matched: HashedRange | None = None


class _Examination:
    """One file, looked at once."""

    def __init__(self, source: Source, name: str, anchors: Anchors, on_progress: OnProgress) -> None:
        self._source = source
        self._name = name
        self._anchors = anchors
        self._on_progress = on_progress
        self._findings = _Findings()
        self._missing = ""
        self._undecided = ""
        self._broken: NotThisLayout | None = None
        self._listed_as = ""

    def verification(self) -> Verification:
        head = self._source.read(0, HEAD_BYTES)
        container = self._parsed()
        recognised = recognise(self._name, head, container)
        self._note_kind(recognised)
        signed = self._signature(container, recognised) if container else None
        found = self._hashed(container, signed)
        if container and signed:
            signed = self._matched(container, signed, found)
        for pins in self._anchors.pins:
            self._pinned(pins, found.sha512, signed)
        if self._listed_as:
            recognised = replace(recognise(self._listed_as, head, container), disagreement=self._listed_otherwise())
        verdict, reason = self._verdict(recognised, signed)
        return self._result((verdict, reason), found, recognised, container, signed)

    def _parsed(self) -> Container | None:
        try:
            container = parse(self._source)
        except NotThisLayout as broken:
            self._broken = broken
            self._findings.add("layout", "failed", f"{broken.reason}, at offset 0x{broken.offset:X}")
            return None
        self._findings.add("layout", "passed", f"LFBFF, {len(container.objects)} objects, every length adds up")
        return container

    def _note_kind(self, recognised: Recognised) -> None:
        told = ", ".join(filter(None, (recognised.title, recognised.version)))
        status: Status = "failed" if recognised.disagreement else "passed"
        self._findings.add(
            "kind", "undecided" if recognised.kind == "unknown" else status, recognised.disagreement or told
        )

    # ---- the signature

    def _signature(self, container: Container, recognised: Recognised) -> _Signed | None:
        """Which trusted key made the signature. A key for other families is no key for this file."""
        keys = [key for key in self._anchors.keys if self._anchors.asked_keys or key.is_for(recognised.families)]
        signature = container.value("signature")
        for key in keys:
            embedded = recovered_digest(signature, key)
            if embedded is not None:
                self._findings.add("signature", "passed", f"made by {_named(key)}, over {embedded.hex()}")
                return _Signed(key, embedded)
        tried = ", ".join(key.label for key in keys)
        evidence = f"not signed by a key you trust (tried: {tried})" if tried else "no key for this family is trusted"
        if self._anchors.asked_keys:
            self._findings.vote("signature", says_yes=False, evidence=evidence)
        else:
            self._findings.add("signature", "undecided" if tried else "skipped", evidence)
        if tried:
            self._undecided = evidence
        self._missing = f"--key PEM with the key that signed it, or {PIN_COMMAND}"
        return None

    def _hashed(self, container: Container | None, signed: _Signed | None) -> Digests:
        prefixes = {}
        if container and signed:
            wanted = [it for it in lfbff().range if signed.key.proved_range in ("", it.id)]
            prefixes = {it.id: container.prefix(it) for it in wanted}
        payload = container.places["payload"] if container else 0
        if self._source.size > lfbff().limits.file_bytes and not self._anchors.pins:
            return Digests("")  # reading it would take long, and tell nothing
        return digests(self._source, prefixes, payload, self._on_progress)

    def _matched(self, container: Container, signed: _Signed, found: Digests) -> _Signed:
        signature = container.value("signature")
        for candidate in lfbff().range:
            digest = found.ranges.get(candidate.id)
            if digest is not None and is_signed(signature, digest, signed.key):
                evidence = f"signed by {_named(signed.key)}, over the range '{candidate.id}'"
                self._findings.vote("range", says_yes=True, evidence=evidence)
                return _Signed(signed.key, signed.embedded, candidate)
        if signed.key.proved_range:
            computed = found.ranges[signed.key.proved_range].hex()
            evidence = f"the signed digest is {signed.embedded.hex()}, and the file's is {computed}"
            self._findings.vote("range", says_yes=False, evidence=evidence)
            return signed
        self._undecided = (
            "the signature is of a trusted key, but which bytes it covers is not known (hashed range unknown)"
        )
        self._missing = f"{PIN_COMMAND}; `--calibrate` on a file known to be genuine settles the range"
        self._findings.add("range", "undecided", f"none of {len(found.ranges)} candidates has the signed digest")
        return signed

    # ---- the pins

    def _pinned(self, source: PinSource, sha512: str, signed: _Signed | None) -> None:
        entries = list(source.listed(self._name, sha512))
        if signed and any(entry.sha512 == signed.embedded.hex() != sha512 for entry in entries):
            raise signed_pin(source.source, "it is the digest that was recovered from this file's signature")
        named = [entry for entry in entries if entry.name in ("", self._name)]
        same = [entry for entry in named or entries if entry.sha512 == sha512]
        if same:
            other = "" if named else f", under the name {same[0].name}"
            self._listed_as = self._listed_as if named else same[0].name
            self._findings.vote("pin", says_yes=True, evidence=f"{source.source} lists exactly these bytes{other}")
        elif named:
            evidence = f"{source.source} says {named[0].sha512}, and the file's SHA-512 is {sha512}"
            self._findings.vote("pin", says_yes=False, evidence=evidence)
        else:
            self._findings.add("pin", "undecided", f"{source.source} lists neither this name nor these bytes")
            self._missing = self._missing or PIN_COMMAND

    def _listed_otherwise(self) -> str:
        """A list that knows the bytes knows their name, too: kind and version are those of that name."""
        return f"the file is called {self._name}, and these bytes are listed as {self._listed_as}"

    # ---- the end

    def _verdict(self, recognised: Recognised, signed: _Signed | None) -> tuple[Verdict, str]:
        findings = self._findings
        if findings.no:
            both = f"{findings.no[0]}; but {findings.yes[0]}" if findings.yes else findings.no[0]
            return ("conflict" if findings.yes else "mismatch"), both
        if signed and signed.matched:
            return "signature-valid", f"signed by {_named(signed.key)}, trusted since {signed.key.since}"
        if findings.yes:
            return "matches-pin", findings.yes[0]
        if self._broken is not None:
            return self._without_layout(recognised, self._broken)
        if self._undecided:
            return "unverifiable", self._undecided
        return "well-formed", "the structure adds up; no key or pin was there to check it with"

    def _without_layout(self, recognised: Recognised, broken: NotThisLayout) -> tuple[Verdict, str]:
        self._missing = self._missing or PIN_COMMAND
        if recognised.kind in (
            "asa-smp",
            "asa-classic",
            "firepower-package",
            "fxos-bundle",
            "asdm",
            "access-point-tar",
        ):
            return "unverifiable", f"a {recognised.title} carries no signature that can be read here"
        return "unreadable", f"{broken.reason}, at offset 0x{broken.offset:X}"

    def _result(
        self,
        ended: tuple[Verdict, str],
        found: Digests,
        recognised: Recognised,
        container: Container | None,
        signed: _Signed | None,
    ) -> Verification:
        key = SigningKey(signed.key.label, signed.key.fingerprint, signed.key.since) if signed else None
        matched = signed.matched if signed else None
        computed = found.ranges[matched.id].hex() if matched else ""
        embedded = signed.embedded.hex() if signed else ""
        return Verification(
            *ended,
            self._name,
            self._source.size,
            found.sha512,
            recognised,
            tuple(self._findings.checks),
            labels=labels(container, key, embedded, computed, matched) if container else (),
            signer=container.text("signer_name") if container else "",
            serial=container.text("serial") if container else "",
            key_version=container.text("key_version") if container else "",
            key=key,
            matched_range=matched.id if matched else "",
            signed_sha512=computed,
            embedded_sha512=embedded,
            has_operating_system=container.has_operating_system if container else False,
            missing="" if ended[0] in ("matches-pin", "signature-valid") else self._missing or PIN_COMMAND,
        )


def _named(key: TrustedKey) -> str:
    return f"the key {key.label}, fingerprint {key.fingerprint}"
