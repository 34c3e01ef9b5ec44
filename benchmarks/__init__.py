"""Ratios that must hold, measured in one run on the machine at hand. No test depends on them: absolute times are noise."""
