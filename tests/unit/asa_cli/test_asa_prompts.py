"""What stands last on a console of an ASA: prompts of every kind, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serial_console.asa_cli.answers import NO, YES, Answers
from serial_console.asa_cli.complaints import complaint_in
from serial_console.asa_cli.plain_text import left_of_cursor, plain, without_log
from serial_console.asa_cli.prompts import is_monitor, prompt_in
from serial_console.asa_cli.secret import Credentials, Secret
from serial_console.asa_cli.standing import standing

LOG = "%ASA-5-111008: User 'enable_15' executed the 'show version' command."


@pytest.mark.parametrize(
    ("line", "host", "mode", "context", "unit", "state"),
    [
        ("ciscoasa> ", "ciscoasa", "", "", "", ""),
        ("ASA5516X(config-if)# ", "ASA5516X", "config-if", "", "", ""),
        ("ARDC134FW000003-Internet#", "ARDC134FW000003-Internet", "", "", "", ""),
        ("fw/pri/act# ", "fw", "", "", "pri", "act"),
        ("fw/pri/act(config)# ", "fw", "config", "", "pri", "act"),
        ("fw/admin/sec/stby# ", "fw", "", "admin", "sec", "stby"),
        ("fw/actNoFailover# ", "fw", "", "", "", "actNoFailover"),
        ("twb-py-lab(cfg-cluster)# ", "twb-py-lab", "cfg-cluster", "", "", ""),
    ],
)
def test_an_asa_s_prompt_tells_host_mode_context_and_unit(
    line: str, host: str, mode: str, context: str, unit: str, state: str
) -> None:
    prompt = prompt_in(line)
    assert prompt is not None
    assert (prompt.host, prompt.mode, prompt.context, prompt.unit, prompt.state) == (host, mode, context, unit, state)
    assert prompt.privileged == line.rstrip().endswith("#")
    assert prompt.configures == bool(mode)


@pytest.mark.parametrize(
    ("line", "mode"),
    [
        ("firepower-2120(local-mgmt)# ", "local-mgmt"),
        ("firepower-1010 /firmware # ", "/firmware"),
        ("FPR4120-6-Rack10-A /ssa/slot/app-instance* # ", "/ssa/slot/app-instance"),
    ],
)
def test_an_fxos_shell_is_told_from_an_asa(line: str, mode: str) -> None:
    prompt = prompt_in(line)
    assert prompt is not None
    assert (prompt.software, prompt.mode, prompt.configures) == ("fxos", mode, False)


@pytest.mark.parametrize("line", ["rommon #0> ", "rommon 1 > ", "ROMMON 3> "])
def test_a_boot_monitor_is_no_prompt_of_an_asa(line: str) -> None:
    assert is_monitor(line)
    assert prompt_in(line) is None


@pytest.mark.parametrize("line", ["<--- More --->", "Password: ", "a b#", "", "#", "fw# show", "-----#"])
def test_other_lines_are_no_prompt(line: str) -> None:
    assert prompt_in(line) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ciscoasa# ", "prompt"),
        (f"ciscoasa# \n{LOG}\n", "prompt"),
        (f"ciscoasa# \n{LOG}\n{LOG}\n", "prompt"),
        ("ciscoasa# \nsomething else\n", "nothing"),
        ("Proceed with reload? [confirm]", "question"),
        (f"Proceed with reload? [confirm]\n{LOG}\n", "question"),
        ("System config has been modified. Save? [Y]es/[N]o:  ", "question"),
        ("Destination filename [x.bin]? ", "question"),
        ("Format disk0: (y/n) ", "question"),
        ("Overwrite y/n [n]: ", "question"),
        ("Permanently erase 'disk0:'? ", "question"),
        ("Enter  Password: ", "new-password"),
        ("Password: ", "password"),
        ("Username: ", "username"),
        ("firepower login: ", "username"),
        ("Cryptochecksum:", "doubtful"),
        ("Writing file disk0:/x.bin...", "nothing"),
        ("<--- More --->", "pager"),
        ("rommon 1 > ", "monitor"),
    ],
)
def test_what_stands_last_is_known_by_its_form(text: str, kind: str) -> None:
    assert standing(text).kind == kind


def test_a_wiped_pager_leaves_nothing_behind() -> None:
    shown = b"one\r\n<--- More --->\r              \rtwo\r\n"
    assert plain(shown) == "one\ntwo\n"


@pytest.mark.parametrize("end", ["\r\n", "\n\r", "\r\r\n", "\r\n\r", "\n"])
def test_every_line_end_is_one(end: str) -> None:
    assert plain(f"one{end}two{end}".encode()).rstrip("\r") == "one\ntwo\n"


def test_of_a_redrawn_line_what_stands_left_of_the_cursor_counts() -> None:
    assert left_of_cursor(b"one\r\nfw# copy tftp://1" + b"\b" * 13 + b"$p://1") == "fw# $p://1"


def test_log_lines_are_set_aside_whole() -> None:
    text, logged = without_log(f"one\n{LOG}\ntwo\n")
    assert (text, logged) == ("one\ntwo\n", [LOG])


@given(st.binary(max_size=400))
def test_any_bytes_end_in_some_text_and_some_standing(data: bytes) -> None:
    text = plain(data)
    assert "\r" not in text
    assert standing(text).kind


@pytest.mark.parametrize(
    ("question", "answer", "keys"),
    [
        ("Proceed with reload? [confirm]", YES, b"\r"),
        ("Proceed with reload? [confirm]", "y", b"\r"),
        ("Proceed with reload? [confirm]", NO, b"n"),
        ("Save? [Y]es/[N]o:", NO, b"n\r"),
        ("Do you want to proceed ? (yes/no):", YES, b"yes\r"),
        ("Destination filename [x]?", "", b"\r"),
        ("Enter a passphrase:", Secret("pass"), b"pass\r"),
    ],
)
def test_an_answer_fits_the_form_of_its_question(question: str, answer: str | Secret, keys: bytes) -> None:
    assert Answers({".": answer}).keys_for(question) == keys


def test_a_question_without_an_answer_has_none() -> None:
    assert Answers({"reload": YES}).keys_for("Erase disk0:? [confirm]") is None


def test_a_secret_shows_itself_to_nobody() -> None:
    credentials = Credentials("admin", Secret("s3cret"), Secret("s3cret"))
    assert "s3cret" not in repr(credentials)
    assert "s3cret" not in f"{credentials.password} {credentials!s}"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("ERROR: % Incomplete command", True),
        ("%Error opening disk0:/x (No such file or directory)", True),
        ("%ERROR: Signature not valid for file disk0:/x", True),
        ("Command authorization failed", True),
        ("WARNING: BOOT variable added, but unable to find disk0:/x", False),
        ("INFO: Security level set", False),
        ("%Warning:There is a file already existing with this name", False),
        ("Errors: 0 input, 0 CRC", False),
        (" 0 errors", False),
    ],
)
def test_a_refusal_is_told_from_a_warning(text: str, refused: bool) -> None:
    assert bool(complaint_in(f"\n{text}\n")) is refused
