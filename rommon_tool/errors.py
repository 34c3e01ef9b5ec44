"""Errors of the procedures. The rooms below have trees of their own: serial_console.errors, tftp.errors, platforms.errors.

RommonError
├── WrongUsage               what was asked for can't be right
│   ├── ImageMissing         the image file is not there or can't be read
│   ├── AnchorUnusable       a key, pin or list to check an image against can't be used
│   └── ModelExcluded        the chapter excludes the model from what was asked for
├── WrongImage               the image is made for other devices
├── ImageNotVerified         no check proved the image
│   ├── ImageMismatch        a pin or key says no
│   └── ImageLayoutUnknown   it is damaged, or nothing that carries a signature
├── ServerAddressNotHere     SERVER is not an address of this machine
├── AutoUpdateUnavailable    our Auto Update server cannot listen
├── NoRequestSeen            the device asked nobody we know for the image
├── TransferFailed           the transfer did not end whole
├── CopyRefused              a file can't go onto the device's disk; nothing was written there
├── FilesRefused             what was asked of the device's files can't be, or would lose something; nothing was changed
├── FilesUnproved            the device's files are not as they should be after a change
├── NotForThisModel          the chapter has this procedure for other models
├── InstallRefused           the image can't be made to last without losing something; nothing was changed
├── InstallNotProved         the device does not run the image from its flash after the reload
├── BackupRefused            a backup or restore would break one of the chapter's rules; nothing was changed
├── BackupUnusable           an archive is none, is damaged, or would write where it should not
├── BackupUnproved           the device did not say that its backup or restore ended
├── DowngradeRefused         something would be lost, or can't be undone; the device boots what it booted
├── DowngradeNotProved       the device does not run the old version after the reload
├── PowerCommandFailed
├── UpgradeHold              nobody knows what a device makes of its new boot ROM
└── Interrupted              by the user; the device's state is named
"""


class RommonError(Exception):
    """The root. `cause` is a stable word for scripts, `seen` what was observed, `hint` what to try."""

    cause = "failed"

    def __init__(self, message: str, *, seen: str = "", hint: str = "", cause: str = "") -> None:
        super().__init__(message)
        self.seen = seen
        self.hint = hint
        if cause:
            self.cause = cause


class WrongUsage(RommonError):
    """What was asked for can't be right; nothing was touched."""

    cause = "usage"


class ImageMissing(WrongUsage):
    """The image is not there or can't be read."""

    cause = "image-missing"


class ModelExcluded(WrongUsage):
    """The chapter excludes this model; nothing was changed on it, and nothing is assigned to it."""

    cause = "model-excluded"


class AutoUpdateUnavailable(RommonError):
    """Our Auto Update server cannot listen where it should. `cause` says why."""

    cause = "cannot-listen"


class WrongImage(RommonError):
    """The image is made for other devices."""

    cause = "wrong-image"


class ServerAddressNotHere(RommonError):
    """SERVER is not an address of this machine, so that nobody would answer the device."""

    cause = "server-address-not-here"


class NoRequestSeen(RommonError):
    """The device says that it asks for the image, and no request arrived."""

    cause = "no-request-seen"


class TransferFailed(RommonError):
    """Server and device do not agree that the whole image was taken."""

    cause = "transfer-failed"


class CopyRefused(RommonError):
    """There is no room for a file, or another one has its name. `cause` says which."""

    cause = "copy-refused"


class FilesRefused(RommonError):
    """What was asked of the device's files can't be, or would lose something. `cause` says which; nothing was changed."""

    cause = "files-refused"


class FilesUnproved(RommonError):
    """A change was made, and reading it back does not show it."""

    cause = "files-unproved"


class NotForThisModel(RommonError):
    """The chapter has this procedure for other models; the message has its reason."""

    cause = "model-guideline"


class InstallRefused(RommonError):
    """The image can't be made to last without losing something. `cause` says what stands in the way."""

    cause = "install-refused"


class InstallNotProved(RommonError):
    """The device was reloaded, and is not proved to run the image from its flash."""

    cause = "install-not-proved"


class BackupRefused(RommonError):
    """The chapter's rules for backup and restore forbid it here. `cause` says which; nothing was changed."""

    cause = "backup-refused"


class BackupUnusable(RommonError):
    """An archive is none, is damaged, or is not to be trusted."""

    cause = "backup-unusable"


class BackupUnproved(RommonError):
    """The device did not say that its backup or restore ended well."""

    cause = "backup-unproved"


class DowngradeRefused(RommonError):
    """Something would be lost, or can't be undone. `cause` says what; the device boots what it booted."""

    cause = "downgrade-refused"


class DowngradeNotProved(RommonError):
    """The device was reloaded, and is not proved to run the old version."""

    cause = "downgrade-not-proved"


class PowerCommandFailed(RommonError):
    """The command that cycles the power failed."""

    cause = "power-command-failed"


class Interrupted(RommonError):
    """Stopped by the user. The message names the device's state, the hint how to go on."""

    cause = "interrupted"


class AnchorUnusable(WrongUsage):
    """A key, pin or list to check an image against can't be used; nothing is known of the image."""

    cause = "anchor-unusable"


class ImageNotVerified(RommonError):
    """No check said no to the image, and none proved it. `cause` is the verdict."""

    cause = "unverifiable"


class ImageMismatch(ImageNotVerified):
    """A pin or key says no to the image, or two of them disagree."""

    cause = "mismatch"


class ImageLayoutUnknown(ImageNotVerified):
    """The image is not of the layout that carries a signature, or is damaged."""

    cause = "unreadable"


class UpgradeHold(RommonError):
    """What became of the upgrade of a boot ROM is not known. The device stays closed to everything; its power stays on."""

    cause = "hold"
