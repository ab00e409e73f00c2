"""How the market is divided: three regions by province below the whole country, and a fourth in next year's plan."""

import time
from collections.abc import Mapping

from crm_client.errors import Refused
from crm_local.demo.staff import Person, Record, find

MODEL = "2026 销售区域 Territories 2026"
NEXT_MODEL = "2027 销售区域 Territories 2027"
CHINA = "china"
REGIONS: tuple[Record, ...] = (
    {"code": "north", "name": "华北 North China", "rule": 'province = ("北京" OR "天津" OR "河北")'},
    {"code": "east", "name": "华东 East China", "rule": 'province = ("上海" OR "江苏" OR "浙江")'},
    {"code": "south", "name": "华南 South China", "rule": 'province = ("广东" OR "广西" OR "海南")'},
)
NEXT_REGION: Record = {
    "code": "central",
    "name": "华中 Central China",
    "rule": 'province = ("湖北" OR "湖南" OR "安徽")',
}
WRITERS = {"east": ["zhang.wei"], "south": ["huang.lei"]}
READERS = {"north": ["zhang.wei"], CHINA: ["wang.fang"]}
PATIENCE = 60.0
"""Seconds until the customers must have heard of a new plan."""


def divide(planner: Person, ids: Mapping[str, str]) -> None:
    """The model, its territories with their people, and that it counts."""
    model = planner.create("territory-models", {"name": MODEL}, "territory model")

    def draw(territory: Record) -> Record:
        code = territory["code"]
        people = {
            "writer_ids": [ids[login] for login in WRITERS.get(code, ())],
            "reader_ids": [ids[login] for login in READERS.get(code, ())],
        }
        return planner.create("territories", {**territory, **people, "model_id": model["id"]}, f"territory {code}")

    country = draw({"code": CHINA, "name": "全国 China"})
    for region in REGIONS:
        draw({**region, "parent_id": country["id"]})
    if find(planner.client, "territory-models", "state = ACTIVE") is None:
        planner.do("territory-models", str(model["id"]), "activate", "territory model")


def plan_next(planner: Person) -> str:
    """Next year's model: a copy with one region more, not in force; answers its id."""
    present = find(planner.client, "territory-models", "state = ACTIVE")
    assert present is not None, "the model was put in force before"
    copy = planner.do("territory-models", str(present["id"]), "copy", "next territory model", name=NEXT_MODEL)
    country = find(planner.client, "territories", f'model_id = "{copy["id"]}" AND code = "{CHINA}"')
    assert country is not None, "a copy has the territories of its model"
    planner.create("territories", {**NEXT_REGION, "model_id": copy["id"], "parent_id": country["id"]}, "next territory")
    return str(copy["id"])


def preview(planner: Person, model_id: str) -> None:
    """What a plan would change among the customers there are. They hear of its territories a moment after it was drawn."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            planner.create("territory-alignments", {"kind": "PREVIEW", "territory_model_id": model_id}, "next preview")
        except Refused as refused:
            unheard = any(each.field == "territory_model_id" for each in refused.errors)
            if not unheard or time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return
