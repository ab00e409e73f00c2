/** Asks what a report or dashboard shall be called and who may use it. */
import { Alert, Input, type InputRef, Modal, Segmented, Select } from "antd";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import { useAccess } from "@app/access";
import type { Audience } from "../list/savedViews";
import { reaches } from "../list/useViewActions";
import { useUnits } from "../units";
import "../form.css";

const LONGEST_NAME = 60;

export interface Kept {
  name: string;
  audience: Audience;
  unit_path?: string;
}

interface Props {
  title: string;
  /** Of the act: says how far the person may share. */
  permission: string;
  kept: Partial<Kept> & { owner_id?: string };
  onKeep: (kept: Kept) => Promise<unknown>;
  onClose: () => void;
}

export default function KeepDialog({ title, permission, kept, onKeep, onClose }: Props) {
  const { t } = useTranslation("own_reports");
  const id = useId();
  const input = useRef<InputRef>(null);
  const access = useAccess();
  const known = useUnits();
  const own = access.me.user?.unit_path ?? "";
  const units = (known.data ?? []).filter((unit) => reaches(access, permission, String(unit.path)));
  const isTheirs = Boolean(kept.owner_id) && kept.owner_id !== access.id;
  const audiences = (["PRIVATE", "UNIT", "EVERYONE"] as const).filter((each) => (each === "PRIVATE" ? !isTheirs : reaches(access, permission, each === "UNIT" ? own : undefined)));
  const [name, setName] = useState(kept.name ?? "");
  const [audience, setAudience] = useState<Audience>(kept.audience ?? "PRIVATE");
  const [unit, setUnit] = useState((kept.audience === "UNIT" && kept.unit_path) || own);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    if (!name.trim() || busy) return;
    setBusy(true);
    setError("");
    try {
      await onKeep({ name: name.trim(), audience, unit_path: audience === "UNIT" ? unit : undefined });
      onClose();
    } catch (refusal) {
      setError(isApiError(refusal) && refusal.status > 0 ? (refusal.violations[0]?.message ?? refusal.message) : t("kit:error.offline_text"));
      setBusy(false);
    }
  };
  return (
    <Modal open title={title} okText={t(audience === "PRIVATE" ? "kit:save" : "keep.save_shared")} cancelText={t("kit:cancel")} okButtonProps={{ disabled: !name.trim(), loading: busy }} onOk={() => void submit()} onCancel={onClose} afterOpenChange={(open) => open && input.current?.select()}>
      <div className="crm-form">
        {error ? <Alert type="error" showIcon title={error} /> : null}
        <div>
          <label className="crm-field-label" htmlFor={`${id}-name`}>{t("fields.name")}</label>
          <Input ref={input} id={`${id}-name`} maxLength={LONGEST_NAME} value={name} onChange={(event) => setName(event.target.value)} onPressEnter={(event) => { if (!event.nativeEvent.isComposing) void submit(); }} />
        </div>
        {audiences.length > 1 ? (
          <div>
            <span className="crm-field-label">{t("fields.audience")}</span>
            <Segmented aria-label={t("fields.audience")} value={audience} options={audiences.map((value) => ({ value, label: t(`values.audience.${value}`) }))} onChange={setAudience} />
          </div>
        ) : null}
        {audience === "UNIT" ? (
          <div>
            <label className="crm-field-label" htmlFor={`${id}-unit`}>{t("fields.unit_path")}</label>
            <Select id={`${id}-unit`} className="crm-wide" showSearch={{ optionFilterProp: "label" }} value={unit} options={units.map((each) => ({ value: String(each.path), label: String(each.name) }))} onChange={setUnit} />
          </div>
        ) : null}
        <p className="crm-muted">{t(`keep.meaning.${audience}`)}</p>
      </div>
    </Modal>
  );
}
