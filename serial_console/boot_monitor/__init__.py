"""Talking to a boot monitor: reaching it, its variables, ping, and the download it runs."""

from serial_console.boot_monitor.monitor import BootMonitor

__all__ = ["BootMonitor"]
