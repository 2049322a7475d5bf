"""How a snapshot came to be: which program took it, for whom, by which clocks, and what it was asked for."""

from __future__ import annotations

from snapshot.model.frozen import frozen


@frozen
class Provenance:
    """What the agent tells of itself. Every value is None (of lists: empty) where it is unknown.

    build          SHA-256 (hex) over the agent's source files (``snapshot/collect/build.py``)
    command        the command line, with what may be a secret cut out (``snapshot/collect/provenance.py``)
    uid            the effective user id that it ran with
    login_uid      who logged in, by the kernel: /proc/self/loginuid (pam_loginuid(8)). Stays the same under sudo and su
    sudo_uid, sudo_user   who called sudo, by its environment (sudo(8)), which root can forge
    distribution   PRETTY_NAME of os-release(5)
    started_monotonic_us, started_boottime_us   CLOCK_MONOTONIC and CLOCK_BOOTTIME (clock_gettime(2)) at the moment of the
                   header's ``started_at``, in microseconds; of the time namespace that the agent ran in
    finished_monotonic_us, finished_boottime_us   the same at ``finished_at``
    synchronised   whether the kernel's clock was synchronised, as the kernel has it: a maximum error below 16 seconds
    clock_error_us   the kernel's own bound on the error of CLOCK_REALTIME in microseconds: maxerror of adjtimex(2)
    timeout_us     the budget of the capture in microseconds
    endpoints      URLs of the runtimes that were asked, or would have been; without secrets
    """

    build: str | None = None
    command: tuple[str, ...] = ()
    uid: int | None = None
    login_uid: int | None = None
    sudo_uid: int | None = None
    sudo_user: str | None = None
    distribution: str | None = None
    started_monotonic_us: int | None = None
    started_boottime_us: int | None = None
    finished_monotonic_us: int | None = None
    finished_boottime_us: int | None = None
    synchronised: bool | None = None
    clock_error_us: int | None = None
    timeout_us: int | None = None
    endpoints: tuple[str, ...] = ()
