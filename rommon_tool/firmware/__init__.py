"""Image files: what they are, and what can be said of them offline. Bytes in, verdict out.

    from rommon_tool import firmware

    found = firmware.verify("asa5500-firmware-1108.SPA", firmware.load_anchors(sha512="…"))
    found.verdict, found.reason, found.kind, found.version, found.families, found.sha512
    found.check()               # raises ImageMismatch (30), ImageNotVerified (31) or ImageLayoutUnknown (32) unless proved
    found.rommon_objections()   # () for ROMMON firmware: a signed operating system is none
    found.signed_sha512         # what a device prints as Computed Hash, where the hashed range is known; else empty
    found.embedded_sha512       # what a device prints as Embedded Hash, where the key is known; else empty

The one rule: nothing here talks to a device, and nothing here says more than it proved.
"""

from rommon_tool.firmware.anchors import Anchors, default_anchors, load_anchors
from rommon_tool.firmware.hashing import OnProgress
from rommon_tool.firmware.kinds import Recognised, recognise
from rommon_tool.firmware.verdict import Check, Label, SigningKey, Verdict, Verification
from rommon_tool.firmware.verification import verify

__all__ = [
    "Anchors",
    "Check",
    "Label",
    "OnProgress",
    "Recognised",
    "SigningKey",
    "Verdict",
    "Verification",
    "default_anchors",
    "load_anchors",
    "recognise",
    "verify",
]
