"""What an older version makes of a configuration: the chapter's own example, and the guidelines around it."""

from __future__ import annotations

import pytest

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade import DowngradeFinding, check

# The chapter "Software and Configurations", "Incompatible Configuration Removed After Downgrading", with the word
# pbkdf2 that only its error output has.
CHAPTER = """\
: Saved
: Hardware:   ASA5525, 8192 MB RAM, CPU Lynnfield 2393 MHz, 1 CPU (4 cores)
:
ASA Version 9.8(2)
!
access-list acl1 extended permit sctp 192.0.2.0 255.255.255.0 198.51.100.0 255.255.255.0
username test1 password $sha512$1234$abcdefghijklmnopqrstuvwxy pbkdf2 privilege 15
snmp-server user snmpuser1 snmpgroup1 v3 engineID abcdefghijklmnopqrstuvwxy encrypted auth md5 12:ab:34 priv aes 128 12
"""
DEFAULTS = """\
ASA Version 9.8(2)
hostname bench
arp rate-limit 16384
timeout conn 1:00:00 half-closed 0:10:00 udp 0:02:00 sctp 0:02:00 icmp 0:00:02
timeout conn-holddown 0:00:15
timeout igp stale-route 0:01:10
aaa authentication login-history
ssh stricthostkeycheck
policy-map type inspect dns preset_dns_map
 parameters
  no tcp-inspection
"""


def found(text: str, target: str, model: str = "") -> list[DowngradeFinding]:
    return list(check(text, AsaVersion.parse(target), model=model).findings)


def losses(text: str, target: str) -> list[tuple[int, str]]:
    return [
        (each.line, each.rule) for each in found(text, target) if each.effect not in {"note", "reject-default-line"}
    ]


def test_the_chapters_three_lines_are_refused_by_the_chapters_version() -> None:
    refused = {each.line: each for each in found(CHAPTER, "9.0(4)") if each.effect == "reject"}
    assert sorted(refused) == [6, 7, 8]
    assert {each.confidence for each in refused.values()} == {"documented"}
    assert not any(each.unsure for each in refused.values())


def test_nothing_is_lost_at_the_version_that_wrote_the_configuration() -> None:
    assert found(CHAPTER, "9.8(2)") == []


def test_a_box_in_factory_state_loses_nothing_of_its_users() -> None:
    checked = check(DEFAULTS, AsaVersion.parse("9.0(4)"))
    assert {each.effect for each in checked.findings} == {"reject-default-line"}
    assert len(checked.findings) >= 6
    assert not checked.loses_something


def test_a_timeout_that_the_user_changed_is_lost_with_the_sctp_word_in_its_line() -> None:
    assert (4, "dflt-timeout-conn-sctp") in losses(DEFAULTS.replace("conn 1:00:00", "conn 4:00:00"), "9.0(4)")


def test_the_last_user_of_a_local_login_locks_out() -> None:
    lines = "aaa authentication ssh console LOCAL\nusername a password $sha512$5000$x$y pbkdf2 privilege 15\n"
    assert [each.lock_out for each in found(lines, "9.5(3)") if each.effect == "reject"] == [True]
    two = lines + "username b password 2KFQnbNIdI.2KYOU encrypted privilege 15\n"
    assert [each.lock_out for each in found(two, "9.5(3)") if each.effect == "reject"] == [False]


def test_an_enable_password_of_the_new_kind_is_left_blank() -> None:
    assert [each.effect for each in found("enable password $sha512$5000$x$y pbkdf2\n", "9.4(4)")] == ["reset-to-blank"]


def test_a_refused_line_that_begins_a_block_takes_the_block_along() -> None:
    text = "interface Tunnel1\n nameif vti\n tunnel mode ipsec ipv4\nhostname x\n"
    (head,) = (each for each in found(text, "9.6(4)") if each.line == 1)
    assert (head.effect, head.block_lines) == ("reject", 2)


@pytest.mark.parametrize(
    "line",
    [
        "access-list acl1 remark permit sctp for the lab",
        " description interface Tunnel1 to the plant",
        "access-list user extended permit ip host 192.0.2.1 object-group user",
        "banner motd bfd is off",
        ": bfd-template x",
    ],
)
def test_what_a_person_wrote_freely_is_no_command(line: str) -> None:
    assert losses(f"{line}\n", "8.3(1)") == []


def test_the_hex_of_a_certificate_is_no_command() -> None:
    text = "crypto ca certificate chain x\n certificate 3182abcd\n    bfd00000 30820325\n  quit\nhostname x\n"
    assert check(text, AsaVersion.parse("9.1(7)")).lines == 3


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("9.0(4)", "no"),
        ("9.1(6)", "no"),
        ("9.1(7)", "yes"),
        ("9.2(4)", "unsure"),
        ("9.4(2)", "no"),
        ("9.4(3)", "yes"),
        ("9.5(2)", "no"),
        ("9.6(1)", "yes"),
        ("9.12(1)", "yes"),
    ],
)
def test_the_ssh_ciphers_came_to_each_train_in_a_version_of_its_own(target: str, answer: str) -> None:
    # The chapter's History: 9.1(7), 9.4(3), 9.5(3), 9.6(1).
    told = {(each.effect, each.unsure) for each in found("ssh cipher encryption high\n", target)}
    assert told == {"yes": set(), "no": {("reject", False)}, "unsure": {("reject", True)}}[answer]


@pytest.mark.parametrize(
    ("hardware", "target", "why"),
    [
        ("ASA5506, 4096 MB RAM", "9.1(7)", "9.3(2) and later"),
        ("ASA5510, 1024 MB RAM", "9.2(1)", "last versions"),
        ("ASA5585-SSP-10", "8.3(2)", "no 8.3"),
        ("FPR-2130", "9.6(4)", "9.8(2) and later"),
    ],
)
def test_a_model_that_cannot_run_the_version_is_told_first(hardware: str, target: str, why: str) -> None:
    checked = check(f": Hardware:   {hardware}\nASA Version 9.8(2)\n", AsaVersion.parse(target))
    assert why in checked.why_not


def test_an_asav_of_9_24_has_no_way_back() -> None:
    text = ": Hardware:   ASAv, 2048 MB RAM\nASA Version 9.24(1)\n"
    assert "back" in check(text, AsaVersion.parse("9.22(1)")).why_not


def test_what_only_some_hardware_has_is_unsure_without_the_hardware() -> None:
    text = "interface Ethernet1/2\n switchport\n"
    assert [each.unsure for each in found(text, "9.12(4)")] == [True]
    assert found(text, "9.12(4)", "5516-X") == []
    assert [each.unsure for each in found(text, "9.12(4)", "FPR-1010")] == []  # 9.12 does not run there at all


def test_a_cluster_is_told_what_the_chapter_says_of_clusters() -> None:
    text = "ASA Version 9.8(2)\ncluster group c1\n health-check holdtime .5\ncrypto map m interface outside\n"
    rules = {each.rule for each in found(text, "9.1(7)")}
    assert rules >= {
        "guide-cluster",
        "guide-cluster-9.5",
        "guide-cluster-9.2",
        "cluster-holdtime-subsec",
        "cluster-cryptomap-9.8",
    }
    assert "guide-cluster-9.2" not in {each.rule for each in found(text, "9.4(4)")}


def test_an_old_configuration_is_told_what_newer_versions_took_away() -> None:
    text = "ASA Version 9.1(7)\nthreat-detection basic-threat\nphone-proxy lab\n"
    assert losses(text, "9.4(1)") == [(3, "rm-phoneproxy")]


def test_a_line_that_the_device_runs_is_no_line_of_a_later_version() -> None:
    # A rule may match by accident; the device's own version proves it wrong.
    assert losses("ASA Version 9.0(3)\nbfd-template x\n", "8.4(7)") == []
