"""How the market is divided: three regions by province, below the whole country."""

from collections.abc import Mapping

from crm_local.demo.staff import Person, Record, find

MODEL = "2026 销售区域 Territories 2026"
CHINA = "china"
REGIONS: tuple[Record, ...] = (
    {"code": "north", "name": "华北 North China", "rule": 'province = ("北京" OR "天津" OR "河北")'},
    {"code": "east", "name": "华东 East China", "rule": 'province = ("上海" OR "江苏" OR "浙江")'},
    {"code": "south", "name": "华南 South China", "rule": 'province = ("广东" OR "广西" OR "海南")'},
)
WRITERS = {"east": ["zhang.wei"], "south": ["huang.lei"]}
READERS = {"north": ["zhang.wei"], CHINA: ["wang.fang"]}


def divide(boss: Person, ids: Mapping[str, str]) -> None:
    """The model, its territories with their people, and that it counts."""
    model = boss.create("territory-models", {"name": MODEL}, "territory model")

    def draw(territory: Record) -> Record:
        code = territory["code"]
        people = {
            "writer_ids": [ids[login] for login in WRITERS.get(code, ())],
            "reader_ids": [ids[login] for login in READERS.get(code, ())],
        }
        return boss.create("territories", {**territory, **people, "model_id": model["id"]}, f"territory {code}")

    country = draw({"code": CHINA, "name": "全国 China"})
    for region in REGIONS:
        draw({**region, "parent_id": country["id"]})
    if find(boss.client, "territory-models", "state = ACTIVE") is None:
        boss.do("territory-models", str(model["id"]), "activate", "territory model")
