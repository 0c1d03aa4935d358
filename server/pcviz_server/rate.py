"""How many messages a socket may send."""

BURST_S = 2.0
"""Seconds' worth of messages that may come at once."""


class TokenBucket:
    """Allows `rate` a second on average. Time is passed in."""

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self._tokens = rate * BURST_S
        self._at = now

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        self._tokens = min(self.rate * BURST_S, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
