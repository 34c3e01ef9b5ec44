"""Every captured output of a booted ASA: read rightly, or a stated reason why nothing reads it.

A second opinion comes from ntc-templates where it has a template that parses every output of its command.
"""

from collections.abc import Callable

import pytest
from asa_outputs import exchange, origins, outputs
from played_line import PlayedLine

from serial_console.asa_cli import YES, Answers, AsaCli, Credentials, Secret
from serial_console.asa_cli.complaints import complaint_in, is_unknown_command
from serial_console.asa_cli.plain_text import without_log
from serial_console.asa_cli.reading import templates
from serial_console.asa_cli.reading.auto_update import (
    ServerNotReached,
    UpdateFailed,
    UpdateOffered,
    UpdatePolled,
    UpdateStep,
    UpdateSucceeded,
    read_update_news,
)
from serial_console.asa_cli.reading.boot import BootVariables, read_boot_entries, read_boot_variables
from serial_console.asa_cli.reading.listing import read_listing
from serial_console.asa_cli.reading.module import boot_monitor_version, read_modules
from serial_console.asa_cli.reading.startup_errors import StartupError, read_startup_errors
from serial_console.asa_cli.reading.transfer import (
    config_checksum,
    is_saved,
    read_copied,
    read_digest,
    read_signature_check,
)
from serial_console.asa_cli.reading.units import read_failover, read_is_multiple
from serial_console.asa_cli.reading.version import ShownVersion, read_version
from serial_console.errors import AnswerUnclear, ConsoleSilent, DeviceRebooted, UnexpectedQuestion


def version(name: str) -> ShownVersion:
    return read_version(outputs()[name])


VERSIONS = {
    "show_version_asa5506_9.8.4.22": ("9.8(4)22", "asa984-22-lfbff-k8.SPA", "ASA5506", "", "0x1"),
    "show_version_asa5555_9.14.2.14": ("9.14(2)14", "asa9-14-2-14-smp-k8.bin", "ASA5555", "", "0x1"),
    "show_version_isa3000_9.16.3.19": ("9.16(3)19", "asa9-16-3-19-lfbff-k8.SPA", "ISA-3000-2C2F", "", "0x1"),
    "show_version_asav_9.5.2.204": ("9.5(2)204", "", "ASAv", "", ""),
    "show_version_fpr2130_system": (
        "101.1(1)71",
        "mnt/boot/installables/switch/fxos-k8-fp2k",
        "FPR-2130",
        "system",
        "",
    ),
    "show_version_fpr4k_context_9.8.3.21": ("9.8(3)21", "", "FPR4K-SM-12", "context", ""),
    "show_version_tftp_booted": ("8.0(2)", "", "", "", ""),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_show_version_tells_version_image_model_context_and_register(name: str) -> None:
    shown = version(name)
    number, file, model, context, register = VERSIONS[name]
    assert shown.version == number
    assert shown.flash_file.startswith(file) if file else not shown.flash_file
    assert shown.model == model
    assert (shown.context, shown.register) == (context, register)


def test_an_image_from_the_network_is_known_for_one_that_is_only_in_memory() -> None:
    assert version("show_version_tftp_booted").is_only_in_memory
    assert not version("show_version_asa5506_9.8.4.22").is_only_in_memory


def _dir() -> bool:
    listing = read_listing(outputs()["dir_disk0_9.9_style"])
    assert listing.size_of("asa992-32-lfbff-k8.SPA") == 111505136
    assert listing.size_of("log") is None  # a directory
    return (listing.total_bytes, listing.free_bytes, len(listing.files)) == (7365472256, 3847725056, 10)


def _flash() -> bool:
    listing = read_listing(outputs()["show_flash_5506"])
    assert listing.size_of(".boot_string") == 93
    return (listing.free_bytes, len(listing.files)) == (3983400960, 23)


def _copied(name: str, size: int, seconds: float) -> Callable[[], bool]:
    def check() -> bool:
        copied = read_copied(outputs()[name])
        return (copied.bytes, copied.seconds) == (size, seconds)

    return check


def _hashes(name: str, begins: str) -> Callable[[], bool]:
    def check() -> bool:
        shown = read_signature_check(outputs()[name])
        return shown.is_valid and shown.computed == shown.embedded and shown.computed.startswith(begins)

    return check


def _units(name: str, this: tuple[str, ...], other: tuple[str, ...]) -> Callable[[], bool]:
    def check() -> bool:
        pair = read_failover(outputs()[name])
        assert pair.this is not None
        assert pair.other is not None
        return (pair.this.states, pair.other.states) == (this, other)

    return check


def _complaint(name: str, words: str, *, unknown: bool) -> Callable[[], bool]:
    def check() -> bool:
        complaint = complaint_in(outputs()[name])
        return words in complaint and is_unknown_command(complaint) is unknown

    return check


ACTIVE, READY = "Active", "Standby Ready"


def _startup(name: str) -> tuple[StartupError, ...]:
    return read_startup_errors(outputs()[name])


READ: dict[str, Callable[[], bool]] = {
    "dir_disk0_9.9_style": _dir,
    "show_flash_5506": _flash,
    "copy_tftp_to_disk0_ok": _copied("copy_tftp_to_disk0_ok", 82593792, 211.3),
    "copy_noconfirm_failover_exec_mate_ok": _copied("copy_noconfirm_failover_exec_mate_ok", 82593792, 192.57),
    "copy_ftp_to_flash_ok": _copied("copy_ftp_to_flash_ok", 25025404, 41.69),
    "copy_https_no_signature_info": lambda: read_copied(outputs()["copy_https_no_signature_info"]).is_unsigned,
    "copy_running_to_tftp_ok": _copied("copy_running_to_tftp_ok", 4996, 0.66),
    "verify_sha512": lambda: read_digest(outputs()["verify_sha512"]).startswith("9c0d1575d8565e2b84ae"),
    "verify_signature_ok": _hashes("verify_signature_ok", "0ea0bf5c026e34ee"),
    "upgrade_rommon_ok": _hashes("upgrade_rommon_ok", "d824bdeecce1308f"),
    "write_memory_5516": lambda: (
        is_saved(outputs()["write_memory_5516"])
        and config_checksum(outputs()["write_memory_5516"]) == "5857f4ec 34234f34 4cec64f6 f85d7cd4"
    ),
    "write_memory_and_failover_reload_standby": lambda: is_saved(outputs()["write_memory_and_failover_reload_standby"]),
    "show_bootvar_empty": lambda: read_boot_variables(outputs()["show_bootvar_empty"]) == BootVariables((), ()),
    "boot_system_swap": lambda: (
        read_boot_entries(outputs()["boot_system_swap"])[-2:]
        == ("disk0:/asa952-smp-k8.bin", "disk0:/asa922-4-smp-k8.bin")
    ),
    "show_module_asa5506_sfr": lambda: (
        boot_monitor_version(read_modules(outputs()["show_module_asa5506_sfr"])) == "1.1.13"
    ),
    "show_module_asa5515_ips": lambda: (
        boot_monitor_version(read_modules(outputs()["show_module_asa5515_ips"])) == "2.1(9)8"
    ),
    "show_startup_config_errors_fpr2130_system_part": lambda: (
        [
            (error.line, error.is_cut, error.is_refused)
            for error in _startup("show_startup_config_errors_fpr2130_system_part")
        ]
        == [(153, False, False), (164, False, False), (165, True, False), (166, False, False), (181, False, False)]
    ),
    "startup_errors_after_downgrade_9.0.4": lambda: (
        [(error.command.split()[0], error.is_refused) for error in _startup("startup_errors_after_downgrade_9.0.4")]
        == [("access-list", True), ("username", True), ("snmp-server", True)]
    ),
    "show_mode_multiple": lambda: read_is_multiple(outputs()["show_mode_multiple"]),
    "invalid_input_marker": _complaint("invalid_input_marker", "Invalid input detected", unknown=True),
    "changeto_bad_context": _complaint("changeto_bad_context", "'GLOBAL' is not valid", unknown=False),
    "crypto_ca_import_over_http_exec": _complaint(
        "crypto_ca_import_over_http_exec", "'x3' is not known", unknown=False
    ),
    "debug_auto_update_client": lambda: (
        read_update_news(outputs()["debug_auto_update_client"])
        == [
            UpdatePolled("/cgi-bin/dda.pl", "192.168.0.21"),
            UpdateOffered("asdm", "http://192.168.0.21/asdm.bint", "0x94bced0261cc992ae710faf8d244cf32"),
            UpdateOffered("config", "http://192.168.0.21/config-rms.xml", "0x67358553572688a805a155af312f6898"),
            UpdateOffered("image", "http://192.168.0.21/cdisk73.bin", "0x6d091b43ce96243e29a62f2330139419"),
            UpdateStep("update img on stby unit"),
            UpdateStep("update img on active unit"),
            UpdateStep("reload active unit"),
            UpdateSucceeded("Image", "0x6d091b43ce96243e29a62f2330139419"),
        ]
    ),
    "syslog_612001_612003": lambda: (
        len(without_log(outputs()["syslog_612001_612003"])[1]) == 3
        and read_update_news(outputs()["syslog_612001_612003"])
        == [
            UpdateSucceeded("filename", "number"),
            UpdateFailed("filename", "number", "reason"),
            ServerNotReached("url", "reason"),
        ]
    ),
    "show_inventory_1": lambda: (
        templates.parsed("show inventory", outputs()["show_inventory_1"])[0]["pid"] == "ASA5515"
    ),
    "ping_success": lambda: templates.parsed("ping", outputs()["ping_success"])[0]["success_pct"] == "100",
    "ping_unreachable": lambda: templates.parsed("ping", outputs()["ping_unreachable"])[0]["success_pct"] == "0",
    "show_failover_1": _units("show_failover_1", (ACTIVE,), (READY,)),
    "show_failover_active_active": _units("show_failover_active_active", (ACTIVE, READY), (READY, ACTIVE)),
    "show_failover_asa5505": _units("show_failover_asa5505", (ACTIVE,), (READY,)),
    "show_failover_firepower": _units("show_failover_firepower", (ACTIVE,), (READY,)),
    "show_failover_genie_1": _units("show_failover_genie_1", (ACTIVE,), ("Failed",)),
    "show_failover_genie_2": lambda: not read_failover(outputs()["show_failover_genie_2"]).is_on,
    "show_failover_groups_active_active_pyntc": _units(
        "show_failover_groups_active_active_pyntc", (ACTIVE, READY), (READY, ACTIVE)
    ),
    "show_failover_groups_active_standby_pyntc": _units(
        "show_failover_groups_active_standby_pyntc", (ACTIVE,) * 3, (READY, "Standby Cold", READY)
    ),
    "show_failover_groups_standby_active_pyntc": _units(
        "show_failover_groups_standby_active_pyntc", (READY, "Standby Cold", READY), (ACTIVE,) * 3
    ),
    "show_failover_host_active_pyntc": _units("show_failover_host_active_pyntc", (ACTIVE,), (READY,)),
    "show_failover_host_negotiation_pyntc": _units(
        "show_failover_host_negotiation_pyntc", ("Negotiation",), ("Not Detected",)
    ),
    "show_failover_host_off_pyntc": lambda: not read_failover(outputs()["show_failover_host_off_pyntc"]).is_on,
    "show_failover_host_standby_pyntc": _units("show_failover_host_standby_pyntc", (READY,), (ACTIVE,)),
    "show_failover_peer_cold_pyntc": _units("show_failover_peer_cold_pyntc", (ACTIVE,), ("Cold Standby",)),
    "show_failover_peer_failed_pyntc": _units("show_failover_peer_failed_pyntc", (ACTIVE,), ("Failed",)),
    "show_failover_peer_not_detected_pyntc": _units(
        "show_failover_peer_not_detected_pyntc", (ACTIVE,), ("Not Detected",)
    ),
}

NOTHING_ASKS = "no procedure asks for it"
FXOS = "FXOS, whose shells the downgrade procedures read"
# Read by nothing here, and why.
REASONS: dict[str, str] = {
    "show_module_fw_version_snip": "the guide's table was cut and its rule is one piece: test_a_damaged_table_is_not_guessed_at",
    "show_clock": NOTHING_ASKS,
    "show_context_detail": NOTHING_ASKS,
    "show_firewall_multictx": NOTHING_ASKS,
    "show_failover_history_fpr2130": NOTHING_ASKS,
    "show_run_crypto_ca_server": "lines of a configuration, kept as they are",
    "configure_factory_default": "free text; its questions and refusals are what the conversation hears",
    "standby_config_replication_warning": "a warning: test_a_warning_is_no_refusal",
    "asac_container_boot": "the boot of a container, which has no console of this kind",
    **{name: FXOS for name in outputs() if name.startswith("fxos_")},
}
EXCHANGES = {
    "conf_t_anonymous_reporting_prompt",
    "connect_fxos_appliance_admin",
    "connect_fxos_appliance_readonly",
    "delete_replicate_prompts",
    "enable_password_not_set",
    "reload_fp2120_to_rommon",
    "reload_multictx_save_prompt",
    "reload_with_save_prompt_yes",
    "write_erase_then_reload",
}  # held below, by tests of their own


def test_every_output_is_read_or_has_a_reason() -> None:
    known = [*READ, *VERSIONS, *REASONS, *EXCHANGES]
    assert sorted(known) == sorted(set(known))
    assert set(known) == set(outputs())


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_it_was_meant(name: str) -> None:
    assert READ[name]()


@pytest.mark.parametrize("name", sorted(outputs()))
def test_it_names_its_source(name: str) -> None:
    source, capture = origins()[name]
    assert source.startswith(("captured: ", "documented: "))
    assert capture == f"{name}.txt"


# --- what no reader may do ---------------------------------------------------------------------------------------------


READERS = (read_version, read_modules, read_listing, read_boot_variables, read_copied, read_digest, read_failover)


@pytest.mark.parametrize("name", [name for name in outputs() if name.startswith(("fxos_", "asac_", "conf_t"))])
def test_no_reader_finds_anything_in_another_s_output(name: str) -> None:
    for reader in READERS:
        with pytest.raises(AnswerUnclear):
            reader(outputs()[name])


def test_a_damaged_table_is_not_guessed_at() -> None:
    with pytest.raises(AnswerUnclear):
        read_modules(outputs()["show_module_fw_version_snip"])


def test_a_listing_that_was_cut_tells_no_room() -> None:
    whole = outputs()["dir_disk0_9.9_style"]
    assert read_listing(whole[: whole.index("6 file(s)")]).free_bytes is None
    with pytest.raises(AnswerUnclear):
        read_listing(outputs()["show_flash_5506"].partition("7863623680")[0])


def test_a_warning_is_no_refusal() -> None:
    for name in (
        "standby_config_replication_warning",
        "configure_factory_default",
        "write_memory_and_failover_reload_standby",
    ):
        assert complaint_in(outputs()[name]) == ""


# --- the second opinion ------------------------------------------------------------------------------------------------


def test_the_templates_agree_about_the_files() -> None:
    rows = templates.parsed("dir", outputs()["dir_disk0_9.9_style"])
    mine = read_listing(outputs()["dir_disk0_9.9_style"])
    assert [(row["name"], int(row["size"])) for row in rows] == [(file.name, file.bytes) for file in mine.files]


@pytest.mark.parametrize("name", ["show_module_asa5506_sfr", "show_module_asa5515_ips"])
def test_the_templates_agree_about_the_modules(name: str) -> None:
    rows = templates.parsed("show module", outputs()[name])
    assert [row["mod_fw"] for row in rows] == [module.firmware for module in read_modules(outputs()[name])]


# --- whole exchanges, at once and byte by byte -------------------------------------------------------------------------

PLAIN = {
    "copy_tftp_to_disk0_ok": ({"Address or name": "", "Source filename": "", "Destination filename": ""}, 82593792),
    "copy_ftp_to_flash_ok": (
        {
            "Address or name": "",
            "Source user": "",
            "Source password": "",
            "Source filename": "",
            "Destination filename": "",
        },
        25025404,
    ),
    "copy_running_to_tftp_ok": ({"Source filename": "", "Address or name": "", "Destination filename": ""}, 4996),
}


def questions(name: str, begins: dict[str, str]) -> dict[str, str]:
    """The questions of an output that begin so, whole, as `exchange` wants them."""
    lines = outputs()[name].split("\n")
    return {line: answer for line in lines for begin, answer in begins.items() if line.startswith(begin)}


@pytest.mark.parametrize("bytewise", [False, True])
@pytest.mark.parametrize("name", PLAIN)
def test_a_recorded_copy_is_answered_and_read(name: str, *, bytewise: bool) -> None:
    begins, size = PLAIN[name]
    line = PlayedLine(exchange(name, questions(name, begins)), bytewise)
    cli = AsaCli(line)
    cli.log_in()
    command = line.script.typed[0]
    copied = read_copied(cli.run(command, Answers({f"^{begin}": "" for begin in begins})))
    assert copied.bytes == size
    assert line.is_over


@pytest.mark.parametrize("bytewise", [False, True])
def test_a_recorded_copy_without_answers_is_left_at_its_first_question(*, bytewise: bool) -> None:
    name = "copy_tftp_to_disk0_ok"
    line = PlayedLine(exchange(name, questions(name, PLAIN[name][0])), bytewise)
    cli = AsaCli(line)
    cli.log_in()
    command = line.script.typed[0]
    with pytest.raises(UnexpectedQuestion, match="foresaw") as caught:
        cli.run(command)
    assert caught.value.seen == "Address or name of remote host [10.1.1.10]?"
    assert line.typed == command.encode() + b"\r"
    with pytest.raises(Exception, match="no prompt"):
        cli.run("show version")
    assert line.typed == command.encode() + b"\r"


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_recorded_boot_settings_are_typed_and_read_back(*, bytewise: bool) -> None:
    line = PlayedLine(exchange("boot_system_swap", {}), bytewise)
    cli = AsaCli(line)
    cli.log_in()
    answers = [cli.run(command) for command in line.script.typed]
    assert read_boot_entries(answers[-1]) == ("disk0:/asa952-smp-k8.bin", "disk0:/asa922-4-smp-k8.bin")
    assert not cli.prompt.configures
    assert line.is_over


@pytest.mark.parametrize("bytewise", [False, True])
@pytest.mark.parametrize("name", ["show_bootvar_empty", "show_flash_5506", "write_memory_5516"])
def test_a_recorded_command_comes_back_without_echo_and_prompt(name: str, *, bytewise: bool) -> None:
    line = PlayedLine(exchange(name, {}), bytewise)
    cli = AsaCli(line)
    _at(cli, outputs()[name].lstrip("\n").partition(line.script.typed[0])[0])
    shown = cli.run(line.script.typed[0])
    assert shown.strip("\n") == outputs()[name].partition("\n")[2].strip("\n")


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_chatter_of_a_failover_pair_does_not_hide_the_prompt(*, bytewise: bool) -> None:
    line = PlayedLine(exchange("write_memory_and_failover_reload_standby", {}), bytewise)
    cli = AsaCli(line)
    cli.log_in()
    assert is_saved(cli.run("wr"))
    cli.run("failover reload-standby")
    assert cli.prompt.text == "ciscoasa#"


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_recorded_reload_is_saved_and_confirmed(*, bytewise: bool) -> None:
    name = "reload_with_save_prompt_yes"
    asked = {"System config has been modified. Save? [Y]es/[N]o:": "y", "Proceed with reload? [confirm]": ""}
    line = PlayedLine(exchange(name, asked, until="***"), bytewise)
    cli = AsaCli(line)
    _at(cli, "ciscoasa(config)#")
    line_answers = Answers({r"Save\?": "y", "Proceed with reload": YES})
    text = cli.run("reload", line_answers)
    assert config_checksum(text) == "200435a9 cee9c848 4fb5e91d ac201631"


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_four_way_question_of_a_multiple_context_reload_is_answered_as_told(*, bytewise: bool) -> None:
    asked = {
        "admin config has been modified. Save? [Y]es/[N]o/[S]ave all/[C]ancel:": "S",
        "Proceed with reload? [confirm]": "",
    }
    line = PlayedLine(exchange("reload_multictx_save_prompt", asked), bytewise)
    cli = AsaCli(line)
    cli.log_in()
    cli.run("reload", Answers({r"Save\?": "S", "Proceed with reload": YES}))
    assert line.typed.endswith(b"S\r\r")


@pytest.mark.parametrize("bytewise", [False, True])
def test_a_recorded_delete_is_confirmed(*, bytewise: bool) -> None:
    asked = {
        "Delete filename [asa922-4-smp-k8.bin]?": "",
        "Delete disk0:/asa922-4-smp-k8.bin? [confirm]": "",
    }
    line = PlayedLine(exchange("delete_replicate_prompts", asked), bytewise)
    cli = AsaCli(line)
    cli.log_in()
    cli.run(line.script.typed[0], Answers({"^Delete filename": "", "^Delete disk0": YES}))
    assert line.is_over


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_recorded_question_about_reporting_is_answered_only_as_told(*, bytewise: bool) -> None:
    name = "conf_t_anonymous_reporting_prompt"
    asked = {"the product? [Y]es, [N]o, [A]sk later:": "N"}
    script = exchange(name, asked, until="Enabling anonymous")
    line = PlayedLine(script, bytewise)
    cli = AsaCli(line)
    cli.log_in()
    cli.run("conf t", Answers({r"\[A\]sk later": "N"}))
    assert line.is_over


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_recorded_demand_for_an_enable_password_is_met_with_the_caller_s_own(*, bytewise: bool) -> None:
    from played_line import played

    line = played(
        "< ciscoasa> \\\n> enable\n< The enable password is not set.  Please set it now.\n< Enter  Password: \\\n> chosen\n"
        "< Repeat Password: \\\n> chosen\n< ciscoasa# \\",
        bytewise=bytewise,
    )
    cli = AsaCli(line, Credentials(new_enable_password=Secret("chosen")))
    cli.log_in()
    assert cli.enable().privileged


@pytest.mark.parametrize("name", ["connect_fxos_appliance_admin", "connect_fxos_appliance_readonly"])
def test_a_text_that_comes_to_no_prompt_ends_in_silence(name: str) -> None:
    with pytest.raises(ConsoleSilent):
        _gone(name)


def test_a_recorded_restart_is_named() -> None:
    with pytest.raises(DeviceRebooted):
        _gone("reload_fp2120_to_rommon")


def _gone(name: str) -> None:
    """Run a command that prints this output and nothing more."""
    text = "".join(f"< {line}\n" for line in outputs()[name].split("\n") if not line.endswith("\\"))
    from played_line import played

    line = played("< ciscoasa# \\\n> go\n" + text + "~ 1000")
    cli = AsaCli(line)
    cli.log_in()
    cli.run("go", seconds=30)


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_recorded_erasure_is_confirmed_only_as_told(*, bytewise: bool) -> None:
    asked = {"Erase configuration in flash memory? [confirm]": ""}
    line = PlayedLine(exchange("write_erase_then_reload", asked, until="System config"), bytewise)
    cli = AsaCli(line)
    cli.log_in()
    assert is_saved(cli.run("write erase", Answers({"Erase configuration": YES})))


def _at(cli: AsaCli, text: str) -> None:
    """Let a conversation begin at a prompt of configuration mode, which `log_in` would leave."""
    from serial_console.asa_cli.prompts import prompt_in

    prompt = prompt_in(text)
    assert prompt is not None
    cli._talk.found(prompt)
