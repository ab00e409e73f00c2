/** One ticket: facts left, the conversation in the middle, promises and customer right. */
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useRecord } from "@api/records";
import { tickets } from "@api/resources";
import { useAccess } from "@app/access";
import { visited } from "@app/recent";
import { Reference } from "@kit/FieldValue";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { PersonName } from "@kit/values";
import { Conversation } from "./Conversation";
import { useRating } from "./Rating";
import { SlaCountdown } from "./SlaCountdown";
import { TicketCustomer } from "./TicketCustomer";
import { TicketPriority, TicketState } from "./TicketState";
import { useTicketVerbs } from "./useTicketVerbs";

export default function TicketPage() {
  const { t } = useTranslation("tickets");
  const { id = "" } = useParams();
  const { id: own } = useAccess();
  const found = useRecord(tickets, id);
  const rating = useRating(id);
  const ticket = found.data;
  const { verbs, dialog } = useTicketVerbs(ticket, Boolean(rating.data));
  useEffect(() => {
    if (ticket) visited(own, tickets, ticket);
  }, [own, ticket]);
  if (found.isPending) return <Loading rows={8} />;
  if (!ticket) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <RecordPage
        back="/app/service/tickets"
        title={ticket.subject}
        above={ticket.number}
        state={<TicketState ticket={ticket} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.customer_id"), value: <Reference field="customer_id" id={ticket.customer_id} /> },
          { label: t("fields.kind"), value: t(`values.kind.${ticket.kind}`) },
          { label: t("fields.priority"), value: <TicketPriority ticket={ticket} /> },
          { label: t("fields.clocks"), value: <SlaCountdown ticket={ticket} named /> },
          { label: t("fields.owner_id"), value: <PersonName id={ticket.owner_id} /> },
        ]}
        facts={
          <Facts
            resource={tickets}
            namespace="tickets"
            record={ticket}
            editable={!["CLOSED", "CANCELLED"].includes(ticket.state)}
            groups={[
              { title: t("groups.request"), fields: ["subject", "kind", "priority", "channel", "contact_id", "category", "product_id", "tags", "custom_fields"] },
              { title: t("groups.resolution"), fields: ["resolution_code", "resolution", "root_cause", "cancel_reason", "resolver_id", "reopen_count", "hold_until_time", "follow_up_of_id"] },
              { title: t("groups.times"), fields: ["create_time", "first_response_time", "last_reply_time", "last_customer_message_time", "resolve_time", "close_time"] },
            ]}
          />
        }
        timeline={<><div className="crm-panel-head"><h2>{t("conversation")}</h2></div><Conversation ticket={ticket} /></>}
        related={<TicketCustomer ticket={ticket} rating={rating.data ?? undefined} />}
      />
      {dialog}
    </>
  );
}
