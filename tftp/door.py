"""When the listening port is looked at.

The one rule: requests cost the transfers under way a small share of the time, however many come. While each is worth
answering, they are dealt with as they come, one a turn. When one was in vain the door is shut until the next tick, and
then as many are looked at as the share allows; what the system's buffer does not hold meanwhile is lost for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tftp.access import Audience
from tftp.listening import Listener
from tftp.polling import Poller
from tftp.reception import Look, Reception

#: Some 10 us each: a twentieth of the time. What those requests cost that are admitted comes on top.
_LOOKS_A_SECOND: Final = 5000
_MOST_LOOKS: Final = 64
#: When nothing is under way there is nobody to be held up.
_LOOKS_WHEN_IDLE: Final = 1000


class Door:
    """The listening socket between the poller and the reception."""

    def __init__(self, listener: Listener, poller: Poller, reception: Reception) -> None:
        self.fd = listener.socket.fileno()
        self.is_shut = False
        self._looked_at = 0.0
        self._poller, self._reception = poller, reception
        poller.register(self.fd)

    def hear(self, audience: Callable[[], Audience], now: float) -> None:
        """Something came."""
        if self._reception.receive(audience, now) is Look.IN_VAIN:
            self.is_shut, self._looked_at = True, now
            self._poller.unregister(self.fd)

    def tick(self, audience: Callable[[], Audience], now: float, *, is_idle: bool) -> None:
        """Look at what came while the door was shut; open it when nothing is left."""
        if not self.is_shut:
            return
        looks = min(round((now - self._looked_at) * _LOOKS_A_SECOND), _MOST_LOOKS)
        self._looked_at = now
        for _ in range(_LOOKS_WHEN_IDLE if is_idle else max(looks, 1)):
            if self._reception.receive(audience, now) is Look.AT_NOTHING:
                self.is_shut = False
                self._poller.register(self.fd)
                return
