"""The rules as data: each is read, and its fields are what the findings promise."""

from __future__ import annotations

from collections import Counter
from time import process_time

import pytest

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade import check
from rommon_tool.downgrade.models import model_of
from rommon_tool.downgrade.rules import introduced, removed

ALL = (*introduced(), *removed())


def test_rules_have_names_of_their_own_and_say_how_anybody_knows() -> None:
    assert [name for name, times in Counter(rule.id for rule in ALL).items() if times > 1] == []
    assert all(rule.source and rule.what for rule in ALL)
    assert Counter(rule.confidence for rule in ALL)["recalled"] > 100


def test_every_alternative_of_a_rule_begins_at_the_start_of_the_line() -> None:
    # Lines are matched from their start: an alternative without ^ would never be seen further on.
    for rule in ALL:
        outermost, depth = "", 0
        for mark in rule.regex.pattern:
            depth += (mark == "(") - (mark == ")")
            outermost += mark if depth == 0 else "."
        assert all(each.startswith("^") for each in outermost.split("|")), rule.id


def test_rules_about_hardware_name_models_that_the_table_has() -> None:
    names = {name for rule in ALL for name in rule.platforms}
    assert {name for name in names if model_of(name) is None or model_of(name).name != name} == set()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("9.8(4)22", AsaVersion(9, 8, 4, 22)),
        ("9.5(2.200)", AsaVersion(9, 5, 2, 200)),
        ("9.12", AsaVersion(9, 12)),
        ("101.1(1)71", AsaVersion(101, 1, 1, 71)),
    ],
)
def test_a_version_is_read_as_devices_and_documents_write_it(text: str, version: AsaVersion) -> None:
    assert AsaVersion.parse(text) == version


def test_9_12_is_later_than_9_2() -> None:
    assert AsaVersion.parse("9.12(1)") > AsaVersion.parse("9.2(4)")


@pytest.mark.parametrize("text", ["", "9", "nine", "9.8(4", "9.8(4)22x"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no ASA version"):
        AsaVersion.parse(text)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("ASA5516", "ASA 5508-X, 5516-X"),
        ("5516-X", "ASA 5508-X, 5516-X"),
        ("ISA-3000-2C2F", "ISA-3000"),
        ("FPR-2130", "FPR-21xx"),
        ("FPR4K-SM-12", "FPR4K"),
        ("asa5506x", "ASA 5508-X, 5516-X"),
        ("ASA5512", "ASA 5512-X, 5515-X"),
        ("ASA5550", "ASA 5510 to 5550"),
        ("ASA5555", "ASA 5525-X to 5555-X"),
        ("Secure Firewall 3100", "Secure Firewall 3100"),
    ],
)
def test_a_model_is_known_by_what_the_device_or_a_person_calls_it(said: str, name: str) -> None:
    model = model_of(said)
    assert model is not None
    assert model.name == name


def test_a_configuration_costs_no_more_than_its_length() -> None:
    # The bar is 2 s for 10 000 lines (benchmarks/downgrade_check.py); here only that nothing grows faster than the text.
    def cost(lines: int) -> float:
        text = "".join(
            f"access-list inside extended permit tcp any host 192.0.2.{n % 250} eq {n}\n" for n in range(lines)
        )
        before = process_time()
        check(text, AsaVersion.parse("8.2(5)"))
        return process_time() - before

    cost(100)
    assert cost(8_000) < 24 * cost(1_000)
