"""Disconnects: every reason for which a node ends a connection, and whether the client should come back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Why a connection ends. `code` is the WebSocket close code; SSE has the name alone.

    Never 1000 or 1001: public trading clients quit for good on those.
    """

    name: str
    code: int
    reason: str
    comes_back: bool


RESTART = Disconnect("restart", 1012, "the node is restarting: come back and resume", comes_back=True)
SLOW = Disconnect("slow", 1013, "too slow for too long: come back and resume", comes_back=True)
OVERLOADED = Disconnect("overloaded", 1013, "too many connections: come back later", comes_back=True)
BEHIND = Disconnect("behind", 1013, "this node has not yet read as far as your cursor: try again", comes_back=True)
NOT_READY = Disconnect("not_ready", 1013, "this node is not ready: come back later", comes_back=True)
TOO_MUCH = Disconnect("too_much", 1008, "the beginning asked for is too large: ask for less history", comes_back=False)
BAD_MESSAGES = Disconnect("bad_messages", 1008, "too many messages that can't be read", comes_back=False)
REVOKED = Disconnect("revoked", 1008, "the key has been revoked", comes_back=False)
NOT_ALLOWED = Disconnect("not_allowed", 1008, "the key may no longer read all that was asked for", comes_back=False)
DISPLACED = Disconnect("displaced", 1008, "a newer connection with the same key took this place", comes_back=False)
UNAUTHENTICATED = Disconnect("unauthenticated", 1008, "no credentials within 10 seconds", comes_back=False)
TOO_LARGE = Disconnect("too_large", 1009, "a message larger than the limit", comes_back=False)

DISCONNECTS = (
    RESTART,
    SLOW,
    OVERLOADED,
    BEHIND,
    NOT_READY,
    TOO_MUCH,
    BAD_MESSAGES,
    REVOKED,
    NOT_ALLOWED,
    DISPLACED,
    UNAUTHENTICATED,
    TOO_LARGE,
)
