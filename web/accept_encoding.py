"""`Accept-Encoding`: what a client can decode (RFC 9110, 12.5.3)."""

from collections.abc import Iterable


def accepts_gzip(fields: Iterable[str]) -> bool:
    """Whether these values of the header allow gzip. A client that sends none is taken at its word: it can't."""
    weights: dict[str, float] = {}
    for item in ",".join(fields).split(","):
        coding, *parameters = (part.strip().lower() for part in item.split(";"))
        weights[coding] = _weight(parameters)
    for name in ("gzip", "x-gzip", "*"):
        if name in weights:
            return weights[name] > 0
    return False


def _weight(parameters: list[str]) -> float:
    """The `q` among the parameters, 1 where there is none; what can't be read allows nothing."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
