"""Consoles behind the network: pyserial finds `SCHEME://` here as `protocol_SCHEME`. Imports nothing else of this project.

Every port here ends its reader with a SerialException when the connection does, after the last byte that came.
"""
