"""The one spelling of a JSON value, by an encoder that is set up once: the standard library's, character by character."""

from __future__ import annotations

import json
import json.encoder

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshot.model.json import Json, canonical, compact

jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(jsons)
def test_as_the_standard_library_spells_it(value: Json) -> None:
    assert compact()(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert canonical(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def test_where_there_is_no_such_encoder_the_plain_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    value: Json = {"b": ["\u202e", '"', 1], "a": None}
    assert compact(sort_keys=True)(value) == canonical(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        canonical(value)  # type: ignore[arg-type]
