"""Switching a device's power: by a command, by pdudaemon, by an SNMP outlet, or by asking a person."""

from rommon_tool.power.choice import power_of
from rommon_tool.power.command import PowerCommand, power_words
from rommon_tool.power.method import OFF_SECONDS, Action, Power

__all__ = ["OFF_SECONDS", "Action", "Power", "PowerCommand", "power_of", "power_words"]
