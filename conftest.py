"""Every test may ask for the servers of ``crm_kit.testing``; what shares a platform runs in one process."""

import pytest

pytest_plugins = ["crm_kit.testing.fixtures"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the tests by file, but keep those that use the whole platform together: it is started only once."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    """One name each: the plugin joins several marks of an item to a new group."""
    return "platform" if "platform" in getattr(item, "fixturenames", ()) else item.nodeid.partition("::")[0]
