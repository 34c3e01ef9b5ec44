"""What may be expected of one recording, and names for the families that read much alike."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expected:
    """One recording.

    `tells`: the families that its text may be of, by banner or by prompt. `own`: counts that differ for one family.
    `groups`: what the named groups hold. `dumps`: the settings in the answer to each of these commands. `images`: names
    of images in it, and the families that each is for. `window_seconds`: where the countdown starts.
    """

    counts: dict[str, int]
    tells: tuple[str, ...] = ()
    own: dict[str, dict[str, int]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dumps: tuple[tuple[str, dict[str, str]], ...] = ()
    images: dict[str, tuple[str, ...]] = field(default_factory=dict)
    netbooted: bool = False
    window_seconds: int = 0

    def counts_of(self, family: str) -> dict[str, int]:
        """What this family's values see; a count of 0 is one that is not there."""
        return {path: count for path, count in (self.counts | self.own.get(family, {})).items() if count}


# Without a banner a text is of every family with its prompt; an image may be made for several.
CLASSIC = ("asa5500", "asa5500x", "asa5505", "asasm")
KENTON = ("asa5506x", "fpr1000", "fpr2100", "fpr3100", "isa3000")
K8 = ("asa5500", "asa5505")
SMP = ("asa5500", "asa5500x", "asasm")
LFBFF = ("asa5506x", "isa3000")
