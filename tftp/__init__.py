"""A TFTP server that outlives any client, built on tftpy.

`RecoveryTftpServer` serves in the calling thread, `ServerProcess` in a process of its own with its privileges dropped.
Both tell what happens as events (`tftp.events`); errors stand in `tftp.errors`.
"""

from tftp.files import Folder, OneImage, served_files
from tftp.process import ServerProcess
from tftp.selftest import self_test
from tftp.server import RecoveryTftpServer
from tftp.settings import ServerSettings
from tftp.uploads import Upload

__all__ = [
    "Folder",
    "OneImage",
    "RecoveryTftpServer",
    "ServerProcess",
    "ServerSettings",
    "Upload",
    "self_test",
    "served_files",
]
