"""What each family's boot monitor prints and accepts, as data. Every value carries its evidence."""

from platforms.errors import PlatformError, PlatformFileInvalid, PlatformUnknown
from platforms.model import Evidence, Platform
from platforms.registry import load_platform, load_platform_file, platform_names, recognise

__all__ = [
    "Evidence",
    "Platform",
    "PlatformError",
    "PlatformFileInvalid",
    "PlatformUnknown",
    "load_platform",
    "load_platform_file",
    "platform_names",
    "recognise",
]
