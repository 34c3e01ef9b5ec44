"""Wording for which no public capture exists. Nothing in this file may be quoted as a device's own words.

Some are recalled from use, some made up; each says which. They stand together so that nobody mistakes one for a
fact, and so that a capture, once found, has one place to go to. Texts elsewhere in this package are captured or
documented.
"""

# --- dialect A (rommon #0>) ---------------------------------------------------------------------------------------
# Recalled. The retry count is the RETRY variable.
A_TFTP_TIMEOUT = "TFTP failure: Packet verify failed after {retries} retries"
# The words "File not found" are matched by Cisco's own lab automation; the line around them is made up.
A_TFTP_NOT_FOUND = "TFTP error: File not found"
A_TFTP_ERROR = "TFTP error: {reason}"  # made up
A_LINK_TIMEOUT = "Link is DOWN"  # captured as text, but after `interface`; that a download says it too is made up
A_MISSING = "TFTP error: {variable} is not set"  # made up
A_BAD_ADDRESS = "Invalid IP address: {value}"  # made up
A_BAD_PORT = "Invalid interface: {value}"  # made up
A_SIGNATURE = "Image signature verification failed"  # made up
A_PING_SILENCE = "." * 20  # recalled: dots or question marks
A_REBOOT = "Rebooting...."  # recalled
# The public list is cut after "gdb"; these names are recalled from the PIX-derived monitor.
A_HELP_AFTER_GDB = """\
  help        valid command list
  history     display command history
  interface   Ethernet interface port
  no          clear feature settings
  ping        send ICMP echo
  reboot      reboot system
  reload      reboot system
  repeat      repeat a CLI command
  reset       reboot system
  server      server IP address
  set         display all variable settings
  show        display cli modifiable system info
  sync        save variable settings in NVRAM
  tftpdnld    TFTP download
  timeout     packet timeout (seconds)
  trace       toggle packet tracing
"""

# Recalled. That a 5550's monitor is 1.0(11)5 is captured; the forms are a 5505's.
A_5550_BIOS = """\
CISCO SYSTEMS
Embedded BIOS Version 1.0(11)5 08/28/08 15:11:51.82

Low Memory: 631 KB
High Memory: 4096 MB
PCI Device Table.
Bus Dev Func VendID DevID Class              Irq
 00  00  00   8086   2578  Host Bridge
 00  01  00   8086   2579  PCI-to-PCI Bridge

Evaluating BIOS Options ...
Launch BIOS Extension to setup ROMMON

"""
A_5550_BANNER = """\
Cisco Systems ROMMON Version (1.0(11)5) #0: Thu Aug 28 15:23:50 PDT 2008

Platform ASA5550

"""
# Recalled: no raw boot of a single-core image (`-k8.bin`) is public.
A_K8_BOOT: tuple[tuple[float, str], ...] = (
    (20.0, "Processor memory 343932928, Reserved memory: 62914560\n"),
    (20.0, "\nTotal SSMs found: 0\n"),
)

# --- the ASA Services Module, of which only the guide's own sample is public -----------------------------------------
# Recalled: the guide's sample begins behind the break-in. The module's name is captured, elsewhere.
A_MODULE_BANNER = """\
Cisco Systems ROMMON Version (1.0(12)13) #1: Thu Aug 28 15:55:27 PDT 2008

Platform WS-SVC-ASA-SM1

"""
A_ABORTED = "TFTP download aborted"  # made up; that ESC aborts it is documented
# Recalled from service modules in a Catalyst 6500.
SUPERVISOR_PROMPT = "Router#"
SESSION_OPEN = """\
The default escape character is Ctrl-^, then x.
You can also type 'exit' at the remote prompt to end the session
Trying 127.0.0.{slot}1 ... Open
"""
SESSION_REFUSED = """\
The default escape character is Ctrl-^, then x.
You can also type 'exit' at the remote prompt to end the session
Trying 127.0.0.{slot}1 ...
% Connection refused by remote host
"""
SESSION_CLOSED = "\n[Connection to 127.0.0.31 closed by foreign host]"
SUPERVISOR_INVALID = "% Invalid input detected at '^' marker.\n"

# --- dialect B (rommon 1 >) ---------------------------------------------------------------------------------------
# Recalled: the version is documented, the form a 5506-X's.
B_ISA_BANNER = """\


Cisco Systems ROMMON, Version 1.0.5, RELEASE SOFTWARE
Copyright (c) 1994-2019  by Cisco Systems, Inc.
Compiled Tue 07/16/2019 10:22:31.67 by builder


Current image running: Boot ROM0
Last reset cause: {cause}
DIMM Slot 0 : Present

"""
B_ISA_PLATFORM = """\
Platform ISA-3000-2C2F with 8192 Mbytes of main memory
MAC Address: 00:a3:8e:f7:d1:80


"""
B_UNKNOWN = 'monitor: command "{command}" not found'  # recalled from IOS ROMMON, not from this one
B_TFTP_TIMEOUT = "TFTP: Operation terminated."  # recalled from IOS ROMMON
B_TFTP_NOT_FOUND = "TFTP error 1 received: File not found"  # "File not found" is matched by lab automation
B_TFTP_ERROR = "TFTP: {reason}"  # made up
B_LINK_DOWN = "link down"  # made up; "link up" is captured
B_MISSING = "{variable} is not set"  # made up
B_BAD_ADDRESS = "Invalid IP address {value}"  # made up
B_PING_SILENCE = "." * 20  # recalled
# The SUCCESS box is captured; this one is made after it.
B_SIGNATURE_BOX = """\
+-------------------------------------------------------------------+
+------------------------- FAILURE ---------------------------------+
+-------------------------------------------------------------------+
|                                                                   |
|             LFBFF signature authentication failed !!!             |
|                                                                   |
+-------------------------------------------------------------------+"""
# Lab automation knows this sentence from a Firepower 2100 whose disk0 was emptied; here it stands for a 5506-X.
B_NOTHING_TO_BOOT = 'boot: cannot determine first file name on device "disk0:"'
B_CANNOT_FIND = 'boot: cannot open "{image}"'  # made up
B_HELP = """\
boot            boot an image from disk0: or by TFTP
confreg         configuration register
help            this list
ping            send ICMP echo
reset           restart the system
set             show the variables
sync            save the variables in NVRAM
tftpdnld        load and boot an image by TFTP"""  # made up

# --- the question of a device whose password recovery is disabled -------------------------------------------------
A_ERASE_WARNING = """\
WARNING: Password recovery and ROMMON command line access has been
disabled by your security policy. Choosing YES below will cause ALL
configurations, passwords, images, and files systems to be erased.
ROMMON command line access will be re-enabled, and a new image must be
downloaded via ROMMON."""  # recalled; captured only in dialect B's wording
ROM_WRITING = "Upgrading the boot ROM, do not power off"  # made up: no capture shows the writing
ROM_WRITTEN = " done"
ROM_QUESTION = "\nContinue with the update? [y/n]: "
ERASING = "Erasing disk0: ... done"  # made up

# --- the booted software ------------------------------------------------------------------------------------------
WIZARD_QUESTION = "Firewall Mode [Routed]: "  # recalled
SYSLOG = "%ASA-5-111008: User 'enable_15' executed the 'show version' command."  # documented message, made-up moment
INVALID_PASSWORD = "Invalid password"  # noqa: S105 - recalled: what the device says
CRASH = "Kernel panic - not syncing: Attempted to kill init!"  # made up
UNEXPECTED_QUESTION = "Overwrite (y/n) "  # matched by lab automation on a 5585-X module; asked here out of place

# --- Firepower ----------------------------------------------------------------------------------------------------
B_FACTORY_RESET = (
    "WARNING: All configuration and data will be erased"  # made up; the questions behind it are automation's
)
B_FORMATTED = "Formatting disk0: ... done"  # made up
# Made up: the window is captured, what it leads to is not.
BACKUP_MENU = "\nBackup and restore\n  1) back up\n  2) restore\n  3) continue to boot\nSelect: "
FXOS_REFUSES = "Login incorrect\n"  # what every Linux says
FXOS_UNKNOWN = "% Invalid Command at '^' marker"  # matched by unicon

# --- the booted ASA's files and copies: recalled unless said otherwise ----------------------------------------------
ACCESS_DENIED = "Access denied."  # recalled
FILE_ERROR = "%Error {doing} {where} ({why})"  # documented for `dir` and `verify`, recalled for the rest
NO_SUCH_FILE = "No such file or directory"  # documented (asadbg)
NO_SPACE = "No space left on device"  # recalled
TIMED_OUT = "Timed out attempting to connect"  # recalled
INCOMPLETE_DOWNLOAD = "WARNING: TFTP download incomplete!"  # recalled
ALREADY_EXISTS = "%Warning:There is a file already existing with this name"  # recalled
OVERWRITE = "Do you want to over write? "  # documented (kick)
NOT_FORMATTED = "%Error opening disk0:/ (No such device)"  # made up: no capture shows a disk without a file system
CREATED, REMOVED = "Created dir {where}", "Removed dir {where}"  # recalled
CANNOT_FIND_IMAGE = "WARNING: BOOT variable added, but unable to find {where}"  # documented (asadbg)
NO_RELOAD = "No reload is scheduled."  # recalled
SHUTDOWN_IN = "\n***\n*** --- SHUTDOWN in {time} ---\n***"  # recalled
SHUTDOWN_ABORTED = "\n\n***\n*** --- SHUTDOWN ABORTED ---\n***"  # recalled
FORMAT_QUESTIONS = (
    "Format operation may take a while. Continue? ",
    'Format operation will destroy all data in "disk0:".  Continue? ',
)  # recalled
FORMATTED = (
    "Initializing partition - done!\nCreating FAT16 filesystem\n\nFormat of disk0 complete"  # made up after an old PIX
)
TOO_MANY_IMAGES = "ERROR: Only 4 local boot system images may be configured"  # made up; the limit is documented
TFTP_NOT_FIRST = "ERROR: A TFTP boot system entry must be the first one"  # made up; the rule is documented
SECOND_TFTP = "ERROR: Only one TFTP boot system entry may be configured"  # made up; the rule is documented
SIGNATURE_FAILED = "%ERROR: Signature verification failed"  # recalled

# --- Auto Update: that it fails with a reason is documented, and the reasons are; none of them fits these -----------
UPDATE_NEEDS_SETTING = "no boot system or asdm image line"  # made up; that such a line is needed is documented
UPDATE_NOT_FETCHED = "file not retrieved"  # made up
UPDATE_OTHER_CHECKSUM = "checksum does not match"  # made up

# --- backup and restore: recalled from the CLI guides of 9.3 to 9.6 -------------------------------------------------
BACKUP_ITEMS = (
    "ASA version",
    "Running Config",
    "Startup Config",
    "Identity Certificates",
    "VPN Pre-shared keys",
    "SSL VPN Configurations: Bookmarks",
    "Anyconnect(SVC) client images and profiles",
)
BACKUP_KEY_QUESTION = (
    "\nEnter a passphrase to encrypt identity certificates. The default is cisco. You will be required to enter the same "
    "passphrase while doing a restore: "
)
RESTORE_OTHER_VERSION = (
    "Warning: The ASA version of the device is not the same as the backup version,\n"
    "some configurations might not work after restore!"
)
RESTORE_KEY_QUESTION = (
    "Enter the passphrase used while backup to encrypt identity certificates. The default is cisco. If the passphrase is not "
    "correct, certificates will not be restored: "
)  # recalled without its end

# --- a downgrade -----------------------------------------------------------------------------------------------------
# Recalled.
NO_CONFIG_ERRORS = "INFO: No configuration errors"
KEY_VALIDATING = "Validating activation key. This may take a few minutes..."
KEY_PROCEED = "Proceed with update flash activation key? "
KEY_UPDATED = "The flash activation key was updated with the requested key."

# --- automatic backup of the ISA 3000: made up; the command's name is documented, its output is not -----------------
PACKAGE_FAILED = "ERROR: backup package could not be written to {where}"
CARD_MISSING = "No such device"
PACKAGE_SUMMARY = """\
backup mode     : {backup}
backup location : {backup_location}
restore mode    : {restore}
restore location: {restore_location}
"""
