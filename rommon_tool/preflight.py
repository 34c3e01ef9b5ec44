"""What must be true before anything is typed at a device. Nothing here touches the console."""

import os
from dataclasses import dataclass

from platforms import Platform, load_platform, platform_names
from rommon_tool.errors import WrongUsage
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

    @property
    def known(self) -> list[Platform]:
        """Every family that an image may be made for: the shipped ones, and the user's own."""
        shipped = {name: load_platform(name) for name in platform_names()}
        return list((shipped | {family.name: family for family in self.families}).values())


def prepare(job: Job) -> Plan:
    """Check image, family, power command and network. Raises `WrongUsage`, `WrongImage` or `ServerAddressNotHere`."""
    names = platform_names() if job.platform == AUTO else (job.platform,)
    families = tuple(load_platform(name) for name in names)
    # Not `Path.exists`: it raises for a path behind a folder that we may not look into.
    elsewhere = job.network.external_server and not os.path.exists(job.image)  # noqa: PTH110
    image = image_elsewhere(str(job.image)) if elsewhere else open_image(job.image)
    if job.power_command:
        power_of(job.power_command).check()
    fitting = sorted(image.families(families), key=lambda family: len(family.image_names))
    families = (*fitting, *(family for family in families if family not in fitting))
    plan = Plan(job, image, checked(job.network), families)
    if len(families) == 1:
        check_family(plan, families[0])
    return plan


def check_family(plan: Plan, family: Platform) -> None:
    """Whether this family can do what was asked: once its name is known, which may be only after the break-in."""
    check_fits(plan.image, family, plan.known)
    network = plan.network
    if network.vlan and "vlan" not in family.roles():
        raise WrongUsage(
            f"the monitor of the {family.title} knows no VLAN", hint="leave --vlan out and use an untagged port"
        )
    fixed = family.netboot_interface
    if network.interface and fixed and network.interface.lower().replace(" ", "") != fixed.lower():
        message = f"the {family.title} can load from {fixed} only, not from {network.interface}"
        raise WrongUsage(message, hint=f"put the cable into {fixed} and leave --interface out")
