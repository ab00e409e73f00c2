"""Who works in the demo enterprise: its units, its people, and what they sign in with."""

from dataclasses import dataclass

from crm_client import Client
from crm_local.demo.staff import Person, find

PASSWORD = "tributary-demo"  # noqa: S105 — of a demo on this machine, printed at every start

HQ, EAST, SHANGHAI, SOUTH = "/hq/", "/hq/east/", "/hq/east/shanghai/", "/hq/south/"
HANGZHOU, SHENZHEN = "/hq/east/hangzhou/", "/hq/south/shenzhen/"

UNITS = (
    (EAST, "华东大区 East China", "REGION"),
    (SOUTH, "华南大区 South China", "REGION"),
    (SHANGHAI, "上海分公司 Shanghai", "SUBSIDIARY"),
    (HANGZHOU, "杭州西湖经销商 Hangzhou Lakeside Dealer", "DEALER"),
    (SHENZHEN, "深圳前海经销商 Shenzhen Qianhai Dealer", "DEALER"),
)
"""Path, name, kind; every unit after the one above it."""


@dataclass(frozen=True, slots=True)
class Employee:
    login: str
    name: str
    unit: str
    role: str
    what: str
    language: str = "zh-CN"


EMPLOYEES = (
    Employee("li.na", "李娜 Li Na", SHANGHAI, "sales_rep", "sales in Shanghai 上海销售"),
    Employee("chen.jie", "陈杰 Chen Jie", SHANGHAI, "sales_rep", "sales in Shanghai 上海销售"),
    Employee("huang.lei", "黄磊 Huang Lei", SOUTH, "sales_rep", "sales in South China 华南销售"),
    Employee("emma.clark", "Emma Clark", SOUTH, "sales_rep", "sales, overseas customers 海外销售", "en"),
    Employee("liu.yang", "刘洋 Liu Yang", HANGZHOU, "dealer", "dealer in Hangzhou, sees only his own 杭州经销商"),
    Employee("lin.tao", "林涛 Lin Tao", SHENZHEN, "dealer", "dealer in Shenzhen, sees only his own 深圳经销商"),
    Employee("sun.li", "孙丽 Sun Li", HQ, "service_agent", "customer service 客服"),
    Employee("david.miller", "David Miller", HQ, "service_agent", "customer service 客服", "en"),
    Employee("zhao.min", "赵敏 Zhao Min", HQ, "marketer", "marketing 市场"),
    Employee("gao.yan", "高妍 Gao Yan", HQ, "sales_operations", "sales operations, draws territories 销售运营"),
    Employee("xu.qing", "许晴 Xu Qing", HQ, "privacy_officer", "privacy officer 个人信息保护专员"),
    Employee("zhang.wei", "张伟 Zhang Wei", EAST, "sales_manager", "sales manager of East China 华东销售经理"),
    Employee("wang.fang", "王芳 Wang Fang", HQ, "sales_manager", "sales director 销售总监"),
)
ANALYST = Employee("zhou.qi", "周琪 Zhou Qi", HQ, "analyst", "analyst, reads every report 数据分析")
"""Hired last: that she is there says that the demo data is complete."""

LOGINS = [(one.login, PASSWORD, one.what) for one in (ANALYST, *EMPLOYEES)]
"""Login, password and what the person does."""


def build_units(boss: Person) -> dict[str, str]:
    """The tree of units; the id of each by its path."""
    known = {unit["path"]: str(unit["id"]) for unit in boss.client.list("units")}
    for path, name, kind in UNITS:
        if path not in known:
            above, code = path[:-1].rsplit("/", 1)
            unit = {"name": name, "code": code, "parent_id": known[f"{above}/"], "kind": kind}
            known[path] = str(boss.create("units", unit, f"unit {path}")["id"])
    return known


def hire(boss: Person, units: dict[str, str], employee: Employee) -> str:
    """The user of an employee; answers the id."""
    found = find(boss.client, "users", f'login = "{employee.login}"')
    if found is not None:
        return str(found["id"])
    user = {
        "login": employee.login,
        "display_name": employee.name,
        "email": f"{employee.login}@tributary.example.com",
        "unit_id": units[employee.unit],
        "roles": [employee.role],
        "language": employee.language,
        "password": PASSWORD,
    }
    return str(boss.create("users", user, f"user {employee.login}")["id"])


def complete(client: Client) -> bool:
    """Whether an earlier load came to its end."""
    return find(client, "users", f'login = "{ANALYST.login}"') is not None
