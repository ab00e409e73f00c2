/** The middle and right pane of the inbox: the conversation of one ticket and who it is with. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useRecord } from "@api/records";
import { tickets } from "@api/resources";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { Conversation } from "./Conversation";
import { useRating } from "./Rating";
import { SlaCountdown } from "./SlaCountdown";
import { TicketCustomer } from "./TicketCustomer";
import { TicketPriority, TicketState } from "./TicketState";
import { useTicketVerbs } from "./useTicketVerbs";

export function InboxTicket({ id, onBack }: { id: string; onBack?: () => void }) {
  const { t } = useTranslation("tickets");
  const found = useRecord(tickets, id);
  const rating = useRating(id);
  const ticket = found.data;
  const { verbs, dialog } = useTicketVerbs(ticket, Boolean(rating.data));
  return (
    <>
      <section className="crm-panel ticket-middle" aria-label={t("conversation")}>
        {onBack ? <Button type="link" size="small" icon={<ArrowLeftOutlined />} onClick={onBack}>{t("inbox.back")}</Button> : null}
        {found.isPending ? <Loading /> : !ticket ? <Failed error={found.error} retry={() => void found.refetch()} /> : (
          <>
            <div className="ticket-head">
              <h2>{ticket.subject}</h2>
              <Link to={tickets.page(id)} className="crm-number">{ticket.number}</Link>
              <TicketState ticket={ticket} />
              <TicketPriority ticket={ticket} />
              <SlaCountdown ticket={ticket} named />
              <span className="ticket-head-verbs"><Verbs verbs={verbs} /></span>
            </div>
            <Conversation ticket={ticket} />
          </>
        )}
        {dialog}
      </section>
      {ticket ? <aside className="ticket-side" aria-label={t("customer")}><TicketCustomer ticket={ticket} rating={rating.data ?? undefined} /></aside> : null}
    </>
  );
}
