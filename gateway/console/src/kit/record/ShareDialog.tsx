/** To whom a record is open beyond roles and units, for how long; opens it to somebody more, and closes it again. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Input, Modal, Segmented, Select } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import type { Resource, Row } from "@api/records";
import { teams, users } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { ActorName } from "../ActorName";
import { useName } from "../names";
import { PlainTable } from "../PlainTable";
import { ReferencePicker } from "../ReferencePicker";
import { Failed, Loading } from "../states";
import { toast } from "../toasts";
import { UnitName, useUnits } from "../units";
import { DateTime, PersonName } from "../values";
import { placeOf } from "./useSharing";
import "../form.css";

const DateInput = lazy(() => import("../DateInput"));

interface Share {
  id: string;
  grantee_kind: "USER" | "TEAM" | "UNIT";
  grantee: string;
  access: "READ" | "WRITE";
  reason?: string;
  expire_time?: string;
  granted_by?: string;
}

export default function ShareDialog({ resource, record, onClose }: { resource: Resource; record: Row; onClose: () => void }) {
  const { t } = useTranslation("kit");
  const { can } = useAccess();
  const client = useQueryClient();
  const { service, kind } = placeOf(resource);
  const path = `/v1/services/${service}/shares`;
  const key = ["ops.Share", service, record.id];
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => call<{ shares?: Share[] }>("GET", path, { query: { resource: kind, record_id: record.id }, signal }) });
  const reload = () => client.invalidateQueries({ queryKey: key });
  const open = async (share: Partial<Share>) => {
    await call("POST", path, { body: { ...share, resource: kind, record_id: record.id } });
    await reload();
  };
  const end = async (share: Share) => {
    try {
      await call("DELETE", `${path}/${share.id}`);
      await reload();
      const { grantee_kind, grantee, access, reason, expire_time } = share;
      toast.undo(t("share.ended"), () => open({ grantee_kind, grantee, access, reason, expire_time }));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const shares = found.data?.shares ?? [];
  return (
    <Modal open title={t("share.title", { name: resource.title(record) })} footer={null} onCancel={onClose} width={720} destroyOnHidden>
      {found.isPending ? <Loading rows={3} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : shares.length === 0 ? <p className="crm-muted">{t("share.none")}</p> : (
        <PlainTable caption={t("share.verb")} rows={shares} rowKey={(share) => share.id} columns={[
          { key: "to", title: t("share.to"), render: (share) => <><Grantee share={share} />{share.reason ? <small>{share.reason}</small> : null}</> },
          { key: "access", title: t("share.access"), render: (share) => t(`share.${share.access}`) },
          { key: "until", title: t("share.until"), render: (share) => (share.expire_time ? <DateTime value={share.expire_time} mode="exact" /> : t("share.forever")) },
          { key: "by", title: t("share.by"), render: (share) => <ActorName actor={share.granted_by?.includes(":") ? share.granted_by : share.granted_by ? `user:${share.granted_by}` : ""} /> },
          ...(can("ops.share.delete") ? [{ key: "end", title: t("share.end"), actions: true, render: (share: Share) => <Button size="small" onClick={() => void end(share)}>{t("share.end")}</Button> }] : []),
        ]} />
      )}
      {can("ops.share.create") ? <NewShare onOpen={open} /> : null}
    </Modal>
  );
}

function Grantee({ share }: { share: Share }) {
  const team = useName(share.grantee_kind === "TEAM" ? teams : undefined, share.grantee);
  if (share.grantee_kind === "USER") return <PersonName id={share.grantee} />;
  return share.grantee_kind === "UNIT" ? <UnitName path={share.grantee} /> : <span>{team}</span>;
}

function NewShare({ onOpen }: { onOpen: (share: Partial<Share>) => Promise<void> }) {
  const { t } = useTranslation("kit");
  const known = useUnits();
  const [share, set] = useState<Partial<Share>>({ grantee_kind: "USER", access: "READ", grantee: "" });
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setError("");
    try {
      await onOpen({ ...share, expire_time: share.expire_time || undefined });
      set({ ...share, grantee: "", reason: "", expire_time: "" });
      toast.done(t("share.done"));
    } catch (refusal) {
      setError(isApiError(refusal) && refusal.status > 0 ? (refusal.violations[0]?.message ?? refusal.message) : t("error.offline_text"));
    } finally {
      setBusy(false);
    }
  };
  const choose = (grantee: string) => set({ ...share, grantee });
  return (
    <form className="crm-share" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <h3>{t("share.new")}</h3>
      {error ? <Alert type="error" showIcon title={error} /> : null}
      <div className="crm-form-fields">
        <div className="crm-form-whole"><Segmented aria-label={t("share.to")} value={share.grantee_kind} options={(["USER", "TEAM", "UNIT"] as const).map((value) => ({ value, label: t(`share.kind.${value}`) }))} onChange={(grantee_kind) => set({ ...share, grantee_kind, grantee: "" })} /></div>
        <div>
          <label htmlFor="share-grantee" className="crm-field-label">{t("share.to")}</label>
          {share.grantee_kind === "UNIT" ? (
            <Select id="share-grantee" className="crm-wide" showSearch={{ optionFilterProp: "label" }} placeholder={t("form.choose")} value={share.grantee || undefined} options={(known.data ?? []).map((unit) => ({ value: String(unit.path), label: String(unit.name) }))} onChange={choose} />
          ) : (
            <ReferencePicker key={share.grantee_kind} id="share-grantee" resource={share.grantee_kind === "TEAM" ? teams : users} value={share.grantee} onChange={choose} />
          )}
        </div>
        <div>
          <label htmlFor="share-until" className="crm-field-label">{t("share.until_optional")}</label>
          <Suspense fallback={<Input disabled />}><DateInput id="share-until" time value={share.expire_time} onChange={(expire_time) => set({ ...share, expire_time })} /></Suspense>
        </div>
        <div>
          <label htmlFor="share-reason" className="crm-field-label">{t("share.reason")}</label>
          <Input id="share-reason" value={share.reason} onChange={(event) => set({ ...share, reason: event.target.value })} />
        </div>
      </div>
      <div className="crm-share-end">
        <Segmented aria-label={t("share.access")} value={share.access} options={(["READ", "WRITE"] as const).map((value) => ({ value, label: t(`share.${value}`) }))} onChange={(access) => set({ ...share, access })} />
        <Button type="primary" htmlType="submit" loading={busy} disabled={!share.grantee}>{t("share.submit")}</Button>
      </div>
    </form>
  );
}
