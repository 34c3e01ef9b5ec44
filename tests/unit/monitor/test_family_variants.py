"""What a sister device or another version of a monitor is known to say differently, for each family that may meet it."""

import pytest
from played_line import played

from platforms import access_point, load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import DownloadStarted, LaunchStarted, MonitorEntered, Pinged
from serial_console.errors import PingFailed
from serial_console.recognition import state_of

CLASSIC = ("asa5500", "asa5500x", "asa5505", "asasm")
KENTON = ("asa5506x", "isa3000", "fpr1000", "fpr2100", "fpr3100")
# Documented: Cisco's guide, the second one for the ASA Services Module.
PORT_BLOCKS = ("Link is UP\n< MAC Address: 0012.d949.15b8", "MAC Address: 0024.14a1.abe7\n< Link is UP")


def at_prompt(family: str, answer: str) -> BootMonitor:
    """A monitor that answers a ping so."""
    line = played(f"> ping 10.0.0.2\n< {answer}\n< rommon 8 > \\")
    return BootMonitor(line, load_platform(family))


@pytest.mark.parametrize("family", KENTON)
@pytest.mark.parametrize(
    ("said", "percent"),
    [
        ("Success rate is 100 percent (20/20)", 100),
        ("Success rate is 95 percent (19/20)", 95),
        # automation: firepower-kickstart, Secure Firewall 4200.
        ("5 packets transmitted, 5 received, 0% packet loss, time 4005ms", 100),
        ("5 packets transmitted, 4 packets received, 20% packet loss", 80),
    ],
)
def test_a_ping_succeeds_in_either_form(family: str, said: str, percent: int) -> None:
    monitor = at_prompt(family, said)
    assert monitor.ping("10.0.0.2") == Pinged(percent)


@pytest.mark.parametrize("family", KENTON)
@pytest.mark.parametrize(
    "said", ["Success rate is 0 percent (0/20)", "5 packets transmitted, 0 received, 100% packet loss"]
)
def test_a_ping_without_an_echo_fails_in_either_form(family: str, said: str) -> None:
    monitor = at_prompt(family, said)
    with pytest.raises(PingFailed):
        monitor.ping("10.0.0.2")


@pytest.mark.parametrize("family", CLASSIC)
@pytest.mark.parametrize(
    "said",
    ["Launching TFTP Image...", "Cisco ASA Security Appliance admin loader (3.0) #0: Mon Mar 5 16:00:07 MST 2016"],
)
def test_either_line_of_the_launch_tells_it(family: str, said: str) -> None:
    start = "< tftp asa961-smp-k8.bin@10.86.118.21 via 10.86.118.21\n"
    line = played(f"> tftpdnld\n{start}< \\{{!*40}}\n< {said}\n< Loading...")
    events = list(BootMonitor(line, load_platform(family)).download().run())
    assert any(isinstance(event, DownloadStarted) for event in events)
    assert isinstance(events[-1], LaunchStarted)
    assert line.typed == b"tftpdnld\r"


@pytest.mark.parametrize("family", CLASSIC)
@pytest.mark.parametrize("block", PORT_BLOCKS)
@pytest.mark.parametrize("bytewise", [False, True])
def test_the_port_s_block_may_come_in_either_order(family: str, block: str, *, bytewise: bool) -> None:
    stopped = "< Use BREAK or ESC to interrupt boot.\n>! \\e\n< Boot interrupted.\n"
    text = f"{stopped}< Ethernet0/0\n< {block}\n< Use ? for help.\n< rommon #0> \\"
    events = list(BootMonitor(played(text, bytewise=bytewise), load_platform(family)).entry().run(5))
    assert isinstance(events[-1], MonitorEntered)
    assert not events[-1].link_is_down


@pytest.mark.parametrize("family", KENTON)
@pytest.mark.parametrize("prompt", ["rommon 2 > ", "rommon 2> ", "rommon 12 >"])
def test_a_prompt_is_known_with_and_without_its_blanks(family: str, prompt: str) -> None:
    """Cisco's own samples print both."""
    events = list(BootMonitor(played(f"< {prompt}\\"), load_platform(family)).entry().run(5))
    assert isinstance(events[-1], MonitorEntered)


@pytest.mark.parametrize("pager", [b"-- MORE --", b"--MORE--", b"-- More --", b"--- more ---"])
def test_the_pager_of_an_access_point_is_known_in_any_case(pager: bytes) -> None:
    assert access_point().pager.search(b"\r\n " + pager)


@pytest.mark.parametrize(
    "text",
    [
        b"rommon #9> tftpdnld\r\nClearing EOBC receive queue ...\r\ncmostime_set = 1\r\n",
        b"tftp asa961-smp-k8.bin@10.86.118.21 via 10.86.118.21\r\nStarting download. Press ESC to abort.\r\n",
    ],
)
def test_a_module_s_download_is_no_window_for_an_esc(text: bytes) -> None:
    found = state_of(text)
    assert found is not None
    assert found.state.name == "downloading"
