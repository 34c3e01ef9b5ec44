"""What stands in each recording, counted by eye: how often each value of its platform must see something, and what.

A value that is not named must see nothing there: no prompt where none is, no complaint on a healthy device.
"""

from dataclasses import dataclass, field

CHAPTER = {
    "ADDRESS": "10.86.118.3",
    "SERVER": "10.86.118.21",
    "GATEWAY": "10.86.118.21",
    "PORT": "GigabitEthernet0/0",
    "VLAN": "untagged",
    "IMAGE": "asa961-smp-k8.bin",
    "CONFIG": "",
    "LINKTIMEOUT": "20",
    "PKTTIMEOUT": "4",
    "RETRY": "20",
}
IPS4240 = CHAPTER | {
    "ADDRESS": "10.0.0.1",
    "SERVER": "10.0.0.2",
    "GATEWAY": "0.0.0.0",
    "PORT": "Management0/0",
    "IMAGE": "IPS-4240-K9-sys-1.1-a-7.0-8-E4.img",
}
UNTOUCHED_5516X = {
    "ADDRESS": "",
    "NETMASK": "",
    "GATEWAY": "",
    "SERVER": "",
    "IMAGE": "",
    "CONFIG": "",
    "PS1": '"rommon ! > "',
}
FPR1010 = UNTOUCHED_5516X | {
    "ADDRESS": "192.168.45.45",
    "NETMASK": "255.255.255.0",
    "GATEWAY": "192.168.45.46",
    "SERVER": "192.168.45.46",
    "IMAGE": "cisco-ftd-fp1k.7.4.2-172.SPA",
    "FIRMWARE_VERSION": "1005.0203",
}


@dataclass(frozen=True)
class Expected:
    """One recording.

    `tells`: the families that its text may be of, by banner or by prompt. `own`: counts that differ for one family.
    `groups`: what the named groups hold. `dumps`: the settings in the answer to each of these commands. `images`: names
    of images in it, and the families that each is for. `window_seconds`: where the countdown starts.
    """

    counts: dict[str, int]
    tells: tuple[str, ...] = ()
    own: dict[str, dict[str, int]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dumps: tuple[tuple[str, dict[str, str]], ...] = ()
    images: dict[str, tuple[str, ...]] = field(default_factory=dict)
    netbooted: bool = False
    window_seconds: int = 0

    def counts_of(self, family: str) -> dict[str, int]:
        """What this family's values see; a count of 0 is one that is not there."""
        return {path: count for path, count in (self.counts | self.own.get(family, {})).items() if count}


# Without a banner a text is of every family with its prompt; an image may be made for several.
CLASSIC = ("asa5500", "asa5500x", "asa5505")
KENTON = ("asa5506x",)
K8 = ("asa5500", "asa5505")
SMP = ("asa5500", "asa5500x")
LFBFF = ("asa5506x",)

EXPECTED = {
    "asa5500/break-confreg-0x41": Expected(
        tells=CLASSIC,
        counts={
            "break_in.notice": 2,
            "break_in.interrupted": 1,
            "break_in.window_passed": 2,
            "console.prompt": 3,
            "boot.prompt": 6,
            "boot.login": 1,
            "boot.questions": 2,
            "boot.from_flash": 2,
        },
        groups={"boot.prompt": ("hostname>", "hostname#", *["hostname(config)#"] * 4)},
    ),
    "asa5500/download-begins": Expected(
        images={"asa903-k8.bin": K8},
        counts={"netboot.started": 1, "netboot.progress": 23},
    ),
    "asa5500/ips4240-refused-command": Expected(
        counts={"console.invalid_command": 1},
    ),
    "asa5500/ips4240-set-interface": Expected(
        tells=CLASSIC,
        counts={"console.prompt": 4, "netboot.complaints.link-down": 1},
        dumps=(("set", IPS4240), ("interface gigabit0/0", {}), ("set", IPS4240 | {"PORT": "GigabitEthernet0/0"})),
    ),
    "asa5500x/5512x-boots-to-rommon": Expected(
        tells=CLASSIC,
        counts={
            "break_in.window_passed": 2,
            "console.prompt": 2,
            "boot.prompt": 7,
            "boot.from_flash": 2,
        },
        groups={"boot.prompt": (*["ciscoasa#"] * 2, *["ciscoasa(config)#"] * 2, *["ciscoasa#"] * 3)},
    ),
    "asa5500x/5512x-no-image-break-help": Expected(
        tells=("asa5500x",),
        own={"asa5500x": {"banner": 1}},
        counts={
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "break_in.interrupted": 1,
            "break_in.window_passed": 2,
            "console.prompt": 2,
            "netboot.complaints.link-down": 1,
            "netboot.complaints.file-not-found": 1,
            "boot.reboot": 1,
            "boot.from_flash": 2,
        },
    ),
    "asa5500x/5555x-show-version": Expected(
        counts={"boot.version": 1, "boot.prompt": 1, "boot.image_file": 1},
        groups={
            "boot.version": ("9.14(2)14",),
            "boot.prompt": ("fw09#",),
            "boot.image_file": ("disk0:/asa9-14-2-14-smp-k8.bin",),
        },
        images={"asa9-14-2-14-smp-k8.bin": SMP},
    ),
    "asa5500x/asa-show-version-after-netboot": Expected(
        counts={"boot.version": 1, "boot.image_file": 1},
        groups={"boot.version": ("8.0(2)",), "boot.image_file": ("Unknown, monitor mode tftp booted image",)},
        netbooted=True,
    ),
    "asa5500x/asa-write-erase-reload": Expected(
        counts={"erase_question": 1, "boot.prompt": 3, "boot.questions": 4},
        groups={"boot.prompt": ("ASA1#", "ASA1#", "ciscoasa>")},
    ),
    "asa5500x/chapter-load": Expected(
        tells=CLASSIC,
        counts={
            "console.prompt": 9,
            "ping.success": 1,
            "netboot.started": 1,
            "netboot.received": 1,
            "netboot.launching": 1,
        },
        groups={"ping.success": ("100",), "netboot.received": ("14450688",)},
        dumps=(("set", CHAPTER), ("tftpdnld", CHAPTER)),
        images={"asa961-smp-k8.bin": SMP},
    ),
    "asa5505/break-boot-arguments": Expected(
        tells=("asa5505",),
        own={"asa5505": {"banner": 2}},
        counts={
            "break_in.notice": 2,
            "break_in.interrupted": 1,
            "break_in.window_passed": 1,
            "console.prompt": 1,
            "boot.from_flash": 1,
        },
    ),
    "asa5505/break-confreg": Expected(
        tells=("asa5505",),
        own={"asa5505": {"banner": 1}},
        images={"asa803-k8.bin": K8},
        counts={
            "break_in.power_on": 2,
            "break_in.notice": 2,
            "break_in.interrupted": 1,
            "break_in.window_passed": 3,
            "console.prompt": 2,
            "netboot.complaints.link-down": 1,
            "boot.questions": 9,
            "boot.reboot": 2,
            "boot.from_flash": 2,
        },
    ),
    "asa5506x/5506x-banner": Expected(
        tells=KENTON,
        counts={"banner": 1, "break_in.power_on": 2, "boot.reboot": 2},
    ),
    "asa5506x/5506x-show-version": Expected(
        counts={"boot.version": 1, "boot.prompt": 2, "boot.image_file": 1},
        groups={
            "boot.version": ("9.8(4)22",),
            "boot.prompt": ("securevpn>", "securevpn>"),
            "boot.image_file": ("disk0:/asa984-22-lfbff-k8.SPA",),
        },
        images={"asa982-lfbff-k8.SPA": LFBFF, "asa984-22-lfbff-k8.SPA": LFBFF},
    ),
    "asa5506x/5516x-confreg": Expected(
        tells=KENTON,
        counts={
            "break_in.window_passed": 1,
            "console.prompt": 2,
            "boot.questions": 7,
            "boot.from_flash": 1,
        },
    ),
    "asa5506x/5516x-reload-break-set-boot": Expected(
        tells=KENTON,
        counts={
            "banner": 2,
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "break_in.interrupted": 1,
            "break_in.window_passed": 4,
            "console.prompt": 3,
            "netboot.progress": 1,  # in PS1="rommon ! > "
            "netboot.launching": 2,
            "boot.prompt": 1,
            "boot.questions": 1,
            "boot.reboot": 1,
            "boot.from_flash": 2,
        },
        groups={"boot.prompt": ("ciscoasa#",)},
        dumps=(("set", UNTOUCHED_5516X),),
        images={"asa9-16-4-85-lfbff-k8.SPA": LFBFF},
    ),
    "asa5506x/5516x-reload-save-question": Expected(
        counts={"boot.prompt": 1, "boot.questions": 2},
        groups={"boot.prompt": ("ciscoasa(config)#",)},
    ),
    "fpr1000/1010-break-set-load": Expected(
        tells=KENTON,
        counts={
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "break_in.window_passed": 3,
            "console.prompt": 8,
            "netboot.started": 1,
            "netboot.progress": 1839 + 9,  # two behind `locked`, one in PS1, six in the SUCCESS boxes
            "netboot.received": 1,
            "netboot.launching": 3,
            "boot.login": 1,
            "boot.reboot": 1,
            "break_in.countdown": 1,
        },
        dumps=(("set", FPR1010), ("sync", {}), ("tftp -b", {})),
        window_seconds=10,
    ),
    "fpr2100/2110-break-password-reset": Expected(
        tells=KENTON,
        counts={
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "break_in.interrupted": 1,
            "console.prompt": 1,
            "netboot.progress": 2,
            "boot.questions": 1,
            "boot.reboot": 1,
        },
    ),
    "fpr2100/2110-reboot": Expected(
        counts={"break_in.power_on": 1, "break_in.notice": 2, "netboot.progress": 2, "boot.reboot": 1},
    ),
    "fpr2100/2120-reload-boot": Expected(
        counts={
            "break_in.power_on": 1,
            "break_in.notice": 2,  # and not the window of `backup and restore`, which is another one
            "break_in.window_passed": 6,
            "netboot.progress": 13,
            "netboot.launching": 3,
            "boot.version": 1,
            "boot.reboot": 1,
            "boot.from_flash": 3,
        },
        groups={"boot.version": ("99.16(1)222",)},
    ),
    "fpr3100/3130-boot-loop": Expected(
        counts={
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "break_in.window_passed": 1,
            "boot.reboot": 1,
            "boot.from_flash": 1,
        },
    ),
    "fpr4100/4110-countdown": Expected(
        counts={
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "break_in.window_passed": 1,
            "netboot.progress": 9,
            "boot.reboot": 1,
            "boot.from_flash": 1,
            "break_in.countdown": 10,
        },
        window_seconds=10,
    ),
    "fpr4100/4110-kickstart": Expected(
        tells=KENTON,
        counts={
            "break_in.power_on": 1,
            "console.prompt": 1,
            "netboot.progress": 13,
            "boot.prompt": 3,
            "boot.questions": 2,
            "boot.reboot": 1,
            "erase_question": 1,
        },
        groups={"boot.prompt": ("switch(boot)#",) * 3},  # `switch(boot)(config)#` is no prompt that an ASA has
    ),
    "ios-router/1841-tftpdnld": Expected(
        tells=KENTON,  # by its prompt alone: what it is, its variables tell
        counts={"console.prompt": 6, "netboot.progress": 15 + 80 + 1, "netboot.received": 1, "boot.questions": 1},
    ),
    "ios-router/2600-set-usage": Expected(
        tells=KENTON,
        counts={"console.prompt": 2, "netboot.progress": 1},  # the mark in PS1
    ),
}
