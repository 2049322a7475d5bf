"""The clocks of the host at one moment, and whether the kernel says that they were right."""

from __future__ import annotations

import ctypes
import time
from typing import NamedTuple

UNSYNCHRONISED_US = 16_000_000
"""The bound that the kernel's error grows to, and stays at, when nobody sets its clock (NTP_PHASE_LIMIT, linux/timex.h).
systemd's timedatectl goes by the same, and not by STA_UNSYNC: some daemons set that to keep the kernel off the RTC."""


class Moment(NamedTuple):
    """One moment by three clocks (clock_gettime(2)): seconds since 1970, and microseconds of the other two."""

    realtime: float
    monotonic_us: int
    boottime_us: int


class Trust(NamedTuple):
    """How far CLOCK_REALTIME can be trusted; None where the kernel does not say (a container without CAP_SYS_TIME)."""

    synchronised: bool | None = None
    error_us: int | None = None


class _Timex(ctypes.Structure):
    """The beginning of struct timex (include/uapi/linux/timex.h), and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 512),
    )


def now() -> Moment:
    """This moment."""
    return Moment(
        realtime=time.time(),
        monotonic_us=time.monotonic_ns() // 1000,
        boottime_us=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000,
    )


def trust() -> Trust:
    """What adjtimex(2) says. With no mode set it only reads."""
    told = _Timex()
    if ctypes.CDLL(None).adjtimex(ctypes.byref(told)) == -1:
        return Trust()
    return Trust(synchronised=told.maxerror < UNSYNCHRONISED_US, error_us=told.maxerror)
