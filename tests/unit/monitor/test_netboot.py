"""The download and the launch: followed to the end, complained about by name, and never typed into."""

import pytest
from played_line import PlayedLine, Script, played
from simulated_line import SimulatedLine

from platforms import load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import Booted, DownloadFinished, DownloadMarked, LaunchStarted
from serial_console.errors import (
    BootNotProved,
    CommandRefused,
    ConsoleError,
    ConsoleLost,
    DownloadTimedOut,
    EraseQuestion,
    FileNotFound,
    ImageRefused,
    LinkDown,
    NetbootFailed,
    RebootedInTransfer,
    UnexpectedState,
)

STARTED = "> tftpdnld\n< tftp asa961-smp-k8.bin@10.86.118.21 via 10.86.118.21\n"


def downloaded(text: str, family: str = "asa5500x", *, bytewise: bool = False) -> tuple[PlayedLine, list[object]]:
    line = played(text, bytewise=bytewise)
    return line, list(BootMonitor(line, load_platform(family)).download().run())


def booted(text: str, family: str = "asa5506x", *, bytewise: bool = False) -> tuple[PlayedLine, Booted]:
    line = played(text, bytewise=bytewise)
    events = list(BootMonitor(line, load_platform(family)).watch_boot())
    last = events[-1]
    assert isinstance(last, Booted)
    return line, last


@pytest.mark.parametrize("bytewise", [False, True])
def test_marks_are_counted_the_size_is_read_and_nothing_is_typed(*, bytewise: bool) -> None:
    # Documented: the chapter's step 8, with the marks that its text leaves out.
    line, events = downloaded(
        STARTED + "< \\{!*300}\n< \n< Received 14450688 bytes\n< \n< Launching TFTP Image...\n", bytewise=bytewise
    )
    assert [event.marks for event in events if isinstance(event, DownloadMarked)][-1] == 300
    assert [event.image_bytes for event in events if isinstance(event, DownloadFinished)] == [14450688]
    assert isinstance(events[-1], LaunchStarted)
    assert line.typed == b"tftpdnld\r"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("< TFTP error: File not found\n< rommon #9>\\", FileNotFound),  # automation: kick waits for `File not found`
        ("< Link is DOWN\n< rommon #9>\\", LinkDown),  # captured: IPS 4240
        ("< TFTP failure: Packet verify failed after 20 retries\n< rommon #9>\\", DownloadTimedOut),  # recalled
        ("< Image signature verification failed\n< rommon #9>\\", ImageRefused),  # invented
        ("< This is an ASA image and cannot be loaded on a PIX platform\n< rommon #9>\\", ImageRefused),  # automation
        ("< Cisco Systems ROMMON Version (2.1(9)8) #1: Wed Oct 26\n", RebootedInTransfer),  # captured
        ("< Something that nobody has seen before\n< rommon #9>\\", NetbootFailed),
        ("< !!!!!\n! lost", ConsoleLost),
        ("< Overwrite (y/n)\\\n~ 60", UnexpectedState),  # automation: kick, 5585-X
    ],
)
@pytest.mark.parametrize("bytewise", [False, True])
def test_each_complaint_is_told_by_its_name(said: str, error: type[ConsoleError], *, bytewise: bool) -> None:
    with pytest.raises(error) as told:
        downloaded(STARTED + said, bytewise=bytewise)
    assert told.value.hint


def test_what_the_device_said_before_it_gave_up_is_told() -> None:
    with pytest.raises(NetbootFailed) as told:
        downloaded(STARTED + "< Frobnication failure 7\n< rommon #9>\\")
    assert "Frobnication failure 7" in told.value.seen


def test_a_monitor_that_does_not_know_the_command_is_not_waited_for() -> None:
    with pytest.raises(CommandRefused):
        downloaded("> tftpdnld\n< Invalid or incorrect command.  Use 'help' for help.\n< rommon #2>\\")


def test_a_download_that_stands_still_is_given_up_after_the_familys_patience() -> None:
    line = played(STARTED + "< !!!!\\\n~ 10000")
    with pytest.raises(DownloadTimedOut, match=r"for 12\d s"):
        list(BootMonitor(line, load_platform("asa5500x")).download().run())


def test_a_download_that_only_the_server_sees_move_is_not_given_up() -> None:
    line = played(STARTED + "~ 1000\n< Launching TFTP Image...\n")
    download = BootMonitor(line, load_platform("asa5500x")).download()
    events = []
    for event in download.run():
        events.append(event)
        download.heard_from_server()
    assert isinstance(events[-1], LaunchStarted)


@pytest.mark.parametrize("family", ["asa5500x", "asa5506x"])
def test_the_variables_that_the_download_prints_are_no_complaint(family: str) -> None:
    # Documented: the chapter prints LINKTIMEOUT and PKTTIMEOUT there; captured: the FPR-1010 prints PKTTIMEOUT.
    block = "< ROMMON Variable Settings:\n<   LINKTIMEOUT=20\n<   PKTTIMEOUT=4\n<           PKTTIMEOUT: 7200\n<            RETRY: 40\n"
    end = {"asa5500x": "< Launching TFTP Image...\n", "asa5506x": "< LFBFF signature verified.\n"}[family]
    _, events = downloaded("> tftpdnld\n" + block + end, family)
    assert isinstance(events[-1], LaunchStarted)


BOOT = (
    "< INIT: version 2.88 booting\n< Cisco Adaptive Security Appliance Software Version 9.8(4)22\n"
    "< INFO: Power-On Self-Test complete.\n< Type help or '?' for a list of available commands.\n< ciscoasa>\\\n"
)
VERSION = (
    "> show version\n< \n< Cisco Adaptive Security Appliance Software Version 9.8(4)22\n"
    '< System image file is "Unknown, monitor mode tftp booted image"\n'
)


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_prompt_and_show_version_prove_the_boot(*, bytewise: bool) -> None:
    line, result = booted(BOOT + VERSION + "< ciscoasa>\\", bytewise=bytewise)
    assert result == Booted("9.8(4)22", "Unknown, monitor mode tftp booted image", "prompt")
    assert line.typed == b"show version\r"


@pytest.mark.parametrize(
    ("end", "proof"),
    [
        ("< Username: \\", "login"),
        ("< ciscoasa login: \\", "login"),
        ("< Pre-configure Firewall now through interactive prompts [yes]? \\", "question"),
    ],
)
def test_a_login_or_the_setup_wizard_proves_the_boot_and_is_left_unanswered(end: str, proof: str) -> None:
    line, result = booted(BOOT.replace("< ciscoasa>\\\n", "") + end)
    assert (result.version, result.proof) == ("9.8(4)22", proof)
    assert line.typed == b""


@pytest.mark.parametrize("family", ["asa5500x", "asa5506x"])
def test_only_enter_and_show_version_are_typed_at_a_device_that_has_booted(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?state=booted")
    monitor = BootMonitor(line, load_platform(family))
    line.send(b"\r")
    for event in monitor.watch_boot():
        last = event
    assert isinstance(last, Booted)
    assert last.image_file.startswith("disk0:")
    assert line.typed().replace(b"show version\r", b"").strip(b"\r") == b""


def test_a_log_line_behind_the_prompt_is_followed_by_an_enter_and_not_by_a_wait_for_ever() -> None:
    line = SimulatedLine("sim://asa5506x?state=booted&fault=syslog")
    line.send(b"\r")
    *_, last = BootMonitor(line, load_platform("asa5506x")).watch_boot()
    assert isinstance(last, Booted)


ERASE = "Permanently erase 'disk0:'? "  # captured: a 5506-X with password recovery disabled


@pytest.mark.parametrize(
    "question", [ERASE, "All files will be erased. Continue? [confirm]", "Reformat disk0 now? (y/n) "]
)
def test_a_question_whether_to_erase_is_neither_answered_nor_taken_for_a_boot(question: str) -> None:
    line = played(BOOT.replace("< ciscoasa>\\\n", "") + f"< {question}\\")
    with pytest.raises(EraseQuestion):
        list(BootMonitor(line, load_platform("asa5506x")).watch_boot())
    assert line.typed == b""


@pytest.mark.parametrize(
    "shown",
    [
        "< grub>\\\n> show version\n< error: unknown command\n< grub>\\\n" * 3,
        "< bash-4.2#\\\n> show version\n< bash: show: command not found\n< bash-4.2#\\\n" * 3,
        "< localhost login: \\",
        "< Try the other image instead? \\",
        "< Located 'asa941-lfbff-k8.SPA' @ cluster 105477.\n",
        '< Attempt autoboot: "boot disk0:/asa941-lfbff-k8.SPA"\n' + BOOT,
    ],
    ids=["grub", "shell", "another login", "another question", "flash located", "flash booted"],
)
def test_what_has_not_shown_that_it_is_the_image_is_no_proof(shown: str) -> None:
    line = PlayedLine(Script.read("< INIT: version 2.88 booting\n" + shown.replace("#\\\n< bash", "#\n< bash")))
    with pytest.raises(BootNotProved):
        list(BootMonitor(line, load_platform("asa5506x")).watch_boot())
    assert line.typed.replace(b"show version", b"").strip(b"\r") == b""


@pytest.mark.parametrize("question", [ERASE, "Delete old image from disk0? [confirm]"])
def test_a_question_that_comes_with_show_version_gets_no_key(question: str) -> None:
    line = played(BOOT + f"> show version\n< {question}\\\n~ 60")
    with pytest.raises(EraseQuestion):
        list(BootMonitor(line, load_platform("asa5506x")).watch_boot())
    assert line.typed == b"show version\r"


def test_a_question_behind_a_pager_gets_no_enter() -> None:
    line = played(BOOT + "> show version\n< <--- More --->\n< Erase disk0? [confirm]\\\n~ 60")
    with pytest.raises(EraseQuestion):
        list(BootMonitor(line, load_platform("asa5506x")).watch_boot())
    assert line.typed == b"show version\r"


def test_a_show_version_that_comes_late_is_waited_for() -> None:
    # The prompt is printed once more before the answer; the command is typed again, and its own answer counts.
    flash = VERSION.replace("Unknown, monitor mode tftp booted image", "disk0:/old.SPA")
    _, result = booted(BOOT + "> show version\n< ciscoasa>\\\n" + flash + "< ciscoasa>\\")
    assert result.image_file == "disk0:/old.SPA"


def test_a_question_that_a_log_line_hides_is_left_unanswered() -> None:
    log = "< %ASA-5-111008: User 'enable_15' executed the 'x' command.\n~ 1000"
    line, result = booted(
        BOOT.replace("< ciscoasa>\\\n", "")
        + "< Pre-configure Firewall now through interactive prompts [yes]?\\s\\\n~ 0.2\n<\n"
        + log
    )
    assert result.proof == "question"
    assert line.typed == b""


def test_no_enter_is_typed_ahead_into_a_boot_that_is_silent_for_a_while() -> None:
    quiet = BOOT.replace("< ciscoasa>\\\n", "") + "~ 120\n"
    line, result = booted(quiet + "< Pre-configure Firewall now through interactive prompts [yes]? \\")
    assert result.proof == "question"
    assert line.typed == b""


def test_a_prompt_that_noise_has_garbled_is_asked_for_again() -> None:
    line, result = booted(
        BOOT.replace("< ciscoasa>", '< ciscoasa>"') + "> \n< \n< ciscoasa>\\\n" + VERSION + "< ciscoasa>\\"
    )
    assert result.version == "9.8(4)22"
    assert line.typed == b"\rshow version\r"


@pytest.mark.parametrize(
    "text",
    ["< Cisco Systems ROMMON, Version 1.1.18, RELEASE SOFTWARE\n", "< rommon 1 >\\"],
    ids=["banner", "prompt"],
)
def test_a_device_that_falls_back_to_its_monitor_has_not_booted(text: str) -> None:
    with pytest.raises(BootNotProved):
        booted("< INIT: version 2.88 booting\n" + text)


def test_a_launch_that_hangs_is_given_up_and_nothing_was_typed() -> None:
    line = played("< INIT: version 2.88 booting\n~ 100000")
    with pytest.raises(BootNotProved, match="silent"):
        list(BootMonitor(line, load_platform("asa5506x")).watch_boot())
    assert line.typed == b""
    assert 900 <= line.seconds() < 1000


def test_boot_text_that_looks_like_a_question_or_prompt_in_passing_is_neither() -> None:
    line, result = booted(
        "< continue? yes\n< loading [confirm] stage\n" + BOOT + VERSION + "< ciscoasa>\\", bytewise=True
    )
    assert result.proof == "prompt"
    assert line.typed == b"show version\r"
