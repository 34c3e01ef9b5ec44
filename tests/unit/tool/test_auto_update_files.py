"""What the Auto Update server reads before it opens its port: each mistake is told, and nothing is served then."""

import hashlib
import ssl
from pathlib import Path

import pytest
from auto_update_rig import fleet

from rommon_tool.auto_update.accounts import is_account, name_and_password, read_accounts
from rommon_tool.auto_update.assignments import read_assignments
from rommon_tool.auto_update.certificate import given, self_signed
from rommon_tool.auto_update.reply import default_text, read_template
from rommon_tool.errors import ImageMismatch, ImageMissing, ModelExcluded, RommonError, WrongUsage
from rommon_tool.procedures.auto_update_models import check_model


@pytest.mark.parametrize(
    "model",
    [
        "ASA5506-X",
        "asa 5506W-X",
        "ASA5508",
        "ASA5516-X",
        "Firepower 2110",
        "FPR-2140",
        "FPR4K-SM-24",
        "Firepower 9300",
        "FPR4110",
        "ASAv",
        "ASAv30",
    ],
)
def test_a_model_that_the_chapter_excludes_is_refused(model: str) -> None:
    with pytest.raises(ModelExcluded, match="no Auto Update"):
        check_model(model)


@pytest.mark.parametrize(
    "model", ["ASA5505", "ASA5525-X", "ASA5545", "ASA5585-SSP-10", "ISA3000", "FPR-1120", "Firepower 3110"]
)
def test_other_models_are_taken(model: str) -> None:
    check_model(model)


def test_every_file_of_an_assignment_is_hashed(tmp_path: Path) -> None:
    assignments, _ = fleet(tmp_path)
    found = read_assignments(assignments)
    for one in found:
        for file in one.files.values():
            content = file.path.read_bytes()
            assert file.md5 == hashlib.md5(content).hexdigest()
            assert file.sha512 == hashlib.sha512(content).hexdigest()
        one.close()
    assert [(one.name, sorted(one.files)) for one in found] == [
        ("branch-1", ["asdm", "image"]),
        ("branch-2", ["config"]),
    ]


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("", WrongUsage, "devices: Field required"),
        ("[devices]", WrongUsage, "nothing to any device"),
        ("not toml", WrongUsage, "no TOML file"),
        ('[devices.a]\nimage = "x"', WrongUsage, "devices.a.model: Field required"),
        ('[devices.a]\nmodel = "ASA5525-X"\nimages = "x"', WrongUsage, "devices.a.images: Extra"),
        ('[devices."a b"]\nmodel = "ASA5525-X"', WrongUsage, "can't be a device's name"),
        ('[devices.a]\nmodel = "ASA5506-X"', ModelExcluded, "a: the ASA5506-X has no Auto Update"),
        ('[devices.a]\nmodel = "ASA5525-X"\nimage = "absent.bin"', ImageMissing, "absent.bin"),
        ('[devices.a]\nmodel = "ASA5525-X"\nimage = "."', ImageMissing, "no regular file"),
        ('[devices.a]\nmodel = "ASA5525-X"\nimage = "a blank"', WrongUsage, "can't ask for that name"),
        ('[devices.a]\nmodel = "ASA5525-X"\nimage = {file = "branch-2.cfg", md5 = "0x00"}', ImageMismatch, "MD5"),
        ('[devices.a]\nmodel = "ASA5525-X"\nimage = {file = "branch-2.cfg", sha512 = "00"}', ImageMismatch, "SHA-512"),
    ],
)
def test_a_mistake_in_the_assignments_is_told(tmp_path: Path, text: str, error: type[RommonError], match: str) -> None:
    assignments, _ = fleet(tmp_path)
    assignments.write_text(text)
    with pytest.raises(error, match=match):
        read_assignments(assignments)


def test_a_file_is_assigned_by_its_checksum_as_devices_print_it(tmp_path: Path) -> None:
    assignments, _ = fleet(tmp_path)
    md5 = hashlib.md5((tmp_path / "branch-2.cfg").read_bytes()).hexdigest().upper()
    assignments.write_text(f'[devices.a]\nmodel = "ASA5525-X"\nconfig = {{file = "branch-2.cfg", md5 = "0x{md5}"}}')
    (one,) = read_assignments(assignments)
    one.close()
    assert one.files["config"].checksum == f"0x{md5.lower()}"


@pytest.mark.parametrize(
    ("text", "mode", "match"),
    [
        ("[devices]", 0o640, "others may read"),
        ("[device]", 0o600, "'device'"),
        ("devices = 1", 0o600, "every line is a name and a password"),
        ('[devices]\na = ""', 0o600, "every line is a name and a password"),
        ("[devices]\nsecret = S3cret", 0o600, "no TOML file"),
    ],
)
def test_a_mistake_in_the_accounts_is_told_and_no_password_quoted(
    tmp_path: Path, text: str, mode: int, match: str
) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(WrongUsage, match=match) as caught:
        read_accounts(file)
    assert "S3cret" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Basic bm9jb2xvbg==", "Bearer YTpi", "Basic /w=="])
def test_a_header_without_name_and_password_names_nobody(header: str) -> None:
    assert name_and_password(header) is None


def test_an_empty_password_opens_nothing() -> None:
    assert name_and_password("basic YTpiOmM=") == ("a", "b:c")
    assert not is_account({"a": "b"}, "c", "")
    assert is_account({"a": "ü"}, "a", "ü")


def test_the_template_that_comes_along_says_that_it_is_unverified() -> None:
    assert default_text().startswith("# UNVERIFIED.")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "exactly the texts"),
        ('content_type = "a/b"\ncomponent = "$secret"\nreply = ""', "asks for 'secret'"),
        ('content_type = "a/b"\ncomponent = ""\nreply = "$"', "Invalid placeholder"),
        ('content_type = "a/b\\n"\ncomponent = ""\nreply = ""', "no content type"),
    ],
)
def test_a_mistake_in_a_template_is_told(tmp_path: Path, text: str, match: str) -> None:
    file = tmp_path / "reply.toml"
    file.write_text(text)
    with pytest.raises(WrongUsage, match=match):
        read_template(file)


def test_the_own_certificate_stays_the_same_and_is_the_server_s_alone(tmp_path: Path) -> None:
    first = self_signed(tmp_path / "state", "192.0.2.1")
    assert self_signed(tmp_path / "state", "192.0.2.1") == first
    assert first.key.stat().st_mode & 0o777 == 0o600
    assert given(first.chain, first.key).fingerprint == first.fingerprint
    der = ssl.PEM_cert_to_DER_cert(first.chain.read_text())
    assert hashlib.sha256(der).hexdigest().upper() == first.fingerprint.replace(":", "")
    other = self_signed(tmp_path / "state", "fw.example.com")
    with pytest.raises(WrongUsage, match="can't be used"):
        given(first.chain, other.key)
