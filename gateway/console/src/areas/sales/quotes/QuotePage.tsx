/** One quote: its lines and totals, what the customer said, and the rounds before. */
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { type Row, useRecord, useRecords } from "@api/records";
import { contracts, quotes } from "@api/resources";
import { useAccess } from "@app/access";
import { visited } from "@app/recent";
import { Reference } from "@kit/FieldValue";
import { Facts } from "@kit/record/Facts";
import { RecordPage, Related } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { Amount, Day, PersonName } from "@kit/values";
import { QuoteLines } from "./QuoteLines";
import { QuoteState } from "./QuoteState";
import { useQuoteVerbs } from "./useQuoteVerbs";
import "./quotes.css";

export default function QuotePage() {
  const { t } = useTranslation("quotes");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const found = useRecord(quotes, id);
  const quote = found.data;
  const { verbs, dialog } = useQuoteVerbs(quote);
  useEffect(() => {
    if (quote) visited(own, quotes, quote);
  }, [own, quote]);
  if (found.isPending) return <Loading rows={8} />;
  if (!quote) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <RecordPage
        back="/app/sales/quotes"
        title={quote.name}
        above={quote.number}
        state={<QuoteState quote={quote} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.total"), value: <Amount value={quote.total} /> },
          { label: t("fields.discount_rate"), value: `${quote.discount_rate}%` },
          { label: t("fields.customer_id"), value: <Reference field="customer_id" id={quote.customer_id} /> },
          ...(quote.opportunity_id ? [{ label: t("fields.opportunity_id"), value: <Reference field="opportunity_id" id={quote.opportunity_id} /> }] : []),
          { label: t("fields.valid_until_date"), value: <Day value={quote.valid_until_date} overdue={quote.state === "SENT"} /> },
          { label: t("fields.owner_id"), value: <PersonName id={quote.owner_id} /> },
        ]}
        body={<QuoteLines quote={quote} />}
        facts={
          <Facts resource={quotes} namespace="quotes" record={quote} editable={quote.state === "DRAFT"} groups={[
            { title: t("groups.quote"), fields: ["name", "contact_id", "quote_date", "valid_until_date", "note", "custom_fields"] },
            { title: t("groups.price"), fields: ["currency", "prices_include_tax", "tax_rounding", "header_discount_percent", "header_discount_amount", "freight", "freight_tax_rate"] },
            { title: t("groups.more"), fields: ["primary", "send_time", "answer_time", "state_reason", "approver_id", "create_time", "update_time"] },
          ]} />
        }
        related={<><Rounds quote={quote} />{can("sales.contract.list") && quote.state === "ACCEPTED" ? <Contracts quote={quote} /> : null}</>}
      />
      {dialog}
    </>
  );
}

/** The revisions of this offer, newest first. */
function Rounds({ quote }: { quote: Row }) {
  const { t } = useTranslation("quotes");
  const found = useRecords(quotes, { filter: `chain_id = "${quote.chain_id}"`, order_by: "revision desc", page_size: 20 });
  const rows = found.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Related title={t("related.rounds")}>
      {found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : null}
      <ul className="quote-rounds">
        {rows.map((row) => (
          <li key={row.id}>
            {row.id === quote.id ? <b>{row.number}</b> : <Link to={quotes.page(row.id)}>{row.number}</Link>}
            <QuoteState quote={row} />
            <Amount value={row.total} />
          </li>
        ))}
      </ul>
    </Related>
  );
}

function Contracts({ quote }: { quote: Row }) {
  const { t } = useTranslation("quotes");
  const found = useRecords(contracts, { filter: `quote_id = "${quote.id}"`, page_size: 10 });
  const rows = found.data?.pages.flatMap((page) => page.rows) ?? [];
  if (rows.length === 0) return null;
  return (
    <Related title={t("related.contracts")}>
      <ul className="quote-rounds">{rows.map((row) => <li key={row.id}><Link to={contracts.page(row.id)}>{row.number}</Link><span>{row.name}</span><Amount value={row.amount} /></li>)}</ul>
    </Related>
  );
}
