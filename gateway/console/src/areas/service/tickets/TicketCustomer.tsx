/** Who a ticket is with: how to reach them, what is promised, what they asked before, how they rated it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { listPage, type Row, useRecord } from "@api/records";
import { contacts, customers, tickets } from "@api/resources";
import { useAccess } from "@app/access";
import { Related } from "@kit/record/RecordPage";
import { DateTime } from "@kit/values";
import { Rating } from "./Rating";
import { SlaPromises } from "./SlaCountdown";
import { TicketState } from "./TicketState";

export function TicketCustomer({ ticket, rating }: { ticket: Row; rating?: Row }) {
  const { t } = useTranslation("tickets");
  const { can } = useAccess();
  const customer = useRecord(customers, can("customers.customer.get") ? ticket.customer_id : undefined);
  const contact = useRecord(contacts, can("customers.contact.get") ? ticket.contact_id || customer.data?.main_contact_id : undefined);
  const before = useQuery({
    queryKey: [tickets.schema, "of", ticket.customer_id],
    queryFn: ({ signal }) => listPage(tickets, { filter: `customer_id = "${ticket.customer_id}"`, order_by: "create_time desc", page_size: 6 }, "", signal),
  });
  const earlier = before.data?.rows.filter((row) => row.id !== ticket.id).slice(0, 5) ?? [];
  const reach = (row?: Row) => [row?.mobile, row?.phone, row?.email].filter(Boolean) as string[];
  return (
    <>
      <Related title={t("sla.title")}><SlaPromises ticket={ticket} /></Related>
      {customer.data ? (
        <Related title={t("customer")}>
          <ul className="crm-lines">
            <li><div><Link to={customers.page(customer.data.id)}>{customer.data.name}</Link><small>{[customer.data.code, customer.data.city].filter(Boolean).join(" · ")}</small></div></li>
            {contact.data && !contact.data.is_shadow ? <li><div><Link to={contacts.page(contact.data.id)}>{contact.data.name}</Link><small>{[contact.data.job_title, contact.data.department].filter(Boolean).join(" · ")}</small></div></li> : null}
            {[...new Set([...reach(contact.data), ...reach(customer.data)])].map((each) => <li key={each}><div>{each.includes("*") ? each : <a href={each.includes("@") ? `mailto:${each}` : `tel:${each}`}>{each}</a>}</div></li>)}
          </ul>
        </Related>
      ) : null}
      {rating ? <Related title={t("rating.title")}><Rating answer={rating} /></Related> : null}
      {earlier.length > 0 ? (
        <Related title={t("earlier")}>
          <ul className="crm-lines">
            {earlier.map((row) => <li key={row.id}><div><Link to={tickets.page(row.id)}>{row.subject}</Link><small><TicketState ticket={row} /></small></div><span><DateTime value={row.create_time} mode="relative" /></span></li>)}
          </ul>
        </Related>
      ) : null}
    </>
  );
}
