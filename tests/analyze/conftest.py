"""How laws are tried on a mutant (`make mutation`): the same examples on each, and what breaks one is not made shorter."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

if "MUTANT_UNDER_TEST" in os.environ:
    settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,  # a busy machine is no mutant
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("mutants")
