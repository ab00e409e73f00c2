/** What belongs to a customer, from the one call that gathers it; a service that did not answer is named. */
import { PlusOutlined } from "@ant-design/icons";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { components } from "@api/generated/schema";
import { listPage, type Resource, type Row } from "@api/records";
import { campaigns, contacts, contracts, leads, opportunities, quotes, tickets } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { Reference } from "@kit/FieldValue";
import { useLabels } from "@kit/labels";
import { Related } from "@kit/record/RecordPage";
import { Failed, Loading } from "@kit/states";
import { Amount, DateTime } from "@kit/values";
import type { Asked } from "./useCustomerVerbs";

type Overview = components["schemas"]["views.CustomerOverview"];

interface Props {
  customer: Row;
  overview: UseQueryResult<Overview>;
  onAdd: (what: Asked) => void;
}

export function Belongings({ customer, overview, onAdd }: Props) {
  const { t } = useTranslation("customers");
  const { can } = useAccess();
  const mine = `customer_id = "${customer.id}"`;
  const offers = useQuery({
    queryKey: [quotes.schema, "of", customer.id],
    queryFn: ({ signal }) => listPage(quotes, { filter: mine, order_by: "create_time desc", page_size: 20 }, "", signal),
    enabled: can("sales.quote.list"),
  });
  const memberships = useQuery({
    queryKey: ["marketing.CampaignMember", "of", customer.id],
    queryFn: ({ signal }) => call<{ campaign_members?: Row[] }>("GET", "/v1/campaign-members", { query: { filter: mine, page_size: 20 }, signal }),
    enabled: can("marketing.campaign_member.list"),
  });
  const deals = useLabels("opportunities");
  if (overview.isPending) return <Loading />;
  if (overview.isError) return <Failed error={overview.error} retry={() => void overview.refetch()} />;
  const all = overview.data;
  const away = all.unavailable ?? [];
  const money = (row: Row, field: string) => (row[field]?.amount ? <Amount value={row[field]} short /> : null);
  const add = (what: Asked, permission: string) => (can(permission) ? <Button type="text" size="small" icon={<PlusOutlined />} aria-label={t(`verbs.${what}`)} title={t(`verbs.${what}`)} onClick={() => onAdd(what)} /> : null);
  return (
    <>
      {away.length > 0 ? <Alert type="warning" showIcon title={t("unavailable", { services: away.map((each) => t(`services.${each}`, { defaultValue: each })).join(t("list_sign")) })} action={<Button size="small" onClick={() => void overview.refetch()}>{t("again")}</Button>} /> : null}
      {customer.type === "ORGANIZATION" ? <Box title={t("related.contacts")} resource={contacts} rows={all.contacts} action={add("contact", "customers.contact.create")} end={(row) => row.mobile || row.phone} below={(row) => [row.is_main ? t("main") : "", row.department, row.job_title].filter(Boolean).join(" · ")} /> : null}
      <Box title={t("related.opportunities")} resource={opportunities} rows={all.opportunities} action={add("deal", "sales.opportunity.create")} end={(row) => money(row, "amount")} below={(row) => (row.state === "OPEN" ? `${deals.option("state", "OPEN")} · ${row.probability}%` : deals.option("state", row.state))} />
      <Box title={t("related.tickets")} resource={tickets} rows={all.tickets} action={add("ticket", "service_desk.ticket.create")} end={(row) => <DateTime value={row.create_time} mode="relative" />} below={(row) => [row.number, t(`ticket_states.${row.state}`, { defaultValue: row.state })].join(" · ")} />
      <Box title={t("related.contracts")} resource={contracts} rows={all.contracts} end={(row) => money(row, "total") ?? money(row, "amount")} below={(row) => [row.number, t(`contract_states.${row.state}`, { defaultValue: row.state })].join(" · ")} />
      <Box title={t("related.quotes")} resource={quotes} rows={offers.data?.rows} end={(row) => money(row, "total") ?? money(row, "amount")} below={(row) => t(`quote_states.${row.state}`, { defaultValue: row.state })} />
      <Box title={t("related.leads")} resource={leads} rows={all.leads} end={(row) => <DateTime value={row.create_time} mode="relative" />} below={(row) => [row.company, row.need].filter(Boolean).join(" · ")} />
      {(memberships.data?.campaign_members ?? []).length > 0 ? (
        <Related title={t("related.campaigns")}>
          <ul className="crm-lines">
            {memberships.data?.campaign_members?.map((member) => (
              <li key={member.id}><div><Reference field="campaign_id" id={member.campaign_id} /><small>{t(`member_status.${member.status}`, { defaultValue: member.status })}</small></div><span><DateTime value={member.create_time} /></span></li>
            ))}
          </ul>
        </Related>
      ) : null}
      {[all.contacts, all.opportunities, all.tickets, all.contracts, all.leads].every((rows) => !rows?.length) && !can("sales.opportunity.create") && !can(`${campaigns.permission}.list`) ? <p>{t("related.none")}</p> : null}
    </>
  );
}

interface BoxProps {
  title: string;
  resource: Resource;
  rows?: object[];
  action?: ReactNode;
  end: (row: Row) => ReactNode;
  below: (row: Row) => ReactNode;
}

/** One kind of record; without any it is shown only where one can be added. */
function Box({ title, resource, rows = [], action, end, below }: BoxProps) {
  const { t } = useTranslation("customers");
  const { can } = useAccess();
  if (rows.length === 0 && !action) return null;
  return (
    <Related title={rows.length > 0 ? `${title} ${rows.length}` : title} action={action}>
      {rows.length === 0 ? <p className="customer-none">{t("related.empty")}</p> : null}
      <ul className="crm-lines">
        {(rows as Row[]).map((row) => (
          <li key={row.id}>
            <div>{can(`${resource.permission}.get`) ? <Link to={resource.page(row.id)}>{resource.title(row)}</Link> : resource.title(row)}<small>{below(row)}</small></div>
            <span>{end(row)}</span>
          </li>
        ))}
      </ul>
    </Related>
  );
}
