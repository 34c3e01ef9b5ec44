"""What hangs on a console, told from its text alone. Nothing in here needs a port, and the table is data."""

from serial_console.recognition.states import Sighting, State, known_states, state_of

__all__ = ["Sighting", "State", "known_states", "state_of"]
