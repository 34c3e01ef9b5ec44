"""The guidelines of the chapter "Software and Configurations" that no single line shows.

The one rule: each is a finding of effect `note`; it tells of a step to take and not of a line that would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade.configuration import Configuration
from rommon_tool.downgrade.findings import Confidence, DowngradeFinding
from rommon_tool.downgrade.models import Model

_CHAPTER: Final = 'Cisco ASA general operations guide, chapter "Software and Configurations"'
_CLUSTER: Final = r"^cluster group \S+"
_V = AsaVersion


def guidelines(
    configuration: Configuration, target: AsaVersion, own: AsaVersion | None, model: Model | None
) -> Iterator[DowngradeFinding]:
    """What applies to this way down. Where the version is not known that the device comes from, it may be any."""
    crosses = _crossing(own, target)
    if configuration.has(_CLUSTER):
        yield from _of_clusters(crosses)
    if configuration.has(r"^failover$") and configuration.has(r"^crypto map \S+ interface "):
        yield _note(
            "guide-failover-vpn",
            "the standby unit may lack the cipher suite of tunnels that were replicated to it: disconnect the VPN "
            "and connect it again",
        )
    if model is not None and model.name == "ASAv" and crosses(_V(9, 5, 2, 200)):
        yield _note(
            "guide-asav-licence",
            "the ASAv does not keep its licence registration: `license smart register idtoken TOKEN force` afterwards",
        )
    if crosses(_V(8, 3)) and configuration.has(r"^access-list|^ *nat \("):
        yield _note(
            "guide-8.3-migration",
            "8.3 rewrote NAT and put real addresses into access lists: take the configuration that 8.3 saved as "
            "OLDVERSION_startup_cfg.sav",
        )
    if crosses(_V(9, 0)) and configuration.has(r"^access-list .*\bany\b"):
        yield _note(
            "guide-any",
            "`any` in access lists means IPv4 and IPv6 from 9.0 on, and IPv4 alone before",
            source="Cisco ASA 9.1 Firewall CLI Configuration Guide",
        )
    if any("*****" in line.text for line in configuration.lines):
        yield _note(
            "guide-masked",
            "this text shows keys as *****: for a configuration to restore, take `more system:running-config`",
            source="Seen in running configurations of several versions",
            confidence="captured",
        )


def _of_clusters(crosses: Callable[[AsaVersion], bool]) -> Iterator[DowngradeFinding]:
    yield _note("guide-cluster", "there is no official downgrade of a cluster without downtime")
    if crosses(_V(9, 5, 2)):
        yield _note(
            "guide-cluster-9.5",
            "CSCuv82933: reload all units at about the same time; one by one they can't form a cluster again",
        )
    if crosses(_V(9, 2, 1)):
        yield _note("guide-cluster-9.2", "from 9.2(1) or later to 9.1 or earlier the cluster has a downtime")


def _crossing(own: AsaVersion | None, target: AsaVersion) -> Callable[[AsaVersion], bool]:
    """Whether the way down leads from a version or later to before it."""
    return lambda gate: target < gate and (own is None or own >= gate)


def _note(rule: str, what: str, *, source: str = _CHAPTER, confidence: Confidence = "documented") -> DowngradeFinding:
    return DowngradeFinding(0, "", rule, "note", what, confidence, source)
