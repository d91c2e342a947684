"""Numbers as texts.

static/js/format.js has the same rules, digit for digit, so that nothing flickers when a page's script takes over.
"""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

UNKNOWN = "—"
MINUS = "−"
_LARGEST_WRITTEN_OUT = 1e15
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
_DERIVED_DECIMALS = range(2, 9)
_MAGNITUDES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def format_number(value: float | None, decimals: int) -> str:
    """A number with its thousands grouped, halves rounded away from zero as JavaScript's `toFixed` does."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= _LARGEST_WRITTEN_OUT:
        return f"{value:.2e}".replace("-", MINUS)
    rounded = _EXACT.quantize(Decimal(abs(value)), Decimal(1).scaleb(-decimals))
    return f"{MINUS if value < 0 and rounded else ''}{rounded:,f}"


def format_volume(value: float | None) -> str:
    """A size in three places or so: `12.34M`."""
    for magnitude, letter in _MAGNITUDES:
        if value is not None and value >= magnitude:
            return f"{format_number(value / magnitude, 2)}{letter}"
    return format_number(value, 0)


def format_signed(change: float | None, decimals: int) -> str:
    """A number with its sign, a plus included."""
    return sign_of(change, decimals) + format_number(None if change is None else abs(change), decimals)


def sign_of(change: float | None, decimals: int) -> str:
    """`+`, a minus or nothing: of the number as it is written, so that no sign stands before a zero."""
    if change is None or not any(digit in "123456789" for digit in format_number(change, decimals)):
        return ""
    return "+" if change > 0 else MINUS


def format_age(seconds: float) -> str:
    """How long ago something was: `12 s`, `5 min`, `3 h`, `9 d`."""
    whole = max(0, int(seconds))
    for unit, letter in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= unit:
            return f"{whole // unit} {letter}"
    return f"{whole} s"


def decimals_of(value: float | None, least: int = 2) -> int:
    """How many decimals write a number out, for an instrument that doesn't say."""
    if value is None or not math.isfinite(value):
        return least
    for decimals in range(least, _DERIVED_DECIMALS.stop):
        if float(_EXACT.quantize(Decimal(value), Decimal(1).scaleb(-decimals))) == value:
            return decimals
    return _DERIVED_DECIMALS.stop - 1
