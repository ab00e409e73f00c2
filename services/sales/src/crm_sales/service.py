"""The composition root: the one place that knows all parts of the sales service."""

from crm_kit.following import Following
from crm_kit.service import Parts, Runtime, Service
from crm_kit.settings import read
from crm_sales import consumers
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.tables import Record
from crm_sales.jobs import jobs, timers
from crm_sales.rpc.competitor_service import CompetitorService
from crm_sales.rpc.contract_service import ContractService
from crm_sales.rpc.conversion_service import ConversionService
from crm_sales.rpc.opportunity_service import OpportunityService
from crm_sales.rpc.pipeline_service import PipelineService
from crm_sales.rpc.plan_line_service import PlanLineService
from crm_sales.rpc.product_service import ProductService
from crm_sales.rpc.quote_service import QuoteService
from crm_sales.rpc.receipt_service import ReceiptService
from crm_sales.rpc.task_service import TaskService
from crm_sales.settings import SalesSettings
from crm_sales.usecases.hand_on import TRANSFERABLE
from crm_sales.usecases.personal_data import PERSONAL_DATA
from crm_sales.usecases.seed_pipeline import seed_pipeline

CALLERS = {
    "crm.sales.v1.ConversionService": ("leads",),
    "crm.ops.v1.PersonalDataService": ("customers",),
    "crm.ops.v1.RestrictionService": ("identity",),
}


def servicers(policy: SalesPolicy) -> dict[str, object]:
    """Every proto service of the domain and the object that serves it."""
    return {
        "crm.sales.v1.PipelineService": PipelineService(),
        "crm.sales.v1.ProductService": ProductService(),
        "crm.sales.v1.CompetitorService": CompetitorService(),
        "crm.sales.v1.OpportunityService": OpportunityService(policy),
        "crm.sales.v1.QuoteService": QuoteService(policy),
        "crm.sales.v1.ContractService": ContractService(policy),
        "crm.sales.v1.PlanLineService": PlanLineService(),
        "crm.sales.v1.ReceiptService": ReceiptService(),
        "crm.sales.v1.TaskService": TaskService(policy),
        "crm.sales.v1.ConversionService": ConversionService(policy),
    }


def compose(runtime: Runtime) -> Parts:
    """The parts of one process."""
    following = Following(runtime, "sales", Record.metadata, transferable=TRANSFERABLE)
    return Parts(
        servicers=servicers(read(SalesSettings).policy),
        callers=CALLERS,
        consumers=[consumers.territories, consumers.merges, following.consumer],
        following=following,
        personal_data=PERSONAL_DATA,
        timers=timers(runtime.db),
        jobs=jobs(runtime.db),
        start=seed_pipeline,
    )


service = Service(name="sales", package="crm_sales", metadata=Record.metadata, compose=compose)
