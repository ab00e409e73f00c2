"""A person as the house knows them: lead, contact, talked to, complaining, member of a campaign."""

from dataclasses import dataclass

from crm.customers.v1 import consent_service_pb2, contact_service_pb2, follow_up_service_pb2
from crm.customers.v1.consent_pb2 import Consent
from crm.customers.v1.contact_pb2 import Contact
from crm.customers.v1.follow_up_pb2 import FollowUp
from crm.leads.v1 import lead_service_pb2 as lead_pb
from crm.leads.v1 import touch_service_pb2 as touch_pb
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch
from crm.marketing.v1 import campaign_member_service_pb2, campaign_service_pb2
from crm.marketing.v1.campaign_member_pb2 import CampaignMember
from crm.marketing.v1.campaign_pb2 import Campaign
from crm.service_desk.v1 import ticket_service_pb2
from crm.service_desk.v1.ticket_pb2 import Ticket
from google.protobuf.field_mask_pb2 import FieldMask

from .forgetting import CUSTOMERS, LEADS, House

NAME, NUMBER, EMAIL = "欧阳若兰", "13912345678", "ruolan.ouyang@example.cn"
NEED, TOUCHED, TOLD, COMPLAINT, WROTE, HOBBY, PROOF = (
    "想给若兰小馆换冰柜",
    "若兰说周三有空",
    "若兰的女儿上小学",
    "若兰家里的冰柜漏水",
    "若兰问几点来修",
    "若兰喜欢钓鱼",
    "若兰签的表格",
)
SAID = (NAME, NUMBER, EMAIL, NEED, TOUCHED, TOLD, COMPLAINT, WROTE, HOBBY, PROOF)


@dataclass
class Known:
    """A person as the house knows them."""

    lead: Lead
    contact: Contact
    subjects: list[tuple[str, str]]


async def a_known_person(house: House, *, company: str = "") -> Known:
    """Came as a lead, became a contact, was talked to, complained, and is a member of a campaign."""
    who, leads, customers = house.officer, house.leads, house.customers
    entered = Lead(name=NAME, company=company, phone=NUMBER, email=EMAIL, need=NEED)
    lead = await leads.call(f"{LEADS}.LeadService/CreateLead", lead_pb.CreateLeadRequest(lead=entered), who)
    await leads.call(f"{LEADS}.LeadService/ClaimLead", lead_pb.ClaimLeadRequest(id=lead.id), who)
    touch = Touch(lead_id=lead.id, kind="call", direction="inbound", outcome="interested", note=TOUCHED)
    await leads.call(f"{LEADS}.TouchService/CreateTouch", touch_pb.CreateTouchRequest(touch=touch), who)
    await leads.call(f"{LEADS}.LeadService/QualifyLead", lead_pb.QualifyLeadRequest(id=lead.id), who)
    request = lead_pb.ConvertLeadRequest(id=lead.id, expected_amount="9000", currency="CNY")
    lead = await leads.call(f"{LEADS}.LeadService/ConvertLead", request, who)
    assert lead.state == Lead.CONVERTED
    if company:
        changed = Contact(id=lead.contact_id, hobbies=HOBBY)
        await customers.call(
            f"{CUSTOMERS}.ContactService/UpdateContact",
            contact_service_pb2.UpdateContactRequest(contact=changed, update_mask=FieldMask(paths=["hobbies"])),
            who,
        )
    given = Consent(
        contact_id=lead.contact_id, purpose="service", channel="call", decision="GIVEN", text_version="v1", proof=PROOF
    )
    await customers.call(
        f"{CUSTOMERS}.ConsentService/CreateConsent", consent_service_pb2.CreateConsentRequest(consent=given), who
    )
    said = FollowUp(
        customer_id=lead.customer_id, contact_id=lead.contact_id, kind="call", direction="inbound", note=TOLD
    )
    await customers.call(
        f"{CUSTOMERS}.FollowUpService/CreateFollowUp", follow_up_service_pb2.CreateFollowUpRequest(follow_up=said), who
    )
    await _complain_and_join(house, lead)
    await house.hear()
    found = await customers.call(
        f"{CUSTOMERS}.ContactService/GetContact", contact_service_pb2.GetContactRequest(id=lead.contact_id), who
    )
    subjects = [("leads.lead", lead.id), ("customers.contact", lead.contact_id)]
    return Known(lead, found, subjects if company else [*subjects, ("customers.customer", lead.customer_id)])


async def _complain_and_join(house: House, lead: Lead) -> None:
    desk, marketing, who = house.others["service-desk"], house.others["marketing"], house.officer
    ticket = Ticket(
        kind=Ticket.COMPLAINT,
        subject=COMPLAINT,
        description=f"{NAME}: {COMPLAINT}",
        customer_id=lead.customer_id,
        contact_id=lead.contact_id,
    )
    request = ticket_service_pb2.CreateTicketRequest(ticket=ticket)
    made = await desk.call("crm.service_desk.v1.TicketService/CreateTicket", request, who)
    wrote = ticket_service_pb2.RecordCustomerMessageRequest(id=made.id, body=WROTE, author_name=NAME)
    await desk.call("crm.service_desk.v1.TicketService/RecordCustomerMessage", wrote, who)
    campaign = await marketing.call(
        "crm.marketing.v1.CampaignService/CreateCampaign",
        campaign_service_pb2.CreateCampaignRequest(campaign=Campaign(name="Spring")),
        who,
    )
    await marketing.call(
        "crm.marketing.v1.CampaignMemberService/CreateCampaignMember",
        campaign_member_service_pb2.CreateCampaignMemberRequest(
            campaign_member=CampaignMember(campaign_id=campaign.id, contact_id=lead.contact_id)
        ),
        who,
    )
