"""Devices that are not there: `sim://NAME`. Imports nothing else of this project."""
