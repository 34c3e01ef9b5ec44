"""What can be wrong with a platform's name or file.

PlatformError
├── PlatformUnknown       no family of that name
└── PlatformFileInvalid   the file can't be read, or a value in it is missing, misspelt or without evidence
"""


class PlatformError(Exception):
    """The root of this package's errors. `cause` is a stable word for scripts, `hint` says what to try."""

    cause = "platform"

    def __init__(self, message: str, *, seen: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.seen = seen
        self.hint = hint


class PlatformUnknown(PlatformError):
    """No family has that name."""

    cause = "unknown-platform"


class PlatformFileInvalid(PlatformError):
    """A platform file can't be used: `seen` names the value and what is wrong with it."""

    cause = "invalid-platform-file"
