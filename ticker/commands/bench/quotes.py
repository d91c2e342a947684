"""The bench's feed: quotes of 126 bytes that carry the moment at which they were due."""

import time
from collections.abc import Sequence

_TEMPLATE = b'{"T":"q","S":"%b","bp":%d.%02d,"bs":%d,"ap":%d.%02d,"as":%d,"t":"%b%09.6f000Z","bx":"V","ax":"Q","z":"C"}'
QUOTE_BYTES = 126


class QuoteMaker:
    """Makes event after event, each of the next symbol.

    No number ends in a zero after the point: a server that writes the JSON anew makes no other size of it.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        self._symbols = [(name, name.encode()) for name in symbols]
        self._minute = -1
        self._minute_text = b""

    def make(self, number: int, due: float) -> tuple[str, bytes]:
        """Event `number`, due at `due` (seconds since 1970 UTC): its key and its JSON."""
        key, symbol = self._symbols[number % len(self._symbols)]
        minute, second = divmod(due, 60)
        if minute != self._minute:
            self._minute = int(minute)
            self._minute_text = time.strftime("%Y-%m-%dT%H:%M:", time.gmtime(due)).encode()
        cents = 10_001 + number * 7 % 900 * 10 + number % 6
        bid, ask = divmod(cents, 100), divmod(cents + 3, 100)
        sizes = number % 9000 + 1000, number % 900 + 100
        made = _TEMPLATE % (symbol, *bid, sizes[0], *ask, sizes[1], self._minute_text, min(second, 59.999999))
        return key, made
