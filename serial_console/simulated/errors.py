"""What can be wrong with the description of a simulated device. It names what would have been right."""


class SimulationError(ValueError):
    """A `sim://` URL asks for a family, an option or a fault that does not exist."""


class PortDiedError(OSError):
    """The simulated adapter was pulled out (fault `port-dies`)."""
