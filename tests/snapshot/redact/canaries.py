"""Two hundred things that nobody outside may learn, planted in every column that could hold one, in every spelling."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import fields
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import Any

from snapshot.model.container import Runtime
from snapshot.model.coverage import Coverage
from snapshot.model.kinds import KINDS
from snapshot.model.namespace import Namespace
from snapshot.model.provenance import Provenance
from snapshot.model.snapshot import Capture, CapturedNamespace, CapturedRuntime, Header
from snapshot.redact.classes import COLUMNS, COVERAGE, HEADER, NAMESPACE, PROVENANCE, RUNTIME, Class

LETTERS = "bdfghjklmnprstvz"
VOWELS = "aeiouy"


class Canaries:
    """Names, addresses and ids; each is given out again and again, in turn."""

    def __init__(self, seed: int = 6) -> None:
        chance = Random(seed)
        self.words = [self._word(chance, number) for number in range(80)]
        heads = (bytes([10]), bytes([172, 20]), bytes([192, 168]), bytes([51, 15]), bytes([185, 199]))
        self.four = []
        for number in range(40):
            head = chance.choice(heads).ljust(2, bytes([chance.randrange(64, 250)]))
            self.four.append(IPv4Address(head + bytes([77 + number, chance.randrange(20, 250)])))
        prefixes = ("2a00145040010816", "fd12345678900042", "2001067c21584711", "260648001234abcd")
        self.six = [
            IPv6Address(bytes.fromhex(chance.choice(prefixes)) + chance.randbytes(4) + bytes([0, chance.randrange(9, 250)]) +
                        chance.randbytes(2))
            for _ in range(35)
        ]  # fmt: skip
        self.macs = [
            bytes([2 + 4 * n & 0xFE]) + chance.randbytes(2) + bytes([0x40 + n]) + chance.randbytes(2) for n in range(30)
        ]
        self.ids = [chance.randbytes(32).hex() for _ in range(20)]
        self.uuids = [f"{chance.getrandbits(32):08x}-{chance.getrandbits(16):04x}-4{chance.getrandbits(12):03x}-a"
                      f"{chance.getrandbits(12):03x}-{chance.getrandbits(48):012x}" for _ in range(10)]  # fmt: skip
        self._texts = self._endless()

    @staticmethod
    def _word(chance: Random, number: int) -> str:
        word = "".join(chance.choice(LETTERS) + chance.choice(VOWELS) for _ in range(4)) + chance.choice(LETTERS)
        return (word, word.upper(), word.capitalize(), f"{word}ß", f"{word}{number}x")[number % 5]

    def __len__(self) -> int:
        return len([*self.words, *self.four, *self.six, *self.macs, *self.ids, *self.uuids])

    def text(self) -> str:
        """The next one, in one of its spellings."""
        return next(self._texts)

    def spellings(self) -> Iterator[str]:
        """Everything as it may stand in a text."""
        for word in self.words:
            yield from (word, f"{word}-7d9c6b5f4-x2x9z", f"shop_{word}_1", f"{word}.corp.example", f"/run/netns/{word}")
        for four in self.four:
            one, two, three, last = four.packed
            yield from (str(four), f"{four}/24", f"{four}/32", f"{four}:8080", f"ip-{one}-{two}-{three}-{last}.ec2.internal",
                        f"{last}.{three}.{two}.{one}.in-addr.arpa", f"::ffff:{four}", f"0x{int(four):x}", str(int(four)),
                        f"{four}-{four + 1}", four.packed.hex())  # fmt: skip
        for six in self.six:
            yield from (str(six), six.exploded, str(six).upper(), f"{six}/64", f"[{six}]:443", f"{six}%eth0",
                        six.reverse_pointer, six.packed.hex())  # fmt: skip
        for mac in self.macs:
            yield from (mac.hex(":"), mac.hex("-"), mac.hex(":").upper(), str(local(mac)), f"enx{mac.hex()}", mac.hex())
        for number in self.ids:
            yield from (number, number[:12], f"container:{number}", f"br-{number[:12]}", f"sha256:{number}")
        yield from (text for uuid in self.uuids for text in (uuid, f"cni-{uuid}", uuid.upper()))

    def _endless(self) -> Iterator[str]:
        while True:
            yield from self.spellings()

    def forbidden(self) -> set[bytes]:
        """What no byte of a redacted file may show: each in every spelling, and in the codings of programs."""
        texts = set()
        for spelling in self.spellings():
            plain = (
                spelling.removeprefix("/run/netns/")
                .removeprefix("shop_")
                .removeprefix("container:")
                .removeprefix("br-")
            )
            for suffix in (
                "-7d9c6b5f4-x2x9z",
                "_1",
                ".corp.example",
                "%eth0",
                ":8080",
                "/24",
                "/32",
                "/64",
                ".ec2.internal",
            ):
                plain = plain.removesuffix(suffix)
            texts |= {plain, plain.lower(), plain.upper(), plain.casefold()}
        raw = {text.encode() for text in texts if len(text) > 5}
        raw |= {ip.packed for ip in self.four} | {ip.packed for ip in self.six} | set(self.macs)
        raw |= {bytes.fromhex(number) for number in self.ids}
        coded = {form for text in raw if len(text) > 5 for form in (text.hex().encode(), *_base64(text))}
        return raw | coded


def _base64(text: bytes) -> Iterator[bytes]:
    """What of a text shows in base64, wherever in it the text begins."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + text)
        inner = coded[(0, 2, 3)[before] : len(coded) - 4]
        if len(inner) > 6:
            yield inner


def local(mac: bytes) -> IPv6Address:
    """The link-local address that the kernel makes of a MAC."""
    return IPv6Address(bytes.fromhex("fe80000000000000") + bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:])


NUMBERS: dict[str, Any] = {"int": 7, "int | None": 7, "bool": True, "bool | None": True}


def planted(canaries: Canaries, rows: int = 4) -> Capture:
    """A capture that has them everywhere."""
    text = canaries.text

    def value(of: Class, type_: str) -> Any:
        if type_ in NUMBERS:
            return NUMBERS[type_]
        match type_:
            case "tuple[str, ...]":
                return (text(), text())
            case "tuple[Json, ...]":
                return ({"address": text(), "dev": text(), "flags": [text()], "weight": 1},)
            case "JsonObject":
                four = int(canaries.four[len(text()) % len(canaries.four)])
                return {
                    "attr_99": text(), "name": text(), "nested": {"deeper": [text(), {"deepest": text()}]},
                    "number": four if of is not Class.COUNTS else 7,
                    **({text(): text()} if of is Class.LABELS else {}),
                }  # fmt: skip
        if of is Class.RULE:
            return (f'-s {text()} -i {text()} -m comment --comment "{text()} for {text()}" -m set --match-set {text()} src '
                    f"-j {text()}")  # fmt: skip
        if of is Class.SENTENCE:
            return f"could not read {text()} of {text()}: permission denied"
        return text()

    def record(of: type, classes: Any, **fixed: Any) -> Any:
        told = {field.name: value(classes[field.name], str(field.type)) for field in fields(of)}
        return of(**{**told, **fixed})

    sections: dict[str, dict[str, Any]] = {"namespace": {}, "runtime": {}}
    for kind in KINDS.values():
        facts = tuple(record(kind.fact, COLUMNS[kind.name]) for _ in range(rows))
        if kind.name == "firewall":
            facts += tuple(
                record(kind.fact, COLUMNS[kind.name], backend=backend, object="rule") for backend in ("nft", "ipset")
            )
            facts += tuple(
                record(kind.fact, COLUMNS[kind.name], backend="nft", object="rule",
                       text=f'ip saddr {text()} iifname "{text()}" jump {text()} comment "{text()}"')
                for _ in range(rows)
            )  # fmt: skip
        if kind.name == "sysctl":
            facts += tuple(
                record(
                    kind.fact,
                    COLUMNS[kind.name],
                    dev=(dev := canaries.text()),
                    path=f"net.ipv4.conf.{dev.replace('.', '/')}",
                )
                for _ in range(rows)
            )
        sections[kind.owner][kind.name] = facts
    times = {"started_at": "2026-01-01T02:10:00.000000Z", "finished_at": "2026-01-01T02:10:01.000000Z"}
    return Capture(
        header=record(Header, HEADER, **times, kinds=tuple(sorted(KINDS)), status="partial", tool="netlapse 0.1.0",
                      redacted_with=None, redacted_from=None),
        namespaces=(
            CapturedNamespace(namespace=record(Namespace, NAMESPACE, key="cookie:1"), sections=sections["namespace"]),
        ),
        runtimes=(CapturedRuntime(runtime=record(Runtime, RUNTIME), sections=sections["runtime"]),),
        coverage=tuple(record(Coverage, COVERAGE, namespace=None, status="failed", kinds=("link",)) for _ in range(rows)),
        provenance=record(Provenance, PROVENANCE),
    )  # fmt: skip
