"""The other commands, and what all of them share: help, configuration, environment, a reader that goes away."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_rig import ADDRESSES, FAMILIES, IMAGES, ROMMON, STEPS, VERSIONS, Bench, free_port

COMMANDS = [
    "load",
    "recover-ap",
    "serve",
    "diagnose",
    "demo",
    "simulate",
    "variables",
    "password",
    "platforms",
    "ports",
    "completion",
]
README = Path(__file__).parents[2] / "README.md"


def test_the_demo_recovers_a_made_up_device_of_each_family_in_nine_steps(bench: Bench) -> None:
    command = ["--speed", "40", "--size", "2", "--json"]
    with bench.start("demo", "asa5500x", *command) as first, bench.start("demo", "asa5506x", *command) as second:
        for family, demo in {"asa5500x": first, "asa5506x": second}.items():
            ended = demo.end()
            assert ended.code == 0, ended.err
            steps = [record["name"] for record in ended.records if record["kind"] == "step"]
            assert list(dict.fromkeys(steps)) == STEPS
            assert ended.result["bytes"] == 2 << 20
            assert ended.result["booted_version"] == VERSIONS[family]


def test_the_demo_shows_people_each_step_on_a_line_of_its_own(bench: Bench) -> None:
    ended = bench.run("demo", "--speed", "40", "--size", "1", "--fault", "launch-crashes")
    assert (ended.code, ended.out) == (40, "")
    started = [int(number) for number in re.findall(r"\[(\d)/9\] [^:]+ (?:…|\.\.\.)$", ended.err, re.MULTILINE)]
    assert started == list(range(1, 9))
    assert "[8/9] Load the image and watch it boot: failed" in ended.err
    folder = Path(re.findall(r"^Run folder: (.*)$", ended.err, re.MULTILINE)[0])
    assert folder.is_relative_to(bench.folder)
    assert {path.name for path in folder.iterdir()} == {"events.jsonl", "transcript.txt"}
    assert json.loads((folder / "events.jsonl").read_text().splitlines()[-1])["kind"] == "result"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_an_example_that_names_it(command: str, bench: Bench) -> None:
    ended = bench.run(command, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert re.search(rf"Example.*rommon {command}", ended.out, re.DOTALL)


def test_the_help_lists_every_command_and_the_version_is_told(bench: Bench) -> None:
    listed = bench.run("--help")
    assert listed.code == 0
    assert [name for name in COMMANDS if not re.search(rf"\b{name}\b", listed.out)] == []
    version = bench.run("--version")
    assert version.code == 0
    assert re.fullmatch(r"rommon, version \d+\.\d+\.\d+\S*\n", version.out)


def test_the_platforms_are_listed_and_every_value_of_one_has_its_evidence(bench: Bench) -> None:
    assert [name for name in FAMILIES if name not in bench.run("platforms").out] == []
    ended = bench.run("platforms", "asa5506x", "--json")
    assert ended.code == 0
    values = {record["path"]: record for record in ended.records}
    assert values["console.prompt"]["value"] == r"(?i)rommon \d+ ?>"
    assert all(record["evidence"] and record["source"] for record in values.values())


def test_the_ports_are_listed_for_scripts(bench: Bench) -> None:
    ended = bench.run("ports", "--json")
    assert ended.code == 0
    assert ended.result["ports"] == len(ended.records) - 1


def test_every_fault_that_can_be_simulated_is_listed(bench: Bench) -> None:
    ended = bench.run("simulate", "asa5506x", "--fault", "help")
    assert ended.code == 0
    assert "link-down" in ended.out


@pytest.mark.parametrize("shell", ["bash"])
def test_a_shell_can_complete_commands(shell: str, bench: Bench) -> None:
    ended = bench.run("completion", shell)
    assert ended.code == 0
    assert "_ROMMON_COMPLETE" in ended.out


def test_options_come_from_the_command_line_then_the_environment_then_the_configuration(bench: Bench) -> None:
    config = bench.folder / "home" / "config" / "rommon" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        '[load]\naddress = "10.1.1.1/24"\nserver = "10.1.1.21"\nbind = "127.0.0.1"\nno-save = true\nport = "/dev/from-file"\n'
    )
    bench.env |= {"ROMMON_ADDRESS": "10.1.1.2/24", "ROMMON_SERVER": "10.1.1.22"}
    image = bench.image(IMAGES["asa5506x"])
    ended = bench.run("load", image, "--address", "10.1.1.3/24", "--dry-run")
    assert ended.code == 0, ended.err
    assert "ADDRESS=10.1.1.3" in ended.out
    assert "SERVER=10.1.1.22" in ended.out
    assert not re.search(r"^ +sync$", ended.out, re.MULTILINE)
    refused = bench.run("load", image, "--tftp-port", free_port())
    assert (refused.code, "/dev/from-file" in refused.err) == (10, True)
    bench.env["ROMMON_PORT"] = "/dev/from-environment"
    refused = bench.run("load", image, "--tftp-port", free_port())
    assert (refused.code, "/dev/from-environment" in refused.err) == (10, True)


@pytest.mark.parametrize("text", [None, "this is no TOML"])
def test_a_configuration_that_was_named_must_be_readable(text: str | None, bench: Bench) -> None:
    config = bench.folder / "my.toml"
    if text is not None:
        config.write_text(text)
    ended = bench.run("--config", config, "ports")
    assert ended.code == 2
    assert str(config) in ended.err.replace("\n", "")
    assert "Traceback" not in ended.err


def test_a_reader_that_goes_away_does_not_stop_the_run(bench: Bench) -> None:
    port = free_port()
    url = f"sim://asa5506x?speed=40&wire=127.0.0.1:{port}"
    image = bench.image(IMAGES["asa5506x"])
    transcript = bench.folder / "transcript.txt"
    command = [*ROMMON, "load", image, "-p", url, *ADDRESSES, "--tftp-port", str(port), "--json"]
    with subprocess.Popen(
        [*command, "--transcript", transcript], env=bench.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as load:
        assert load.stdout is not None
        assert load.stderr is not None
        assert json.loads(load.stdout.readline())["seq"] == 1
        load.stdout.close()
        errors = load.stderr.read().decode()
    # That the test's image is none, which is said to people, is all there is to say.
    assert [line for line in errors.splitlines() if "is not verified" not in line] == []
    assert load.returncode == 0
    assert "show version" in transcript.read_text()


def test_a_listing_whose_reader_goes_away_ends_quietly(bench: Bench) -> None:
    command = f"{' '.join(ROMMON)} platforms asa5506x | head -1"
    ended = subprocess.run(["sh", "-c", command], env=bench.env, capture_output=True, text=True, timeout=30, check=True)
    assert ended.stderr == ""
    assert ended.stdout.count("\n") == 1


def test_the_example_for_bench_scripts_in_the_readme_recovers_a_device(bench: Bench) -> None:
    if not README.exists():
        pytest.fail("README.md is missing")
    found = re.search(r"<!-- test: api -->\s*```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    if found is None:
        pytest.fail("README.md has no Python block behind the comment `<!-- test: api -->`")
    tftp_port = free_port()
    image = bench.image(IMAGES["asa5506x"])
    example = _put(found[1], r'port="[^"]*"', f'port="sim://asa5506x?speed=40&wire=127.0.0.1:{tftp_port}"')
    example = _put(example, r'"[^"\n]*\.(?:SPA|bin)"', repr(str(image)))
    example = _put(example, r'address="[^"]*"', 'address="10.86.118.4/24"')
    example = _put(example, r'server="[^"]*"', f'server="10.86.118.21", bind="127.0.0.1", tftp_port={tftp_port}')
    script = bench.folder / "example.py"
    script.write_text(example)
    ended = subprocess.run(
        [sys.executable, "-W", "error", script], env=bench.env, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""


def _put(text: str, pattern: str, value: str) -> str:
    changed, count = re.subn(pattern, lambda _: value, text)
    assert count == 1, f"the example has {count} times {pattern}"
    return changed
