"""What stands in each recording, counted by eye: how often each value of its platform must see something, and what.

A value that is not named must see nothing there: no prompt where none is, no complaint on a healthy device.
"""

from expectation import CLASSIC, K8, KENTON, LFBFF, SMP, Expected
from expected_access_point import ACCESS_POINT
from expected_firepower import FIREPOWER, UNTOUCHED_KENTON

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
MODULE = CHAPTER | {"ADDRESS": "10.86.118.4", "PORT": "Data0", "VLAN": "1", "PKTTIMEOUT": "2"}
IPS4240 = CHAPTER | {
    "ADDRESS": "10.0.0.1",
    "SERVER": "10.0.0.2",
    "GATEWAY": "0.0.0.0",
    "PORT": "Management0/0",
    "IMAGE": "IPS-4240-K9-sys-1.1-a-7.0-8-E4.img",
}
EXPECTED = (
    FIREPOWER
    | ACCESS_POINT
    | {
        "asa5500/break-confreg-0x41": Expected(
            tells=CLASSIC,
            counts={
                "console.dialogue": 1,
                "break_in.notice": 2,
                "break_in.interrupted": 1,
                "break_in.window_passed": 2,
                "console.prompt": 3,
                "boot.prompt": 6,
                "boot.login": 1,
                "boot.questions": 2,
                "boot.from_flash": 2,
                "confreg.shown": 1,
                "confreg.change": 1,
                "confreg.ignored": 1,
            },
            groups={
                "confreg.shown": ("00000001",),
                "boot.prompt": ("hostname>", "hostname#", *["hostname(config)#"] * 4),
            },
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
        "asasm/chapter-load": Expected(
            tells=("asasm",),
            counts={
                "banner": 4,
                "console.prompt": 9,
                "ping.success": 1,
                "netboot.started": 1,
                "break_in.window_passed": 1,
            },
            groups={"ping.success": ("100",)},
            dumps=(
                ("vlan 1", {}),
                ("set", MODULE),
                ("tftpdnld", MODULE | {"ADDRESS": "10.86.118.3", "PKTTIMEOUT": "4"}),
            ),
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
                "console.dialogue": 9,
                "break_in.power_on": 2,
                "break_in.notice": 2,
                "break_in.interrupted": 1,
                "break_in.window_passed": 3,
                "console.prompt": 2,
                "netboot.complaints.link-down": 1,
                "boot.questions": 9,
                "boot.reboot": 2,
                "boot.from_flash": 2,
                "confreg.shown": 2,
                "confreg.change": 1,
                "confreg.questions.ignore-config": 1,
                "confreg.questions.boot-flash": 1,
                "confreg.questions.leave": 6,
            },
            groups={"confreg.shown": ("00000001", "00000040")},
        ),
        "asa5506x/5506x-banner": Expected(
            tells=("asa5506x",),
            own={"asa5506x": {"banner": 1}},
            counts={"break_in.power_on": 2, "boot.reboot": 2},
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
                "console.dialogue": 7,
                "break_in.window_passed": 1,
                "console.prompt": 2,
                "boot.questions": 7,
                "boot.from_flash": 1,
                "confreg.shown": 2,
                "confreg.change": 1,
                "confreg.questions.ignore-config": 1,
                "confreg.questions.stop-in-monitor": 1,
                "confreg.questions.leave": 4,
            },
            groups={"confreg.shown": ("00000001", "00000041")},
        ),
        "asa5506x/5516x-reload-break-set-boot": Expected(
            tells=("asa5506x",),
            own={"asa5506x": {"banner": 2}},
            counts={
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
            dumps=(("set", UNTOUCHED_KENTON),),
            images={"asa9-16-4-85-lfbff-k8.SPA": LFBFF},
        ),
        "asa5506x/5516x-reload-save-question": Expected(
            counts={"boot.prompt": 1, "boot.questions": 2},
            groups={"boot.prompt": ("ciscoasa(config)#",)},
        ),
        "asa5506x/verify-and-copy-signed-image": Expected(
            counts={"netboot.progress": 35 + 81 + 24 + 1, "boot.prompt": 2},  # the last one in `Done!`
            groups={"boot.prompt": ("firepower#", "ciscoasa#")},
            images={"asa991-lfbff-k8.SPA": LFBFF},
        ),
    }
)
