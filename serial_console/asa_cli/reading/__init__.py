"""Pure readers of what a booted ASA prints: text in, values out. They know no device and type nothing."""
