"""The API as read from the descriptors."""

import pytest

from crm_client import Catalog, Usage

CATALOG = Catalog.load()


def test_every_route_of_the_contract_is_known_by_its_operation() -> None:
    claim = CATALOG.operation("ClaimLead")
    assert (claim.verb, claim.template, claim.permission) == ("POST", "/v1/leads/{id}:claim", "leads.lead.claim")
    assert CATALOG.operation("crm.leads.v1.LeadService/ClaimLead") is claim


def test_a_resource_has_its_standard_methods_and_its_verbs() -> None:
    leads = CATALOG.resource("leads")
    assert {"get", "list", "create", "update"} <= leads.operations.keys()
    assert {"claim", "convert"} <= leads.actions.keys()
    assert leads.action("claim", bulk=True).name == "ClaimLeads"


def test_what_a_record_has_one_of_is_a_part_of_its_resource() -> None:
    assert CATALOG.resource("campaigns").part("results").name == "GetCampaignResults"
    assert CATALOG.resource("customers").part("overview").name == "GetCustomerOverview"
    assert CATALOG.resource("lead-imports").part("errors").is_file
    with pytest.raises(Usage, match=r"no part result in campaigns\. Did you mean results"):
        CATALOG.resource("campaigns").part("result")


def test_singular_and_any_spelling_lead_to_the_resource() -> None:
    assert CATALOG.resource("lead") is CATALOG.resource("leads")
    assert CATALOG.resource("distribution_rules") is CATALOG.resource("distribution-rules")
    assert CATALOG.resource("opportunities").action("moveStage") is CATALOG.resource("opportunities").action(
        "move-stage"
    )


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(Usage, match=r"no resource led\. Did you mean lead"):
        CATALOG.resource("led")
    with pytest.raises(Usage, match=r"no verb clam in leads\. Did you mean claim"):
        CATALOG.resource("leads").action("clam")
    with pytest.raises(Usage, match=r"There are: "):
        CATALOG.resource("leads").action("xyz")


def test_every_operation_belongs_to_a_resource_or_is_a_place_of_one_thing() -> None:
    placed = {
        operation.name
        for resource in CATALOG.resources.values()
        for operations in (resource.operations, resource.actions, resource.bulk_actions, resource.parts)
        for operation in operations.values()
    }
    alone = {name for name, each in CATALOG.operations.items() if name not in placed}
    for name in alone:
        operation = CATALOG.operations[name]
        assert operation.records is None, f"{name} is a list nobody can list"
        assert not operation.action, f"{name} is a verb nobody can do"


def test_records_listed_by_two_paths_are_listed_by_the_shorter_one() -> None:
    assert CATALOG.resource("follow-ups").operation("list").name == "ListAllFollowUps"
    assert CATALOG.resource("follow-ups").operation("create").name == "CreateFollowUp"
    assert CATALOG.resource("customers-follow-ups").operation("list").name == "ListFollowUps"


def test_comments_come_from_the_contract() -> None:
    assert "领取" in CATALOG.operation("ClaimLead").comment
    assert CATALOG.comment("crm.leads.v1.Lead.State.POOLED").startswith("In its unit's public pool")
