/** Who can see or change a record, now or as of a day, each person with the reasons. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Input, Modal, Segmented } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Resource, Row } from "@api/records";
import { users } from "@api/resources";
import { call } from "@api/transport";
import { PlainTable } from "../PlainTable";
import { ReferencePicker } from "../ReferencePicker";
import { Failed, Loading } from "../states";
import { UnitName } from "../units";
import { Nothing, PersonName, StateTag } from "../values";
import { placeOf } from "./useSharing";
import "../form.css";

const DateInput = lazy(() => import("../DateInput"));

interface Reason {
  kind: string;
  grants: boolean;
  text: string;
  source?: string;
}

interface Answer {
  owner_id?: string;
  unit_path?: string;
  users?: { user_id: string; display_name: string; unit_path: string; reasons?: Reason[] }[];
  shares?: Reason[];
  next_page_token?: string;
}

const ACTIONS = ["get", "update", "delete"] as const;

export default function AccessDialog({ resource, record, onClose }: { resource: Resource; record: Row; onClose: () => void }) {
  const { t } = useTranslation("kit");
  const [action, setAction] = useState<(typeof ACTIONS)[number]>("get");
  const [day, setDay] = useState("");
  const [user, setUser] = useState("");
  const { service, kind } = placeOf(resource);
  const found = useInfiniteQuery({
    queryKey: ["ops.RecordAccess", service, record.id, action, day, user],
    queryFn: ({ pageParam, signal }) => call<Answer>("GET", `/v1/services/${service}/records/${kind}/${record.id}:explainAccess`, { query: { action, as_of: day, user_id: user, page_size: 50, page_token: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const first = found.data?.pages[0];
  const people = found.data?.pages.flatMap((page) => page.users ?? []) ?? [];
  return (
    <Modal open title={t("access.title", { name: resource.title(record) })} footer={null} onCancel={onClose} width={820} destroyOnHidden>
      <div className="crm-form-fields crm-access">
        <div><span className="crm-field-label">{t("access.action")}</span><Segmented aria-label={t("access.action")} value={action} options={ACTIONS.map((value) => ({ value, label: t(`access.${value}`) }))} onChange={setAction} /></div>
        <div><label htmlFor="access-day" className="crm-field-label">{t("access.as_of")}</label><Suspense fallback={<Input disabled />}><DateInput id="access-day" time value={day} onChange={setDay} /></Suspense></div>
        <div><label htmlFor="access-user" className="crm-field-label">{t("access.only")}</label><ReferencePicker id="access-user" resource={users} value={user} onChange={setUser} /></div>
      </div>
      {first ? (
        <dl className="crm-access-place">
          <div><dt>{t("access.owner")}</dt><dd>{first.owner_id ? <PersonName id={first.owner_id} /> : <Nothing />}</dd></div>
          <div><dt>{t("access.unit")}</dt><dd><UnitName path={first.unit_path} /></dd></div>
        </dl>
      ) : null}
      {first?.shares?.length ? <><h3>{t("access.shares")}</h3><Reasons reasons={first.shares} /></> : null}
      {found.isPending ? <Loading /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : people.length === 0 ? <p className="crm-muted">{t("access.nobody")}</p> : (
        <PlainTable caption={t("access.verb")} rows={people} rowKey={(person) => person.user_id} columns={[
          { key: "who", title: t("access.who"), render: (person) => <><PersonName id={person.user_id} /><small><UnitName path={person.unit_path} /></small></> },
          { key: "why", title: t("access.why"), render: (person) => <Reasons reasons={person.reasons ?? []} /> },
        ]} />
      )}
      {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("table.more")}</Button> : null}
    </Modal>
  );
}

function Reasons({ reasons }: { reasons: Reason[] }) {
  const { t } = useTranslation("kit");
  return (
    <ul className="crm-reasons">
      {reasons.map((reason, index) => (
        <li key={`${reason.kind}${reason.source}${index}`}><StateTag tone={reason.grants ? "good" : "bad"}>{t(reason.grants ? "access.for" : "access.against")}</StateTag><span>{reason.text}</span></li>
      ))}
    </ul>
  );
}
