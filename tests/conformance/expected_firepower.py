"""What stands in the recordings of the Firepowers, and of the strangers, counted by eye. See `expected`."""

from expectation import KENTON, Expected

UNTOUCHED_KENTON = {
    "ADDRESS": "",
    "NETMASK": "",
    "GATEWAY": "",
    "SERVER": "",
    "IMAGE": "",
    "CONFIG": "",
    "PS1": '"rommon ! > "',
}
FPR1010 = UNTOUCHED_KENTON | {
    "ADDRESS": "192.168.45.45",
    "NETMASK": "255.255.255.0",
    "GATEWAY": "192.168.45.46",
    "SERVER": "192.168.45.46",
    "IMAGE": "cisco-ftd-fp1k.7.4.2-172.SPA",
    "FIRMWARE_VERSION": "1005.0203",
}


def _sisters(*names: str) -> dict[str, dict[str, int]]:
    """They read the same, and only the banner is not theirs."""
    return {name: {"banner": 0} for name in names}


def _kenton(counts: dict[str, int]) -> dict[str, dict[str, int]]:
    """The same monitor on an ASA, whose software is another."""
    return {"asa5506x": counts, "isa3000": counts}


FIREPOWER = {
    "fpr1000/1010-break-set-load": Expected(
        tells=("fpr1000",),
        counts={
            "banner": 1,
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "break_in.countdown": 1,
            "break_in.window_passed": 5,
            "console.prompt": 8,
            "netboot.started": 1,
            "netboot.progress": 1839 + 9,  # two behind `locked`, one in PS1, six in the SUCCESS boxes
            "netboot.received": 1,
            "netboot.launching": 3,
            "netboot.bundle.stops": 1,
            "boot.login": 1,
            "boot.running": 1,
            "boot.reboot": 2,
        },
        own=_sisters("fpr2100", "fpr3100")
        | _kenton(
            {"banner": 0, "boot.running": 0, "break_in.window_passed": 3, "netboot.bundle.stops": 0, "boot.reboot": 1}
        ),
        groups={"netboot.bundle.stops": ("268435456",)},
        dumps=(("set", FPR1010), ("sync", {}), ("tftp -b", {})),
        images={"cisco-ftd-fp1k.7.4.2-172.SPA": ("fpr1000",)},
        window_seconds=10,
    ),
    "fpr1000/1010-format": Expected(
        counts={"erase_question": 1, "boot.prompt": 1, "boot.questions": 1},
        groups={"boot.prompt": ("firepower(local-mgmt)#",)},
    ),
    "fpr1000/1010-fxos-install": Expected(counts={"boot.login": 1, "boot.running": 1, "boot.questions": 1}),
    "fpr2100/2110-boot-ftd": Expected(
        # The window of `backup and restore` counts twice; the login is not the last that is printed.
        counts={"break_in.window_passed": 6, "netboot.progress": 11, "netboot.launching": 3, "boot.running": 1},
    ),
    "fpr2100/2110-break-password-reset": Expected(
        tells=("fpr2100",),
        counts={
            "banner": 1,
            "erase_question": 1,
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "break_in.interrupted": 1,
            "console.prompt": 1,
            "netboot.progress": 2,
            "boot.questions": 1,
            "boot.reboot": 1,
        },
        own=_sisters("fpr1000", "fpr3100") | _kenton({"banner": 0, "erase_question": 0}),
    ),
    "fpr2100/2110-reboot": Expected(
        tells=("fpr2100",),
        counts={
            "banner": 1,
            "break_in.power_on": 1,
            "break_in.notice": 2,
            "netboot.progress": 2,
            "boot.prompt": 1,
            "boot.questions": 1,
            "boot.reboot": 2,
        },
        own=_kenton({"banner": 0, "boot.questions": 0, "boot.reboot": 1}),
        groups={"boot.prompt": ("KP-DE-A(local-mgmt)#",)},
    ),
    "fpr2100/2120-reload": Expected(
        tells=("fpr2100",),
        counts={"banner": 1, "break_in.power_on": 1, "netboot.progress": 2, "boot.reboot": 2},
    ),
    "fpr2100/2120-reload-boot": Expected(
        tells=("fpr2100",),
        counts={
            "banner": 1,
            "break_in.power_on": 1,
            "break_in.notice": 2,  # and not the window of `backup and restore`, which is another one
            "break_in.window_passed": 9,
            "netboot.progress": 13,
            "netboot.launching": 3,
            "boot.version": 1,
            "boot.running": 15,  # the automatic login, thirteen turns of waiting, the ASA's CLI
            "boot.from_flash": 3,
            "boot.reboot": 2,
        },
        own=_sisters("fpr1000", "fpr3100")
        | _kenton({"banner": 0, "break_in.window_passed": 6, "boot.running": 0, "boot.reboot": 1}),
        groups={"boot.version": ("99.16(1)222",)},
        images={"fxos-k8-fp2k-lfbff.82.10.1.377i.SSB": ("fpr2100",)},
    ),
    "fpr3100/3130-boot-loop": Expected(
        tells=("fpr3100",),
        counts={
            "banner": 1,
            "break_in.power_on": 2,
            "break_in.notice": 2,
            "break_in.window_passed": 2,
            "boot.from_flash": 2,
            "boot.reboot": 1,
        },
        own=_kenton({"banner": 0, "break_in.power_on": 1, "break_in.window_passed": 1, "boot.from_flash": 1}),
        images={"fxos-k8-fp3k-lfbff.2.12.1.73.SPA": ("fpr3100",)},
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
