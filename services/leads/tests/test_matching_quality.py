"""The one default rule set beats every unsupervised reference on real files."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[3] / "bench" / "quality"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="labelled files are absent: expected ../shared/data beside the checkout"
)


@pytest.fixture(scope="module")
def bench():
    sys.path.insert(0, str(BENCH))
    try:
        spec = importlib.util.spec_from_file_location("bench_quality_matching", BENCH / "matching.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(BENCH))


@pytest.mark.parametrize("name", ["childcare-sites", "fake-1000"])
def test_repeats_are_found_better_than_by_the_reference(bench, name):
    data_set = next(each for each in bench.DATA_SETS if each.name == name)
    measured = bench.measure(data_set)
    assert measured.groups.f1 > data_set.reference
    assert measured.groups.f1 >= data_set.goal
