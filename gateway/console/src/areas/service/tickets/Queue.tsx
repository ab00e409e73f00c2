/** The queue of the inbox: subject, customer, and the time left of each. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Row } from "@api/records";
import { customers } from "@api/resources";
import { useName } from "@kit/names";
import { SlaCountdown } from "./SlaCountdown";
import { TicketPriority } from "./TicketState";

export function Queue({ rows, chosen, queue }: { rows: Row[]; chosen: string; queue: string }) {
  return (
    <ul>
      {rows.map((ticket) => (
        <li key={ticket.id}>
          <Link to={{ search: `?${new URLSearchParams({ queue, ticket: ticket.id })}` }} aria-current={ticket.id === chosen || undefined}>
            <b title={ticket.subject}>{ticket.subject}</b>
            <Line ticket={ticket} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Line({ ticket }: { ticket: Row }) {
  const { t } = useTranslation("tickets");
  const name = useName(customers, ticket.customer_id);
  return (
    <>
      <span className="ticket-line"><span>{name || "…"}</span><span>{t(`values.kind.${ticket.kind}`)}</span></span>
      <span className="ticket-line"><SlaCountdown ticket={ticket} /><TicketPriority ticket={ticket} /></span>
    </>
  );
}
