"""WebSocket frames as a server sends them: unmasked and final (RFC 6455, section 5.2)."""

import struct

TEXT = 0x81
BINARY = 0x82


def frame(opcode: int, payload: bytes) -> bytes:
    """One frame; `opcode` is TEXT or BINARY."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", opcode, size) + payload
    if size < 65_536:
        return struct.pack("!BBH", opcode, 126, size) + payload
    return struct.pack("!BBQ", opcode, 127, size) + payload
