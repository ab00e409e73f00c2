"""Days of a zone."""

import pytest

from crm_kit.errors import InvalidArgument
from crm_sales.domain.days import known_zone


@pytest.mark.parametrize("name", ["Mars/Base", "", "Asia", "../etc/passwd", "Asia/Shanghai\x00"])
def test_a_zone_nobody_knows_is_refused_by_field(name: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        known_zone(name)
    assert refused.value.violations[0].field == "time_zone"


def test_a_known_zone_passes() -> None:
    assert known_zone("Asia/Shanghai") == "Asia/Shanghai"
