"""The composition root: the one place that knows all parts of the service desk."""

from crm_kit.following import Following
from crm_kit.keys import Keys
from crm_kit.service import Parts, Runtime, Service
from crm_service_desk.domain.record import Record
from crm_service_desk.jobs import start_sweeping, timers
from crm_service_desk.rpc.article_service import ArticleService
from crm_service_desk.rpc.calendar_service import CalendarService
from crm_service_desk.rpc.knowledge_article_service import KnowledgeArticleService
from crm_service_desk.rpc.knowledge_version_service import KnowledgeVersionService
from crm_service_desk.rpc.sla_policy_service import SlaPolicyService
from crm_service_desk.rpc.survey_intake_service import SurveyIntakeService
from crm_service_desk.rpc.survey_link_service import SurveyLinkService
from crm_service_desk.rpc.survey_service import SurveyService
from crm_service_desk.rpc.ticket_service import TicketService
from crm_service_desk.usecases.hand_on import TRANSFERABLE
from crm_service_desk.usecases.personal_data import PERSONAL_DATA


def compose(runtime: Runtime) -> Parts:
    """Everything the process serves and does by itself."""
    keys = Keys.load(runtime.settings.keys_dir, "service-desk")
    following = Following(runtime, "service-desk", Record.metadata, transferable=TRANSFERABLE)
    return Parts(
        servicers={
            "crm.service_desk.v1.TicketService": TicketService(),
            "crm.service_desk.v1.ArticleService": ArticleService(),
            "crm.service_desk.v1.KnowledgeArticleService": KnowledgeArticleService(),
            "crm.service_desk.v1.KnowledgeVersionService": KnowledgeVersionService(),
            "crm.service_desk.v1.SlaPolicyService": SlaPolicyService(),
            "crm.service_desk.v1.CalendarService": CalendarService(),
            "crm.service_desk.v1.SurveyService": SurveyService(),
            "crm.service_desk.v1.SurveyLinkService": SurveyLinkService(keys),
            "crm.service_desk.v1.SurveyIntakeService": SurveyIntakeService(keys),
        },
        consumers=[following.consumer],
        callers={
            "crm.service_desk.v1.SurveyIntakeService": ("gateway",),
            "crm.ops.v1.PersonalDataService": ("customers",),
            "crm.ops.v1.RestrictionService": ("identity",),
        },
        following=following,
        personal_data=PERSONAL_DATA,
        timers=timers(runtime.db),
        start=start_sweeping,
    )


service = Service(name="service-desk", package="crm_service_desk", metadata=Record.metadata, compose=compose)
