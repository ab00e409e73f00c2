"""Every RPC is explained, guarded and reachable in the one way the gateway and the clients rely on."""

import re
from collections import Counter

import pytest

from .contract import PARTS, RPCS, Part, access, routes

STANDARD = re.compile(r"^(Get|List|Create|Update|Delete)[A-Z]")
PERMISSION = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*\.[a-z][a-z_]*")
VERBS = {"Get": "get", "List": "get", "Create": "post", "Update": "patch", "Delete": "delete"}

BOUNDED = {
    "crm.identity.v1.AccessService/ListRestrictions": "at most 20 rules of a resource are in force",
    "crm.identity.v1.AccessService/ListUserPermissions": "as many as the contract has permissions",
    "crm.identity.v1.ModuleService/ListModules": "the product has six",
    "crm.identity.v1.RoleService/ListPermissions": "as many as the contract has permissions",
    "crm.identity.v1.SignInService/ListSignInMethods": "as many as there are providers",
    "crm.leads.v1.LeadMergeService/ListPossibleDuplicates": "at most 10",
    "crm.ops.v1.ShareService/ListShares": "at most 200 shares per record",
    "crm.ops.v1.CustomFieldService/ListCustomFields": "at most 500 definitions per resource",
    "crm.reporting.v1.ReportService/ListReports": "the catalogue is fixed",
    "crm.reporting.v1.ReportDefinitionService/ListDatasets": "the datasets are fixed",
}
"""Lists that are short by nature and have no pages."""
READ_ONLY = ("Download", "Explain", "Export", "Preview", "Run", "Search")
"""Custom methods that change nothing may be read, so that browsers can link to them."""

every_rpc = pytest.mark.parametrize("rpc", RPCS, ids=str)


def domain_of(rpc: Part) -> str:
    return rpc.name.split(".")[1]


def is_standard(rpc: Part) -> bool:
    found = STANDARD.match(rpc.descriptor.name)
    if found is None:
        return False
    _, path, _ = (routes(rpc) or [("", ":", "")])[0]
    return ":" not in path


def is_file(rpc: Part) -> bool:
    """Its body or answer is a file: files are sub-resources, not verbs."""
    bodies = {body for _, _, body in routes(rpc)}
    return "content" in bodies or rpc.descriptor.output_type.full_name == "google.api.HttpBody"


@pytest.mark.parametrize("kind", ["service", "rpc", "message", "field", "enum", "value"])
def test_everything_in_the_contract_has_a_comment(kind: str) -> None:
    assert [part.name for part in PARTS if part.kind == kind and not part.comment] == []


@every_rpc
def test_an_rpc_says_who_may_call_it(rpc: Part) -> None:
    rule = access(rpc)
    if rule.anonymous:
        assert not rule.permission
        return
    if rule.internal and not rule.permission:
        return
    assert PERMISSION.fullmatch(rule.permission), rule.permission
    # A view is composed by the gateway from what several services answer, under the permission of its subject.
    assert domain_of(rpc) in {rule.permission.split(".")[0], "views"}


@every_rpc
def test_an_rpc_has_a_route_unless_only_services_call_it(rpc: Part) -> None:
    assert bool(routes(rpc)) != access(rpc).internal


def test_no_route_is_used_twice() -> None:
    shapes = Counter((verb, re.sub(r"\{[^}]*\}", "{}", path)) for rpc in RPCS for verb, path, _ in routes(rpc))
    assert [shape for shape, times in shapes.items() if times > 1] == []


@pytest.mark.parametrize("rpc", [rpc for rpc in RPCS if is_standard(rpc)], ids=str)
def test_a_standard_method_uses_the_http_verb_of_its_name(rpc: Part) -> None:
    found = STANDARD.match(rpc.descriptor.name)
    assert found is not None
    for verb, _, _ in routes(rpc):
        assert verb == VERBS[found[1]]


@pytest.mark.parametrize(
    "rpc", [rpc for rpc in RPCS if routes(rpc) and not (is_standard(rpc) or is_file(rpc))], ids=str
)
def test_a_custom_method_posts_to_a_verb(rpc: Part) -> None:
    for verb, path, body in routes(rpc):
        assert re.search(r":[a-z][A-Za-z]+$", path), path
        if verb == "get":
            assert rpc.descriptor.name.startswith(READ_ONLY)
            continue
        assert (verb, body) == ("post", "*")


@pytest.mark.parametrize("rpc", [rpc for rpc in RPCS if rpc.descriptor.name.startswith("List")], ids=str)
def test_a_list_is_paged(rpc: Part) -> None:
    asked, answered = rpc.descriptor.input_type.fields_by_name, rpc.descriptor.output_type.fields_by_name
    if rpc.name in BOUNDED:
        assert "page_token" not in asked
        return
    assert {"page_size", "page_token"} <= set(asked)
    assert "next_page_token" in answered
    assert sum(field.is_repeated for field in answered.values()) == 1


@pytest.mark.parametrize("rpc", [rpc for rpc in RPCS if re.match("Update[A-Z]", rpc.descriptor.name)], ids=str)
def test_an_update_has_a_mask(rpc: Part) -> None:
    assert "update_mask" in rpc.descriptor.input_type.fields_by_name
