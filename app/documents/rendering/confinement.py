"""Take away from the running process whatever drawing pages does not need; there is no way back.

Refused by a seccomp filter: opening or changing any file, sockets, new processes, signals to others, namespaces,
io_uring (which would bypass the filter). Modules, fonts and libraries must therefore be loaded before. Besides:
resource limits, no new privileges, an unprivileged user, and own network, mount and IPC namespaces where the
system lets us make them. Numbers of system calls: arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h of Linux 6.18.
"""

import contextlib
import ctypes
import os
import platform
import resource
import struct

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE = 38, 4
CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65534
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x40000000,
)  # fmt: skip
ISOLATION = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET

FIRST_MODERN_CALL = 424
"""Calls from 2019 on (pidfd, io_uring, mounts, openat2, clone3…) have one number on all machines; none is needed.
Above them all lies the second numbering of x86_64, from 0x40000000 on, which would otherwise slip through."""

X86_64 = {
    "files": (2, 85, 257, 304, 76, 82, 83, 84, 86, 87, 88, 90, 91, 92, 93, 94, 133,
              258, 259, 260, 263, 264, 265, 266, 268, 280, 316, 319, 132, 235, 261, 188, 189, 190),
    "network": (41, 42, 43, 44, 46, 47, 45, 49, 50, 53, 288, 299, 307),
    "processes": (56, 57, 58, 59, 322, 62, 200, 234, 129, 297, 101, 310, 311, 312, 109, 112),
    "kernel": (155, 161, 165, 166, 272, 308, 169, 175, 246, 248, 249, 250, 298, 313, 320, 321, 323,
               29, 30, 31, 64, 68, 240, 253, 254, 294, 300, 303, 135, 172, 173),
}  # fmt: skip
AARCH64 = {
    "files": (56, 265, 45, 38, 276, 34, 35, 37, 36, 33, 53, 52, 54, 55, 88, 279, 5, 6, 7),
    "network": (198, 203, 202, 206, 211, 212, 207, 200, 201, 199, 242, 243, 269),
    "processes": (220, 221, 281, 129, 130, 131, 138, 240, 117, 270, 271, 272, 154, 157),
    "kernel": (41, 51, 40, 39, 97, 268, 142, 105, 104, 217, 218, 219, 241, 273, 294, 280, 282,
               194, 195, 196, 190, 186, 180, 26, 27, 262, 264, 92),
}  # fmt: skip
MACHINES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE_EPERM, KILL = 0x7FFF0000, 0x00050001, 0x80000000


class NotConfined(Exception):
    """Raised when a measure that must hold cannot be taken on this system."""


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def confine(memory_bytes: int) -> list[str]:
    """Confine this process and return the names of the measures that hold.

    `memory_bytes` bounds the address space. Raises NotConfined unless limits, privileges and filter all hold;
    namespaces are an addition that containers often forbid.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    # Without the types ctypes would pass 32 bits where the kernel compares 64.
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    measures = _own_namespaces(libc) + _drop_privileges(libc)
    _limit_resources(memory_bytes)
    _must(libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")
    _must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privileges")
    instructions = system_call_filter(platform.machine())
    program = _Program(len(instructions) // 8, instructions)
    _must(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0), "system_calls")
    return [*measures, "limits", "no_new_privileges", "system_calls"]


def system_call_filter(machine: str) -> bytes:
    """The filter program (struct sock_filter[]) for a machine. Raises NotConfined for an unknown one."""
    if machine not in MACHINES:
        raise NotConfined(f"no system call filter is known for {machine}")
    architecture, tables = MACHINES[machine]
    numbers = sorted(number for group in tables.values() for number in group)
    program = [
        (LOAD, 0, 0, 4), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0), (AT_LEAST, len(numbers) + 1, 0, FIRST_MODERN_CALL),
        *((EQUAL, len(numbers) - position, 0, number) for position, number in enumerate(numbers)),
        (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE_EPERM),
    ]  # fmt: skip
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def _own_namespaces(libc: ctypes.CDLL) -> list[str]:
    flags = ISOLATION if os.geteuid() == 0 else ISOLATION | CLONE_NEWUSER
    return ["namespaces"] if libc.unshare(flags) == 0 else []


def _drop_privileges(libc: ctypes.CDLL) -> list[str]:
    """Root becomes nobody; a user that is root of its own new namespace loses every capability there."""
    measures = []
    # A container may know no other user than its root; the capabilities go all the same.
    with contextlib.suppress(OSError):
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            measures.append("unprivileged_user")
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _must(libc.capset(header, (ctypes.c_uint32 * 6)()), "capabilities")
    return [*measures, "no_capabilities"]


def _limit_resources(memory_bytes: int) -> None:
    bounds = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 16,
        resource.RLIMIT_MEMLOCK: 0,
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))


def _must(result: int, measure: str) -> None:
    if result != 0:
        raise NotConfined(f"{measure}: {os.strerror(ctypes.get_errno())}")
