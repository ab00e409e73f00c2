"""Composition root: the one place that knows all parts of the leads service."""

from crm_kit.following import Following
from crm_kit.opening import Opener
from crm_kit.service import Parts, Runtime, Service
from crm_leads import consumers, jobs
from crm_leads.domain.decision import submission
from crm_leads.domain.record import Record
from crm_leads.rpc.conflict_service import ConflictService
from crm_leads.rpc.distribution_rule_service import DistributionRuleService
from crm_leads.rpc.lead_import_service import LeadImportService
from crm_leads.rpc.lead_merge_service import LeadMergeService
from crm_leads.rpc.lead_service import LeadService
from crm_leads.rpc.pool_service import PoolService
from crm_leads.rpc.touch_service import TouchService
from crm_leads.rpc.web_form_intake_service import WebFormIntakeService
from crm_leads.rpc.web_form_service import WebFormService
from crm_leads.usecases.convert_lead import ConvertLead
from crm_leads.usecases.hand_on import TRANSFERABLE, move_refusals, move_submissions
from crm_leads.usecases.personal_data import PERSONAL_DATA


def compose(runtime: Runtime) -> Parts:
    convert = ConvertLead(runtime.channels, runtime.sagas)
    consumers.known.opener = Opener(runtime.channels, "leads")
    following = Following(
        runtime,
        "leads",
        Record.metadata,
        transferable=TRANSFERABLE,
        apart={submission: move_submissions},
        besides=[move_refusals],
    )
    return Parts(
        servicers={
            "crm.leads.v1.LeadService": LeadService(convert),
            "crm.leads.v1.LeadMergeService": LeadMergeService(),
            "crm.leads.v1.ConflictService": ConflictService(),
            "crm.leads.v1.TouchService": TouchService(),
            "crm.leads.v1.LeadImportService": LeadImportService(),
            "crm.leads.v1.PoolService": PoolService(),
            "crm.leads.v1.DistributionRuleService": DistributionRuleService(),
            "crm.leads.v1.WebFormService": WebFormService(),
            "crm.leads.v1.WebFormIntakeService": WebFormIntakeService(),
        },
        consumers=[consumers.known, consumers.merges, following.consumer],
        callers={
            "crm.leads.v1.WebFormIntakeService": ("gateway",),
            "crm.ops.v1.PersonalDataService": ("customers",),
            "crm.ops.v1.RestrictionService": ("identity",),
        },
        following=following,
        personal_data=PERSONAL_DATA,
        timers=jobs.timers(runtime.db),
        jobs=jobs.jobs(runtime.db),
        plans=[convert.plan()],
    )


service = Service("leads", "crm_leads", Record.metadata, compose)
