"""Descriptors are waited for whatever their numbers: a host of a thousand namespaces has a thousand of them open."""

from __future__ import annotations

import fcntl
import os
import resource
import time

from snapshot.collect.waiting import readable


def test_descriptors_beyond_what_select_takes() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    reader, writer = os.pipe()
    try:
        far = fcntl.fcntl(reader, fcntl.F_DUPFD_CLOEXEC, 2000)
        try:
            assert readable([far], 0.0) == []
            os.write(writer, b"!")
            assert readable([far], 5.0) == [far]
        finally:
            os.close(far)
    finally:
        os.close(reader)
        os.close(writer)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_closed_other_end_is_news_and_silence_is_not_for_ever() -> None:
    reader, writer = os.pipe()
    began = time.monotonic()
    assert readable([reader], 0.01) == []
    assert time.monotonic() - began < 5
    os.close(writer)
    assert readable([reader], 5.0) == [reader]
    os.close(reader)
