"""What each family's boot monitor prints and accepts, as data. Every value carries its evidence."""

from platforms.errors import PlatformError, PlatformFileInvalid, PlatformUnknown
from platforms.model import AccessPoint, Evidence, Platform, Stranger
from platforms.registry import access_point, load_platform, load_platform_file, platform_names, recognise, strangers

__all__ = [
    "AccessPoint",
    "Evidence",
    "Platform",
    "PlatformError",
    "PlatformFileInvalid",
    "PlatformUnknown",
    "Stranger",
    "access_point",
    "load_platform",
    "load_platform_file",
    "platform_names",
    "recognise",
    "strangers",
]
