"""What consoles show in each state, for whoever tells states apart: the words of captures where there is one.

`text` is what the console printed before it fell silent. `echo` is what a device prints at an Enter into silence: None
for states that print by themselves. `on_the_way` are states that a part of the text rightly shows.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One console, and what it must be taken for."""

    state: str
    text: bytes
    family: str = ""
    sure: bool = True
    on_the_way: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.state}: {self.text[-24:].decode('latin-1')!r}"


KENTON = (
    b"Rom image verified correctly\r\nCisco Systems ROMMON, Version 1.1.8, RELEASE SOFTWARE\r\n"
    b"Copyright (c) 1994-2015  by Cisco Systems, Inc.\r\nCompiled Thu 06/18/2015 12:15:56.43 by builders\r\n"
    b"Current image running: Boot ROM1\r\nLast reset cause: PowerCycleRequest\r\n"
    b"Platform ASA5516 with 8192 Mbytes of main memory\r\nMAC Address: 00:12:d9:00:00:00\r\n"
)
FIREPOWER = (
    b"\n\r*******************************************************************************\n\r"
    b"Cisco System ROMMON, Version 1.0.12, RELEASE SOFTWARE\n\rCopyright (c) 1994-2019  by Cisco Systems, Inc.\n\r"
    b"Platform FPR-2110 with 16384 MBytes of main memory\n\rMAC Address: 00:fc:ba:7a:01:00\n\r"
)
NOTICE = b"Use BREAK or ESC to interrupt boot.\r\nUse SPACE to begin boot immediately.\r\n"
COUNTDOWN = b"Boot in 10 seconds." + b"\b" * 19 + b" " * 19 + b"\b" * 19 + b"Boot in 9 seconds." + b"\b" * 18
STARTING = ("power-on", "break-window", "boot-interrupted")
ASA_BANNER = (
    b"User enable_1 logged in to edge-fw\r\nLogins over the last 1 days: 1.  \r\n"
    b"Type help or '?' for a list of available commands.\r\n"
)
ASA_SHOWN = ("asa-starting",)

MONITORS = (
    Example("classic-monitor", b"\r\nrommon #0> "),
    Example(
        "classic-monitor",
        b"Platform ASA5505\r\n\r\n"
        + NOTICE
        + b"Boot interrupted.\r\n\r\nEthernet0/0\r\nLink is DOWN\r\n\r\nUse ? for help.\r\nrommon #3> ",
        "asa5505",
        on_the_way=STARTING,
    ),
    Example(
        "classic-monitor",
        b"Cisco Systems ROMMON Version (2.1(9)8) #1: Wed Oct 26 17:14:40 PDT 2011\r\n\r\nrommon #0>",
        "asa5500x",
        on_the_way=STARTING,
    ),
    Example(
        "kenton-monitor",
        KENTON + NOTICE + COUNTDOWN + b"\r\nBoot interrupted.  \r\nrommon 1 > ",
        "asa5506x",
        on_the_way=STARTING,
    ),
    Example(
        "firepower-monitor", FIREPOWER + NOTICE + b"Boot interrupted.\n\rrommon 1 > ", "fpr2100", on_the_way=STARTING
    ),
    Example(
        "supervisor-monitor",
        b"Platform FPR-4110-SUP with 8192 Mbytes of main memory\r\nrommon 1 > ",
        "fpr4100",
        on_the_way=STARTING,
    ),
    Example(
        "ios-monitor",
        b"System Bootstrap, Version 16.9(5r), RELEASE SOFTWARE\r\nrommon 1 > ",
        "ios",
        on_the_way=("ios-starting",),
    ),
    Example(
        "ios-monitor",
        b"rommon 3 > set\r\n    PS1=rommon ! >\r\n    IP_SUBNET_MASK=255.255.255.192\r\nrommon 4 > ",
        "ios",
        on_the_way=("rommon-monitor",),
    ),
    Example("rommon-monitor", b"\r\nrommon 2 > "),
    Example("ap-monitor", b"\r\nap: ", "ap"),
    Example("catalyst-monitor", b"\r\nswitch: ", "catalyst"),
    Example("kickstart-boot", b"\r\nswitch(boot)# "),
    Example("kickstart-boot", b"switch(boot)(config)# "),
    Example("nxos-loader", b"\r\nloader> "),
    Example("grub", b"\r\n\x1b[0mgrub> "),
    Example("grub", b"error: no such device.\r\nEntering rescue mode...\r\ngrub rescue> "),
    Example("uefi-shell", b"\r\nShell> "),
    Example("u-boot", b"\r\n=> ", "u-boot"),
)

PROMPTS = (
    Example("asa-failover", b"\r\nedge/admin/stby/sec# ", on_the_way=("asa-context",)),
    Example("asa-failover", b"\r\nedge/act(config)# "),
    Example("ftd-boot", b"\r\nciscoasa-boot>"),
    Example("nxos-shell", b"\r\nswitch# ", sure=False),
    Example("asa-user", b"\r\nciscoasa> "),
    Example("asa-user", ASA_BANNER + b"edge-fw> ", on_the_way=ASA_SHOWN),
    Example("asa-user", b"\r\nedge-fw> ", sure=False),
    Example("asa-privileged", b"\r\nciscoasa# "),
    Example(
        "asa-privileged",
        ASA_BANNER + b"edge-fw> enable\r\nPassword: \r\nedge-fw# ",
        on_the_way=("asa-user", "enable-password"),
    ),
    Example("asa-privileged", b"\r\nARDC134FW000003-Internet# ", sure=False),
    Example("asa-config", b"\r\nciscoasa(config)# "),
    Example("asa-config", b"twb-py-lab(config)# ", sure=False),
    Example("asa-subconfig", b"ciscoasa(config-if)# "),
    Example("asa-subconfig", b"edge(config-network-object)# "),
    Example("asa-subconfig", b"edge(cfg-cluster)# "),
    Example("asa-context", b"\r\nciscoasa/admin# "),
    Example("asa-context", b"\r\nedge/customer-a(config)# "),
    Example("asa-failover", b"\r\nedge/pri/act# ", on_the_way=("asa-context",)),
    Example("asa-failover", b"\r\nedge/sec/stby> "),
    Example("asa-failover", b"\r\nedge/ctx1/pri/act(config-if)# "),
    Example(
        "asa-user",
        b"KP-DE-A> nic_get_channel: INVALID_NICNUM (30) from 0x000000aaacf856cc\r\n"
        b"nic_get_channel: INVALID_NICNUM (31)\r\n",
        sure=False,
    ),
    Example("fxos-shell", b"\r\nfirepower /firmware # "),
    Example("fxos-shell", b"\r\nFPR4120-6-Rack10-A /ssa/slot/app-instance* # ", "fpr4100"),
    Example("fxos-shell", b"\r\nfirepower-2120(local-mgmt)# ", "fpr2100"),
    Example("fxos-shell", b"\r\nfirepower-2120# ", "fpr2100", sure=False),
    Example("fxos-module", b"\r\nFirepower-module1>"),
    Example("ftd", b"\r\n> ", sure=False),
    Example(
        "ftd",
        b"Copyright 2004-2023, Cisco and/or its affiliates.\r\nCisco Firepower Extensible\r\n"
        b"Cisco Fire Linux OS v7.2.5 (build 1)\r\n"
        b"Cisco Firepower 2110 Threat Defense v7.2.5 (build 208)\r\n\r\n> ",
    ),
    Example("ios-user", b"\r\nRouter>", "ios"),
    Example("ios-user", b"Press RETURN to get started!\r\n\r\nlab-r1>", "ios", on_the_way=("ios-idle",)),
    Example("ios-privileged", b"\r\nSwitch#", "ios"),
    Example("nxos-shell", b"Cisco Nexus Operating System (NX-OS) Software\r\nn9k-1# "),
    Example("linux-shell", b"\r\nadmin@firepower:~$ "),
    Example("linux-shell", b"\r\nroot@recovery:/# "),
    Example("linux-shell", b"\r\nsh-5.1# "),
)

QUESTIONS = (
    Example("any-key-question", b"Done.\r\nPress any key to continue...", sure=False),
    Example(
        "erase-question",
        b"WARNING:  Password recovery and ROMMON command line access has been\r\n"
        b"disabled by your security policy.\r\nPermanently erase 'disk0:'? ",
    ),
    Example(
        "erase-question",
        b"ASA1# write erase\r\nErase configuration in flash memory? [confirm]",
        on_the_way=("asa-privileged",),
    ),
    Example(
        "erase-question",
        b"WARNING: User configurations will be lost with this operation\r\nAre you sure ? yes/no [no]: ",
    ),
    Example(
        "erase-question", b"Your password and configuration will be erased!\r\nDo you want to continue? (y/n)  [n] "
    ),
    Example("erase-question", b"Please type 'ERASE' to confirm the operation or any other value to cancel: "),
    Example("asa-setup", b"\r\nPre-configure Firewall now through interactive prompts [yes]? "),
    Example("ios-setup", b"Would you like to enter the initial configuration dialog? [yes/no]: ", "ios"),
    Example("fxos-setup", b"You have chosen to setup a new Security Appliance. Continue? (y/n): "),
    Example("ftd-setup", b"Please enter 'YES' or press <ENTER> to AGREE to the EULA: "),
    Example(
        "enable-password-wanted",
        b"ciscoasa> enable\r\nThe enable password is not set.  Please set it now.\r\nEnter  Password: ",
        on_the_way=("asa-user",),
    ),
    Example(
        "enable-password-wanted",
        b"The enable password is not set.  Please set it now.\r\nEnter  Password: ******\r\nRepeat Password: ",
    ),
    Example("new-password-wanted", b"Hello admin. You must change your password.\r\nEnter new password: "),
    Example(
        "anonymous-reporting-question",
        b"Would you like to enable anonymous error reporting to help improve\r\n"
        b"the product? [Y]es, [N]o, [A]sk later: ",
    ),
    Example("save-question", b"System config has been modified. Save? [Y]es/[N]o:  "),
    Example(
        "save-question",
        b"asa# reload\r\nadmin config has been modified. Save? [Y]es/[N]o/[S]ave all/[C]ancel:",
        on_the_way=("asa-privileged",),
    ),
    Example("reload-question", b"Proceed with reload? [confirm]"),
    Example("reload-question", b"Do you still want to reboot? (yes/no):"),
    Example("confirm-question", b"Delete disk0:/asa922-4-smp-k8.bin? [confirm]"),
    Example("confreg-question", b"Do you wish to change this configuration? y/n [n]: "),
    Example("confreg-question", b"disable display of BREAK or ESC key prompt during auto-boot? y/n [n]:"),
    Example("host-key-question", b"Are you sure you want to continue connecting (yes/no)? "),
    Example("yes-no-question", b"Do you wish to continue? y/n:  [n]:  "),
    Example("yes-no-question", b"Do you want to proceed ? (yes/no):"),
    Example("value-question", b"Destination filename [ciscoasa-config.txt]? "),
    Example("question", b"Overwrite the old one?", sure=False),
    Example("question", b"Choose one of the above:", sure=False),
)

PAGERS = (
    Example("asa-pager", b"Compiled on Wed 20-Jun-18\r\n<--- More --->"),
    Example("ap-tar-pager", b"extracting c1200/html/sitewide.js (15991 bytes)...\r\n-- MORE --", "ap"),
    Example("pager", b"package row\r\n --More-- "),
)

LOGINS = (
    Example("enable-password", b"edge-fw> en\r\nPassword: ", on_the_way=("asa-user",)),
    Example("username-prompt", b"\r\nUsername: "),
    Example("password-prompt", b"\r\nPassword: "),
    Example("password-prompt", b"Username: admin\r\nPassword: ", on_the_way=("username-prompt",)),
    Example("fxos-login", b"\r\nfirepower-2110 login: ", "fpr2100"),
    Example("fxos-login", b"firepower login: admin\r\nPassword: "),
    Example("linux-login", b"Debian GNU/Linux 12 bench ttyS0\r\n\r\nbench login: "),
    Example(
        "fxos-login",
        b"System is coming up ... Please wait ...\r\n\r\n"
        b"DP-QP login: 2021 Jan 29 06:53:21 DP-QP %$ VDC-1 %$ %ETHPC-2-PORTS_UP: \r\n\r\n"
        b"%FPRM-2-LINK_DOWN: [F0209] Adapter uplink\r\n",
        sure=False,
        on_the_way=("fxos-starting", "linux-login", "fxos-logging"),
    ),
    Example("maintenance-login", b"Give root password for maintenance\r\n(or press Control-D to continue): "),
)

GOING_ON = (
    Example("power-on", KENTON, "asa5506x"),
    Example(
        "power-on",
        b"CISCO SYSTEMS\r\nEmbedded BIOS Version 1.0(12)11 04/30/08 15:45:41.19\r\n\r\n"
        b"Low Memory: 632 KB\r\nHigh Memory: 251 MB\r\n",
    ),
    Example("break-window", KENTON + NOTICE + COUNTDOWN, "asa5506x", on_the_way=STARTING),
    Example(
        "backup-window",
        b"Press ESC to enter backup and restore.\r\nPress SPACE to continue boot.\r\nBoot in 10 seconds ... \r\n",
    ),
    Example("boot-interrupted", NOTICE + b"Boot interrupted.  \r\n", on_the_way=STARTING),
    Example("erase-announced", b"INFO: PASSWORD RECOVERY functionality is disabled.\r\n"),
    Example(
        "no-image",
        b"Searching / for images to boot.\r\nNo images in /\r\nError 15: File not found\r\nunable to boot an image\r\n",
        on_the_way=("launching",),
    ),
    Example(
        "downloading", b"tftp asa961-smp-k8.bin@10.86.118.21 via 10.86.118.21\r\n!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"
    ),
    Example(
        "ap-recovery",
        b"button is pressed, wait for button to be released...\r\nbutton pressed for 27 seconds\r\n",
        "ap",
    ),
    Example(
        "u-boot-countdown",
        b"U-Boot 2023.01 (Jan 09 2023 - 10:00:00 +0000)\r\n\r\nHit any key to stop autoboot:  2 \b\b\b 1 ",
    ),
    Example("catalyst-countdown", b"Preparing to autoboot. [Press Ctrl-C to interrupt]  5  4  3", "catalyst"),
    Example(
        "grub-menu",
        b"\x1b[H\x1b[J\x1b[1;1H\x1b[2;30HGNU GRUB  version 2.06\x1b[5;2H*Debian GNU/Linux\x1b[20;5HThe "
        b"highlighted entry will be executed automatically in 5s.",
    ),
    Example(
        "launching",
        b"Located '.boot_string' @ cluster 899462.\r\n\r\n"
        b'Attempt autoboot: "boot disk0:/asa984-22-lfbff-k8.SPA"\r\n####################################',
    ),
    Example("launching", b"INIT: version 2.88 booting\r\nStarting udev\r\n"),
    Example(
        "launching",
        b"[    0.000000] Linux version 5.10.200-yocto-standard (oe-user@oe-host)\r\n"
        b"[    0.000000] Command line: console=ttyS0\r\n",
    ),
    Example("asa-starting", b"INFO: Power-On Self-Test in process.\r\n.....................\r\n"),
    Example("ftd-starting", b"Cisco FTD stopping ...\r\n"),
    Example("fxos-starting", b"System is coming up ... Please wait ...\r\n"),
    Example("ios-starting", b"program load complete, entry point: 0x8000f000, size: 0xc100\r\n", "ios"),
    Example("shutting-down", b"***\r\n*** --- START GRACEFUL SHUTDOWN ---\r\nShutting down isakmp\r\n"),
    Example("shutting-down", b"Process shutdown finished\r\nRebooting... (status 0x9)\r\n"),
    Example(
        "kernel-panic",
        b"[    2.1] VFS: Cannot open root device\r\n"
        b"Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n",
        on_the_way=("launching",),
    ),
    Example("asa-crash", b"Thread Name: DATAPATH-0-1234\r\nPage fault: Address not mapped\r\n"),
    Example("do-not-touch", b"Programming SPI flash, please do not power off the system.\r\n"),
    Example("asa-logging", b"%ASA-5-111008: User 'enable_15' executed the 'write memory' command.\r\n"),
    Example(
        "ios-logging",
        b"*Mar  1 00:00:31.395: %LINK-3-UPDOWN: Interface FastEthernet0/0, changed state to up\r\n",
        "ios",
    ),
    Example(
        "fxos-logging",
        b"2021 Jan 29 06:52:03  %$ VDC-1 %$ %USER-0-SYSTEM_MSG: Starting bcm_attach, unit 0 - bcm_usd\r\n",
    ),
    Example("ios-idle", b"Press RETURN to get started.\r\n\r\n\r\n", "ios"),
    Example("asa-idle", b"\r\nLogoff\r\n\r\n"),
    Example("console-server", b"Port is already in use\r\n"),
)

EXAMPLES = MONITORS + PROMPTS + QUESTIONS + PAGERS + LOGINS + GOING_ON
