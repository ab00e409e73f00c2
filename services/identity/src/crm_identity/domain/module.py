"""Parts of the product that the enterprise switches on and off (功能模块, domain rule 8.13)."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record

TITLES = {
    "leads": ("Leads", "线索"),
    "customers": ("Customers", "客户"),
    "sales": ("Sales", "销售"),
    "service_desk": ("Service desk", "服务"),
    "marketing": ("Marketing", "市场"),
    "reporting": ("Reports", "报表"),
}
"""Every module with its titles. Identity is none: it must stay to switch the others on again."""


class Module(Record):
    """Whether a module is on."""

    __tablename__ = "module"
    __unscoped__ = "modules are of the whole enterprise"

    code: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (Index("uq_module_code", "code", unique=True),)
