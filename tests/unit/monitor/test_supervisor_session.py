"""Through a Catalyst's supervisor to its module. The supervisor is judged by every byte that it was sent."""

from collections.abc import Callable, Iterator

import pytest
from played_line import PlayedLine, played
from simulated_line import SimulatedLine

from platforms import load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.entry import Entry
from serial_console.boot_monitor.events import EntryEvent, PowerCycleWanted, SessionOpened
from serial_console.boot_monitor.launch import watch_boot
from serial_console.errors import (
    AlreadyBooted,
    BootNotProved,
    BreakInMissed,
    CommandRefused,
    SessionClosed,
    SessionRefused,
    UnexpectedState,
)

MODULE = load_platform("asasm")
COMMAND = "session slot 3 processor 1"
OPEN = """
< The default escape character is Ctrl-^, then x.
< You can also type 'exit' at the remote prompt to end the session
< Trying 127.0.0.31 ... Open
"""


def opened(line: SimulatedLine | PlayedLine, command: str = COMMAND) -> SessionOpened:
    return BootMonitor(line, MODULE).open_session(command)


def refusal(line: SimulatedLine) -> UnexpectedState | None:
    try:
        opened(line)
    except UnexpectedState as error:
        return error
    return None


def events_of(entry: Entry, seconds: float, wanted: Callable[[], None] = lambda: None) -> Iterator[EntryEvent]:
    """What an entry yields; `wanted` is done whenever the power cycle is asked for."""
    for event in entry.run(seconds):
        if isinstance(event, PowerCycleWanted):
            wanted()
        yield event


def typed(line: PlayedLine) -> bytes:
    return line.typed.replace(b"\b", b"")


# --- a simulated Catalyst -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [COMMAND, "service-module session slot 3"])
@pytest.mark.parametrize("state", ["cold", "monitor", "window"])
def test_a_module_is_reached_and_the_supervisor_gets_the_session_command_alone(state: str, command: str) -> None:
    line = SimulatedLine(f"sim://asasm?session=closed&state={state}")
    monitor = BootMonitor(line, MODULE)
    assert monitor.open_session(command) == SessionOpened(command)
    monitor.enter(60)
    assert line.device.state == "monitor"
    assert line.typed("supervisor").lstrip(b"\r") == f"{command}\r".encode()
    assert line.typed("supervisor").count(b"\r") <= 2


@pytest.mark.parametrize("state", ["cold", "monitor", "window", "booted"])
def test_in_the_module_s_session_already_no_command_is_typed(state: str) -> None:
    line = SimulatedLine(f"sim://asasm?session=open&state={state}&flash=old")
    assert opened(line) == SessionOpened("")
    assert line.typed() in {b"", b"\r"}


def test_a_slot_without_a_module_is_named_and_nothing_more_is_typed() -> None:
    line = SimulatedLine("sim://asasm?session=closed&state=monitor")
    with pytest.raises(SessionRefused) as told:
        opened(line, "session slot 5 processor 1")
    assert told.value.seen == "% Connection refused by remote host"
    assert "show module" in told.value.hint
    assert line.typed("supervisor").lstrip(b"\r") == b"session slot 5 processor 1\r"


@pytest.mark.parametrize("seed", range(12))
def test_a_supervisor_in_other_words_ends_in_a_named_state(seed: int) -> None:
    line = SimulatedLine(f"sim://asasm?session=closed&state=monitor&fault=reworded:{seed}")
    error = refusal(line)
    assert error is None or (error.seen and error.hint)
    assert line.typed("supervisor").lstrip(b"\r") in {b"", f"{COMMAND}\r".encode()}


# --- what else a console may show ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bytewise", [False, True])
@pytest.mark.parametrize("prompt", ["Router#", "core-6509-1#", "DC1.sup>"])
def test_a_supervisor_is_known_by_its_prompt(prompt: str, *, bytewise: bool) -> None:
    line = played(f"< {prompt}\\\n> {COMMAND}\n{OPEN}< rommon #0> \\\n", bytewise=bytewise)
    assert opened(line) == SessionOpened(COMMAND)
    assert typed(line) == f"{COMMAND}\r".encode()


@pytest.mark.parametrize(
    "idle", ["Press RETURN to get started.", "Router con0 is now available\n<\n< Press RETURN to get started!"]
)
def test_an_idle_supervisor_gets_one_enter(idle: str) -> None:
    line = played(f"< {idle}\n< \\\n>! \\x0d\n< Router#\\\n> {COMMAND}\n{OPEN}")
    assert opened(line) == SessionOpened(COMMAND)


def test_log_lines_of_a_supervisor_hide_its_prompt_for_one_enter() -> None:
    log = "*Mar  1 00:00:46.271: %OIR-SP-6-INSCARD: Card inserted in slot 3"
    line = played(f"< {log}\n>! \\x0d\n< Router#\\\n> {COMMAND}\n{OPEN}")
    assert opened(line) == SessionOpened(COMMAND)


@pytest.mark.parametrize("prompt", ["Username: ", "Password: ", "ciscoasa passwd: "])
def test_a_login_is_left_to_a_person(prompt: str) -> None:
    line = played(f"< {prompt}\\\n")
    with pytest.raises(UnexpectedState, match="login") as told:
        opened(line)
    assert told.value.seen == prompt.strip()
    assert line.typed == b""


@pytest.mark.parametrize(
    "prompt", ["Router(config)#", "Router(config-if)# ", "edge/act# ", "ciscoasa> ", "rommon #4> "]
)
def test_at_any_other_prompt_no_command_is_typed(prompt: str) -> None:
    """Its configuration mode is no place for it; the others are the module's own."""
    line = played(f"< {prompt}\\\n")
    assert opened(line) == SessionOpened("")
    assert line.typed == b""


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("% Invalid input detected at '^' marker.", "% Invalid input detected at '^' marker."),
        ("Trying 127.0.0.31 ...\n< % Connection timed out; remote host not responding", "% Connection timed out"),
        ("Module 3 does not exist", "Module 3 does not exist"),
    ],
)
def test_a_refusal_is_told_in_the_supervisor_s_own_words(answer: str, seen: str) -> None:
    line = played(f"< Router#\\\n> {COMMAND}\n< {answer}\n< Router#\\\n")
    with pytest.raises(SessionRefused) as told:
        opened(line)
    assert seen in told.value.seen
    assert typed(line) == f"{COMMAND}\r".encode()


def test_a_try_without_an_end_is_given_up() -> None:
    with pytest.raises(SessionRefused, match="opens no session"):
        opened(played(f"< Router#\\\n> {COMMAND}\n< Trying 127.0.0.31 ... \\\n"))


def test_an_asa_with_a_name_of_its_own_says_itself_that_it_is_none() -> None:
    answer = "ERROR: % Invalid input detected at '^' marker."
    line = played(f"< edge-fw#\\\n> {COMMAND}\n< {answer}\n< edge-fw#\\\n")
    assert opened(line) == SessionOpened(COMMAND)


def test_a_family_that_is_no_module_has_no_session() -> None:
    with pytest.raises(CommandRefused, match="no module"):
        BootMonitor(played("< rommon #0> \\"), load_platform("asa5500x")).open_session(COMMAND)


# --- when the session ends ----------------------------------------------------------------------------------------


def test_a_session_that_ends_with_the_restart_is_named_and_the_supervisor_gets_no_key() -> None:
    line = SimulatedLine("sim://asasm?session=open&state=booted&fault=session-closes")
    entry = BootMonitor(line, MODULE).entry()

    def restart() -> None:
        line.device.power_cycle()
        entry.power_applied()

    with pytest.raises(SessionClosed) as told:
        list(events_of(entry, 60, restart))
    assert "service-module session" in told.value.hint
    assert line.typed("supervisor") == b""


def test_no_blind_key_goes_through_a_session_before_the_module_says_something() -> None:
    """Whoever listens behind a silent session may be the supervisor."""
    line = SimulatedLine("sim://asasm?session=closed&state=monitor")
    entry = BootMonitor(line, MODULE).entry()
    entry.power_applied()
    with pytest.raises(BreakInMissed, match="never came on"):
        list(events_of(entry, 30))
    assert line.typed("supervisor") == b""


def test_a_hidden_window_is_hit_once_the_module_has_named_its_monitor() -> None:
    line = SimulatedLine("sim://asasm?fault=break-hidden")
    BootMonitor(line, MODULE).enter(60)
    assert line.device.state == "monitor"
    assert b"\x1b" not in line.typed("off", "post")[:1]


def test_a_person_is_asked_to_restart_the_module_and_not_the_chassis() -> None:
    line = SimulatedLine("sim://asasm?state=booted")
    events = BootMonitor(line, MODULE).entry().run(5)
    wanted = next(event for event in events if isinstance(event, PowerCycleWanted))
    assert "not the Catalyst" in wanted.restart
    with pytest.raises(AlreadyBooted) as told:
        list(events)
    assert "--slot N" in told.value.hint


def test_not_a_letter_is_typed_on_behind_a_session_that_ended() -> None:
    line = SimulatedLine("sim://asasm?state=monitor&fault=session-closes")
    monitor = BootMonitor(line, MODULE)
    monitor.enter(5)
    line.device.power_cycle()
    with pytest.raises(SessionClosed):
        monitor.set(address="10.86.118.4", server="10.86.118.21", vlan="1")
    assert line.typed("supervisor") == b""


@pytest.mark.parametrize(
    "ending", ["[Connection to 127.0.0.31 closed by foreign host]\n< Router#\\", "Router#\\", "core-sup>\\"]
)
def test_a_supervisor_s_prompt_behind_a_launch_proves_nothing_and_is_asked_nothing(ending: str) -> None:
    line = played(f"< Loading...\n~ 5\n< {ending}\n")
    with pytest.raises(BootNotProved):
        list(watch_boot(line, MODULE, 20))
    assert line.typed == b""
