"""The story of a market that is divided anew."""

import time
from typing import Any

from .telling import Telling

PLACED_SECONDS = 60


def territories(tell: Telling, customer: Any, deal: Any) -> None:
    plan = tell.do("CreateTerritoryModel", territory_model={"name": tell.tag})
    plan = tell.change("territory_model", plan, name=f"{tell.tag} 2")
    facts = {"model_id": plan["id"], "code": f"t{tell.number}", "name": "华东", "rule": 'province = "江苏"'}
    place = tell.do("CreateTerritory", territory=facts)
    tell.change("territory", place, priority=3)
    gone = tell.do("CreateTerritory", territory={**facts, "code": f"x{tell.number}"})
    tell.do("DeleteTerritory", id=gone["id"])
    copied = tell.do("CopyTerritoryModel", id=plan["id"], name=f"{tell.tag} 3")
    tell.do("DeleteTerritoryModel", id=copied["id"])
    tell.change("customer", tell.do("GetCustomer", id=customer["id"]), province="江苏")
    tell.do("ActivateTerritoryModel", id=plan["id"])
    deadline = time.monotonic() + PLACED_SECONDS
    while not tell.do("GetCustomer", id=customer["id"]).get("territory_ids"):
        assert time.monotonic() < deadline, "the customer is in no territory"
        time.sleep(0.5)
    tell.do("AssignCustomerTerritories", id=customer["id"], excluded=True)
    tell.do("AssignOpportunityTerritory", id=deal["id"])
    tell.do("CreateTerritoryAlignment", territory_alignment={"kind": "RUN", "note": "once more"})
    tell.do("ArchiveTerritoryModel", id=plan["id"])
