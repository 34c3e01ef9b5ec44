"""Everything that is said over the console."""
