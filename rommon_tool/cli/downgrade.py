"""`rommon downgrade IMAGE --config OLD`: the chapter's "Downgrade the ASA 5500-X or ISA 3000"."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.anchor_options import anchor_options, take_anchors
from rommon_tool.cli.booted_options import booted_options, console_of
from rommon_tool.cli.main import tell
from rommon_tool.cli.options import Finite, option, output_options
from rommon_tool.cli.reporting import reported, warn_without_folder

if TYPE_CHECKING:
    from rommon_tool.asa_version import AsaVersion
    from rommon_tool.procedures.downgrade_gates import Source
    from rommon_tool.procedures.downgrade_image import DowngradeJob, DowngradeOutcome, DowngradePlan

_ARCHIVE = "archive"


@click.command()
@click.argument("image")
@option(
    "--config",
    required=True,
    metavar="OLD",
    envvar="ROMMON_OLD_CONFIG",
    help="The configuration of before the upgrade: a file of this machine, or disk0:/NAME.",
)
@option("--to", "target", default="", metavar="VERSION", help="The version of IMAGE, if its name does not tell it.")
@booted_options
@option(
    "--credentials-after",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The logins of OLD, if they are others: a TOML file of mode 0600.",
)
@option("--server", default="", metavar="S", help="Our address as the device reaches it; not needed for disk0:/ files.")
@option("--bind", default="", metavar="ADDR", help="Where our TFTP server listens. Default: the server's address.")
@option("--tftp-port", default=69, show_default=True, type=int, help="UDP port that our TFTP server listens on.")
@option("--activation-key", default="", metavar="KEY", help="The old activation key, to go back before 8.3.")
@option(
    "--archive",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the configurations of today are kept on this machine. Default: in the run's folder.",
)
@option("--accept-losses", is_flag=True, help="Go on though lines of OLD would be refused, blanked or changed.")
@option("--accept-lock-out", is_flag=True, help="Go on though nobody could log in afterwards but at the console.")
@anchor_options
@option("--require-verified", is_flag=True, help="Refuse an image that no pin and no signature proves (exit code 31).")
@option(
    "--boot-timeout",
    default=900.0,
    show_default=True,
    type=Finite(1),
    metavar="SECONDS",
    help="Longest silence of the boot after the reload.",
)
@option("--yes", is_flag=True, help="Agree to the downgrade beforehand.")
@option("--dry-run", is_flag=True, help="Print every line that would be typed; touch nothing.")
@output_options
def downgrade(
    image: str,
    *,
    config: str,
    as_json: bool,
    no_progress: bool,
    verbose: bool,
    yes: bool,
    dry_run: bool,
    **options: Any,
) -> None:
    """Take an ASA 5500-X or ISA 3000 back to an old IMAGE and the configuration OLD of that time.

    What the old version would refuse is told first, and both configurations of today are kept on disk0 and on this machine
    before what boots is changed. After the reload, which saves nothing, the version is proved and what was refused explained.

    \b
    Examples:
      rommon downgrade asa964-lfbff-k8.SPA --config old.cfg -p /dev/ttyUSB0 --server 10.86.118.21
      rommon downgrade disk0:/asa964-lfbff-k8.SPA --config disk0:/oldconfig.cfg -p /dev/ttyUSB0
    """
    del no_progress  # the live view draws the steps of a load
    if dry_run:
        _show_plan(_job(image, config, options, Path()), as_json=as_json)
        return
    if not yes and not (sys.stdin and sys.stdin.isatty()):
        raise click.UsageError("nobody is here to agree to the downgrade: --yes agrees beforehand")
    with reported("device", as_json=as_json, no_progress=True, verbose=verbose, name="downgrade") as report:
        from rommon_tool.procedures.downgrade_image import downgrade as run_downgrade

        warn_without_folder(report)
        job = _verified(_job(image, config, options, _archive(options, report.folder)), options, report.progress)
        console = console_of(options, report.folder)
        with run_downgrade(job, console, report.progress, _agreed_before if yes else _asked) as run:
            outcome = run.finish()
        report.proved, report.summary = asdict(outcome), _summary(outcome)


def _job(image: str, config: str, options: dict[str, Any], archive: Path) -> "DowngradeJob":
    from rommon_tool.credentials import from_file
    from rommon_tool.errors import WrongUsage
    from rommon_tool.procedures.downgrade_gates import GoAhead, Source, check_sources
    from rommon_tool.procedures.downgrade_image import DowngradeJob

    sources = Source(image), Source(config)
    check_sources(*sources)
    if not options["server"] and not all(source.is_on_device for source in sources):
        raise WrongUsage(
            "a file of this machine is copied to the device, from an address that it reaches", hint="give --server"
        )
    after = options["credentials_after"]
    names = ("activation_key", "server", "bind", "tftp_port")
    return DowngradeJob(
        image=sources[0],
        config=sources[1],
        target=_target(sources[0], options["target"]),
        archive=archive,
        agreed=GoAhead(options["accept_losses"], options["accept_lock_out"]),
        boot_seconds=options["boot_timeout"],
        after=from_file(after) if after else None,
        **{name: options[name] for name in names},
    )


def _target(image: "Source", given: str) -> "AsaVersion":
    from rommon_tool.asa_version import AsaVersion
    from rommon_tool.errors import WrongUsage
    from rommon_tool.image import Image

    text = given or Image(Path(image.name), image.name, 0).version
    try:
        return AsaVersion.parse(text)
    except ValueError as error:
        message = f"--to: {error}" if given else f"the name {image.name} tells no version"
        raise WrongUsage(message, hint="give --to 9.6(4), the version of the image") from error


def _archive(options: dict[str, Any], folder: Path | None) -> Path:
    """A folder of our own that nobody else may read. Raises `WrongUsage` where there is none."""
    from rommon_tool.errors import WrongUsage

    path = options["archive"] or (folder / _ARCHIVE if folder else None)
    if path is None:
        raise WrongUsage("there is no place to keep the configurations of today", hint="give --archive DIR")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUsage(f"no folder {path}: {error.strerror}", hint="give --archive another place") from error
    return Path(path)


def _verified(job: "DowngradeJob", options: dict[str, Any], progress: Any) -> "DowngradeJob":
    """The job held to the digest of the verified image. Of an image on disk0 only --sha512 can be asked."""
    from rommon_tool.errors import WrongUsage
    from rommon_tool.procedures.downgrade_image import with_digest
    from rommon_tool.procedures.verifying import verified_file

    if not job.image.is_on_device:
        needs_proof = options["require_verified"]
        found = verified_file(job.image.path, take_anchors(options), progress, needs_proof=needs_proof)
        return with_digest(job, found.sha512)
    if options["key"] or options["pins"] or options["bulk_hash"]:
        raise WrongUsage("an image on disk0 can only be held against its SHA-512", hint="give --sha512")
    if options["require_verified"] and not options["sha512"]:
        raise WrongUsage("what proves an image on disk0 is its SHA-512", hint="give --sha512")
    return with_digest(job, options["sha512"].lower())


def _agreed_before(plan: "DowngradePlan") -> bool:
    _show(plan)
    return True


def _asked(plan: "DowngradePlan") -> bool:
    _show(plan)
    return click.prompt("Type 'downgrade' to go on", default="", show_default=False, err=True).strip() == "downgrade"


def _show(plan: "DowngradePlan") -> None:
    tell(
        f"\n{plan.model}: {plan.version} becomes {plan.target} ({plan.image}), with the configuration {plan.config}.\n"
        f"{len(plan.findings)} findings, above; most rules are recalled and not checked against a device.\n"
        f"The configurations of today are in {plan.archive}.\n"
        "What was configured since OLD was saved is gone afterwards. The device reloads: traffic stops for minutes.\n"
    )


def _summary(outcome: "DowngradeOutcome") -> str:
    refused, kept = len(outcome.refused), " and ".join(outcome.kept)
    lines = [
        f"Downgraded: after a reload the {outcome.model} runs version {outcome.version} from {outcome.image_file}.",
        f"It refused {refused} lines of {outcome.config}, {outcome.unforeseen} of them not foretold.",
        f"Foretold, but taken: {len(outcome.unrealised)}.",
        f"The configurations of before are {kept}, and in {outcome.archive}.",
        "Its startup configuration still has the refused lines: `write memory` drops them.",
    ]
    return "\n".join(lines[:4] if not refused else lines)


def _show_plan(job: "DowngradeJob", *, as_json: bool) -> None:
    from rommon_tool.procedures.downgrade_image import STEPS, lines_to_type
    from rommon_tool.sinks import title

    typed = lines_to_type(job)
    for number, name in enumerate(STEPS, 1):
        types = typed.get(name, [])
        if as_json:
            click.echo(json.dumps({"v": 1, "kind": "plan", "number": number, "name": name, "types": types}))
        else:
            click.echo("\n".join([f"  {number}. {title(name)}", *(f"       {line}" for line in types)]))
    if as_json:
        click.echo(json.dumps({"v": 1, "kind": "result", "exit_code": 0, "outcome": "dry-run"}))
