"""What the kernel has is found out without asking it for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapshot.collect.kernel import is_there


def proc_of(folder: Path, modules: str | None, symbols: str = "") -> Path:
    if modules is not None:
        (folder / "modules").write_text(modules, encoding="ascii")
    (folder / "kallsyms").write_text(symbols, encoding="ascii")
    return folder


def test_a_kernel_without_modules_may_be_asked(tmp_path: Path) -> None:
    assert is_there("nf_tables", proc_of(tmp_path, None), ())


def test_a_module_counts_when_it_is_loaded(tmp_path: Path) -> None:
    proc = proc_of(tmp_path, "nf_tables 266240 0 - Live 0x0000000000000000\nveth 40960 0 - Live 0x0\n")
    assert is_there("nf_tables", proc, ())
    assert not is_there("ip_set", proc, ())


def test_what_is_built_in_is_listed_by_the_kernels_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.uname", lambda: type("Uname", (), {"release": "9.9"}))
    (tmp_path / "9.9").mkdir()
    (tmp_path / "9.9" / "modules.builtin").write_text("kernel/net/netfilter/nf_tables.ko\n", encoding="ascii")
    proc = proc_of(tmp_path, "veth 40960 0 - Live 0x0\n", "0000000000000000 T ip_set_test\n")
    assert is_there("nf_tables", proc, (tmp_path,))
    assert not is_there("ip_set", proc, (tmp_path,))


def test_or_among_its_symbols(tmp_path: Path) -> None:
    symbols = "0000000000000000 T ip_set_test\n0000000000000000 T nft_do_chain\t[nf_tables]\n"
    proc = proc_of(tmp_path, "veth 40960 0 - Live 0x0\n", symbols)
    assert is_there("ip_set", proc, ())
    assert not is_there("nf_tables", proc, ())
