"""Every table of this service, so that the schema can be compared with the classes."""

from crm_sales.domain.competitor import Competitor
from crm_sales.domain.contract import Contract
from crm_sales.domain.contract_amendment import contract_amendment
from crm_sales.domain.merged_lead import merged_lead
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.pipeline import Pipeline, pipeline_version
from crm_sales.domain.plan_line import PlanLine
from crm_sales.domain.product import Product
from crm_sales.domain.quote import Quote
from crm_sales.domain.receipt import Receipt
from crm_sales.domain.record import Record
from crm_sales.domain.stage_stay import stage_stay
from crm_sales.domain.task import Task
from crm_sales.domain.territories import customer_territories

__all__ = [
    "Competitor",
    "Contract",
    "Opportunity",
    "Pipeline",
    "PlanLine",
    "Product",
    "Quote",
    "Receipt",
    "Record",
    "Task",
    "contract_amendment",
    "customer_territories",
    "merged_lead",
    "pipeline_version",
    "stage_stay",
]
