"""What went over the wire, and why a transfer failed: packets recorded, read back, and judged.

The one rule: the server knows nothing of this, and this nothing of the server but its events and how packets are read.

    capture, pcap       a file of packets, any tool's or our own      -> sightings
    sightings           one frame, as far as it tells something
    story               all of them together: who asked, who answered, how far it went
    lan_rules, transfer_rules, verdict                                -> findings
    recording, recorder, keeping    an own pcap of a run, in a process of its own
"""

from tftp.diagnosis.findings import Expected, Finding
from tftp.diagnosis.verdict import diagnosed

__all__ = ["Expected", "Finding", "diagnosed"]
