"""Range headers as browsers and attackers send them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import RangeNotSatisfiable
from media.serving import parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=-1000", (0, 100)),
        ("Bytes = 1-2", (1, 3)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=１-２", None),
    ],
)
def test_ranges_by_rfc_9110(header: str | None, expected: tuple[int, int] | None) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_range_outside_is_refused_with_the_size(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        parse_range(header, 100)
    assert refused.value.size == 100


@given(
    header=st.text(max_size=40) | st.from_regex(r"bytes=\d*-\d*", fullmatch=True), size=st.integers(0, 10**9)
)
def test_no_header_leads_outside_the_file(header: str, size: int) -> None:
    try:
        asked = parse_range(header, size)
    except RangeNotSatisfiable:
        return
    if asked is not None:
        assert 0 <= asked[0] < asked[1] <= size
