"""What laws are tried on: hosts by their seed, what happened to them since, and what was not seen of them.

``NETLAPSE_LAWS=10000`` tries so many examples of each law, other ones at every run; else few are tried, the same at every run.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.analyze.generated import changes
from tests.analyze.generated.blinding import GAPS, RECOGNISED_BY
from tests.analyze.generated.changes import CHANGES

ASKED = os.environ.get("NETLAPSE_LAWS")
FEW = int(ASKED or 150)
LAWS = settings(
    max_examples=FEW,
    derandomize=ASKED is None or "MUTANT_UNDER_TEST" in os.environ,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
ON_DISK = settings(LAWS, max_examples=FEW if ASKED else FEW // 10)
"""With two files for each example: few of them, unless the number was asked for."""
SOME = settings(LAWS, max_examples=max(1, FEW // 3))
"""Of what is slower than a diff."""

Steps = list[tuple[int, int]]
seeds = st.integers(min_value=0, max_value=1999)
steps = st.lists(st.tuples(st.integers(0, len(CHANGES) - 1), st.integers(0, 2**16)), max_size=6)
gaps = st.lists(st.tuples(st.integers(0, len(GAPS) - 1), st.integers(0, 2**16)), max_size=2)
MADE_ANEW: tuple[changes.Change, ...] = (
    changes.veth_recreated,
    changes.veth_recreated,
    changes.pod_recreated,
    changes.container_recreated,
    changes.container_restarted_in_place,
    changes.made_anew_in_place,
    changes.network_recreated,
    changes.namespace_bound_elsewhere,
    changes.renamed,
    changes.another_mac,
    changes.moved,
    changes.connected,
    changes.container_removed,
    changes.pod_removed,
)
"""What makes one instance of another, and what only seems to."""
made_anew = st.lists(
    st.tuples(st.sampled_from([CHANGES.index(step) for step in MADE_ANEW]), st.integers(0, 2**16)),
    min_size=1,
    max_size=4,
)
lost = st.lists(st.tuples(st.integers(0, len(RECOGNISED_BY) - 1), st.integers(0, 2**16)), max_size=2)
