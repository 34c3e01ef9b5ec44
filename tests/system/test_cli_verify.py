"""`rommon verify` and `rommon trust` as their users meet them, and what `rommon load` makes of a verdict."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_rig import ADDRESSES, HASTE, Bench, Ended, free_port
from cli_rig import sha512 as digest
from signed_image import FIRMWARE_NAME, SYSTEM_NAME, firmware, key, pem, system


def image(bench: Bench, name: str = FIRMWARE_NAME, content: bytes | None = None) -> Path:
    path = bench.folder / name
    path.write_bytes(firmware().built(key()) if content is None else content)
    return path


def loaded(bench: Bench, path: Path, *arguments: str | Path, device: str = "") -> Ended:
    port = free_port()
    url = f"sim://asa5506x?speed=40&wire=127.0.0.1:{port}{device}"
    return bench.run("load", path, "-p", url, *ADDRESSES, "--tftp-port", port, "--json", *HASTE, *arguments)


def test_a_signed_image_is_shown_as_a_device_shows_it_with_the_origin_of_every_value(bench: Bench) -> None:
    ended = bench.run("verify", image(bench), "--key", pem(key(), bench.folder / "key.pem"))
    assert ended.code == 0, ended.err
    assert f"{FIRMWARE_NAME}: signature-valid" in ended.out
    assert "Digital signature successfully validated" in ended.out
    assert "the device prints its own name for it, 'abraxas'" in ended.out
    assert "authentic" not in ended.out.replace("unauthenticated", "")
    labels = [line for line in ended.out.splitlines() if line.startswith("  ") and "]" in line]
    assert len(labels) == 10
    assert all("[" in line for line in labels)


def test_the_sentence_of_a_proof_is_printed_for_a_valid_signature_alone(bench: Bench) -> None:
    path = image(bench)
    ended = bench.run("verify", path, "--sha512", digest(path))
    assert (ended.code, "matches-pin" in ended.out) == (0, True)
    assert "successfully validated" not in ended.out
    undecided = bench.run("verify", path)
    assert undecided.code == 31
    assert "successfully validated" not in undecided.out
    assert "To decide: " in undecided.out


def test_the_result_line_holds_verdict_signer_key_and_checks(bench: Bench) -> None:
    path = image(bench)
    result = bench.run("verify", path, "--key", pem(key(), bench.folder / "key.pem"), "--json").result
    assert (result["verdict"], result["image_kind"], result["sha512"]) == (
        "signature-valid",
        "rommon-firmware",
        digest(path),
    )
    assert result["signer"] == "CN=CiscoSystems;OU=NCS_Kenton_ASA;O=CiscoSystems"
    assert result["key"]["label"] == "key.pem"
    assert {check["id"]: check["status"] for check in result["checks"]} == dict.fromkeys(
        ("layout", "kind", "signature", "range"), "passed"
    )
    refused = bench.run("verify", path, "--sha512", "0" * 128, "--json")
    assert (refused.code, refused.result["cause"], refused.result["exit_code"]) == (30, "mismatch", 30)


def test_what_is_no_image_ends_with_its_code(bench: Bench) -> None:
    assert bench.run("verify", image(bench, content=b"no image")).code == 32
    for path in (bench.folder, bench.folder / "missing"):
        ended = bench.run("verify", path, "--json")
        assert (ended.code, ended.result["cause"]) == (2, "image-missing")
    ended = bench.run("verify", image(bench), "--sha512", "1234", "--json")
    assert (ended.code, ended.result["cause"]) == (2, "anchor-unusable")


def test_a_name_with_an_escape_code_does_not_reach_the_terminal(bench: Bench) -> None:
    ended = bench.run("verify", image(bench, "a\x1b[2J\nb.SPA", b"x"))
    assert ended.code == 32
    assert "\x1b" not in ended.out + ended.err


def test_a_calibration_is_a_line_that_trust_import_takes(bench: Bench) -> None:
    path, public = image(bench), pem(key(), bench.folder / "key.pem")
    record = bench.run("verify", path, "--key", public, "--calibrate").out.splitlines()[-1]
    assert json.loads(record)["range"] == "payload"
    (bench.folder / "record").write_text(record)
    assert bench.run("trust", "import", bench.folder / "record").code == 0
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert bench.run("verify", path, "--key", public).code == 30


def test_the_keys_of_a_device_are_trusted_once_they_are_imported(bench: Bench) -> None:
    modulus = f"{key().public_key().public_numbers().n:0512X}"
    rows = ":\n        ".join(
        ":".join(modulus[at : at + 32][i : i + 2] for i in range(0, 32, 2)) for at in range(0, 512, 32)
    )
    shown = f"Public Key #1 Information\nKey Type : Release (Primary)\nModulus :\n        {rows}\nExponent : 65537\n"
    keys = bench.folder / "keys.txt"
    keys.write_text(shown + shown.replace("#1", "#2").replace("Release (Primary)", "Development"))
    assert bench.run("trust", "import", keys).code == 2
    imported = bench.run("trust", "import", keys, "--platform", "asa5506x")
    assert imported.code == 0, imported.err
    assert "not trusted: #2 Development" in imported.out
    assert bench.run("verify", image(bench)).code == 0
    listed = bench.run("trust", "list", "--json").records
    (own,) = [row for row in listed if "your asa5506x" in row["label"]]
    assert bench.run("trust", "forget", own["fingerprint"]).code == 0
    assert bench.run("verify", image(bench)).code == 31
    assert bench.run("trust", "forget", own["fingerprint"]).code == 2


def test_load_boots_an_image_that_is_proved_and_says_so(bench: Bench) -> None:
    public = pem(key(), bench.folder / "key.pem")
    path = image(bench, SYSTEM_NAME, system(200_000).built(key()))
    ended = loaded(bench, path, "--key", public, "--require-verified", device=f"&key={public}")
    assert ended.code == 0, ended.err
    assert ended.result["verdict"] == "signature-valid"
    assert ended.result["sha512"] == digest(path)
    (verification,) = [record for record in ended.records if record["kind"] == "verification"]
    assert verification["sha512"] == digest(path)
    assert "is not verified" not in ended.err


REFUSED: dict[str, tuple[str, bytes, tuple[str, ...], int]] = {
    "nothing proves it, and a proof was wanted": (SYSTEM_NAME, b"x" * 600, ("--require-verified",), 32),
    "a pin says no": (SYSTEM_NAME, b"x" * 600, ("--sha512", "0" * 128), 30),
    "it is ROMMON firmware": (FIRMWARE_NAME, firmware().built(key()), (), 33),
    "it is firmware under an image's name": (SYSTEM_NAME, firmware().built(key()), (), 33),
    "it is ASDM": ("asdm-782.bin", b"x" * 600, (), 33),
    "it is a web page": (SYSTEM_NAME, b"<!DOCTYPE html><title>Log in</title>", (), 33),
}


@pytest.mark.parametrize("why", REFUSED)
def test_load_refuses_an_image_before_anything_is_typed_where(why: str, bench: Bench) -> None:
    name, content, arguments, code = REFUSED[why]
    ended = loaded(bench, image(bench, name, content), *arguments)
    assert ended.code == code, ended.err
    assert not [record for record in ended.records if record["kind"] in ("step", "console")]
    assert ended.result["hint"] or code == 30


def test_a_device_that_knows_better_refuses_what_load_was_told_to_send(bench: Bench) -> None:
    path = image(bench, SYSTEM_NAME, replace(system(), signature=bytes(256)).built())
    ended = loaded(bench, path, device=f"&key={pem(key(), bench.folder / 'key.pem')}")
    assert (ended.code, ended.result["cause"]) == (40, "device-refused-image")
    assert "is not verified" in ended.err


def test_serve_refuses_a_file_for_another_family_when_it_is_told_the_family(bench: Bench) -> None:
    path = bench.image("asa961-smp-k8.bin")
    arguments = ("--bind", "127.0.0.1", "--tftp-port", "0", "--dry-run")
    assert bench.run("serve", path, *arguments, "--platform", "asa5506x").code == 33
    assert bench.run("serve", path, *arguments, "--platform", "asa5500x").code == 0
    assert bench.run("serve", path, *arguments).code == 0
    assert bench.run("serve", bench.folder, *arguments, "--platform", "asa5500x").code == 2
