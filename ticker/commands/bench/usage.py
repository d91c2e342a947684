"""What a process has used, as the kernel counts it (proc(5))."""

import os
import socket
import struct
from collections.abc import Collection
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads, in seconds, to a hundredth."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_bytes(pid: int) -> int:
    """Resident memory that belongs to a process alone."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no memory of process {pid} is shown")


def socket_memory(port: int, peers: Collection[int]) -> int:
    """What the kernel holds for the IPv4 connections from the ports `peers` to the local `port`, in bytes.

    sock_diag(7), INET_DIAG_SKMEMINFO.
    What is received and not read, what is to be sent or to be acknowledged, with what it costs to hold them.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as netlink:
        header = struct.pack("=IHHII", 72, 20, 0x301, 1, 0)
        established, memory_info = 1 << 1, 1 << 6
        request = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, memory_info, established)
        netlink.sendto(header + request + struct.pack(">H", port) + bytes(46), (0, 0))
        total = 0
        while True:
            data = netlink.recv(1 << 20)
            while data:
                size, kind = struct.unpack_from("=IH", data)
                if kind != 20:
                    return total
                local, peer = struct.unpack_from(">HH", data, 20)
                if local == port and peer in peers:
                    total += _memory_in(data[88:size])
                data = data[(size + 3) & ~3 :]


def _memory_in(attributes: bytes) -> int:
    while len(attributes) >= 4:
        size, kind = struct.unpack_from("=HH", attributes)
        if kind == 7:
            received, _, sent, _, forward, queued, *_ = struct.unpack_from("=9I", attributes, 4)
            return int(received + forward + max(sent, queued))
        attributes = attributes[(size + 3) & ~3 :]
    return 0
