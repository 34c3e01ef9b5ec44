"""What must be true before anything is typed at a device. Nothing here touches the console."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from platforms import Platform, load_platform, platform_names
from platforms.model import Role
from rommon_tool.errors import WrongImage, WrongUsage
from rommon_tool.image import Image, check_fits, image_elsewhere, open_image
from rommon_tool.job import Job, Network, checked
from rommon_tool.power import power_of

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Plan:
    """A job whose parts were checked against each other.

    `families` are those that the device may turn out to be: first the ones that the image is made for, and of these
    those that take fewer kinds. Of several with the same prompt the first is taken, if the device shows no banner.
    """

    job: Job
    image: Image
    network: Network
    families: tuple[Platform, ...]
    session_command: str = ""

    def variables(self, family: Platform) -> dict[Role, str]:
        """What is to be set on a device of this family. A port is named where the family has but one, and a setting for it."""
        network = self.network
        if not network.interface and "interface" in family.roles():
            network = replace(network, interface=family.netboot_interface)
        return network.variables(self.image.name, family.roles())

    @property
    def known(self) -> list[Platform]:
        """Every family that an image may be made for: the shipped ones, and the user's own."""
        shipped = {name: load_platform(name) for name in platform_names()}
        return list((shipped | {family.name: family for family in self.families}).values())


def prepare(job: Job) -> Plan:
    """Check image, family, power command and network. Raises `WrongUsage`, `WrongImage` or `ServerAddressNotHere`."""
    names = platform_names() if job.platform == AUTO else (job.platform,)
    families = _in_chassis(job, tuple(load_platform(name) for name in names))
    # Not `Path.exists`: it raises for a path behind a folder that we may not look into.
    elsewhere = job.network.external_server and not os.path.exists(job.image)  # noqa: PTH110
    image = image_elsewhere(str(job.image)) if elsewhere else open_image(job.image)
    if job.power_command:
        power_of(job.power_command).check()
    fitting = sorted(image.families(families), key=lambda family: len(family.image_names))
    families = (*fitting, *(family for family in families if family not in fitting))
    plan = Plan(job, image, checked(job.network), families, _session_command(job, families))
    if len(families) == 1:
        check_family(plan, families[0])
    return plan


def _in_chassis(job: Job, families: tuple[Platform, ...]) -> tuple[Platform, ...]:
    """The families that a device behind a supervisor may be; all of them where none was told of. Raises `WrongUsage`."""
    if not job.slot and not job.session_command:
        return families
    modules = tuple(family for family in families if family.session)
    if not modules:
        message = f"--slot and --session are for a module in a chassis, and the {families[0].title} is none"
        raise WrongUsage(message, hint="leave them out, or give --platform asasm")
    return modules


def _session_command(job: Job, families: tuple[Platform, ...]) -> str:
    """What is typed at the supervisor: never anything that does not open a session. Raises `WrongUsage`."""
    session = families[0].session
    if session is None or not (job.slot or job.session_command):
        return ""
    if job.slot and job.session_command:
        raise WrongUsage("--slot and --session say the same twice", hint="give one of them")
    if job.session_command and not session.others.search(job.session_command.encode("latin-1", "replace")):
        message = f"--session '{job.session_command}' is no command that opens a session"
        raise WrongUsage(message, hint="give `service-module session slot N` or `session …`")
    return job.session_command or session.command.format(slot=job.slot)


def check_file_fits(path: Path, name: str) -> None:
    """Raise `WrongImage` for a file that is made for other families than the named one, `WrongUsage` for a folder."""
    from rommon_tool.firmware import Anchors, verify

    if path.is_dir():
        raise WrongUsage(f"{path} is a folder, whose files may be for any family", hint="give one file with --platform")
    family = load_platform(name)
    open_image(path)
    found = verify(path.resolve(), Anchors(), name=path.name).recognised
    if found.families and family.name not in found.families:
        made_for = f"{found.title}, for {', '.join(found.families)}"
        raise WrongImage(f"{path.name} is a {made_for}, and not for {family.title}", hint="get the one for this family")


def check_family(plan: Plan, family: Platform) -> None:
    """Whether this family can do what was asked: once its name is known, which may be only after the break-in."""
    if not plan.job.any_family:
        check_fits(plan.image, family, plan.known)
    network = plan.network
    _check_chassis(plan, family)
    if network.vlan and "vlan" not in family.roles():
        raise WrongUsage(
            f"the monitor of the {family.title} knows no VLAN", hint="leave --vlan out and use an untagged port"
        )
    fixed = family.netboot_interface
    if network.interface and fixed and network.interface.lower().replace(" ", "") != fixed.lower():
        message = f"the {family.title} can load from {fixed} only, not from {network.interface}"
        raise WrongUsage(message, hint=f"put the cable into {fixed} and leave --interface out")


def _check_chassis(plan: Plan, family: Platform) -> None:
    """What a module in a chassis must be told, and what must not be done to it."""
    missing = {*family.variables.required} - plan.variables(family).keys()
    if "vlan" in missing:
        message = f"the {family.title} loads over a VLAN of its chassis, and none was given"
        raise WrongUsage(
            message, hint="give --vlan N: the one in which the server is, and which the supervisor passes to the module"
        )
    if missing:
        raise WrongUsage(f"the {family.title} needs --{min(missing)}", hint=f"give --{min(missing)}")
    if family.session and plan.job.power_command and power_of(plan.job.power_command).asks:
        message = f"--power {plan.job.power_command} would have the whole chassis switched off"
        raise WrongUsage(message, hint=f"leave it out, and {family.session.restart}")
