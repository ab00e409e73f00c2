/** Asks what a view shall be called and who may use it: a new one of what the list shows, or the present one. */
import { Alert, Input, type InputRef, Modal, Segmented, Select } from "antd";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import { useAccess } from "@app/access";
import { useUnits } from "../units";
import type { Audience } from "./savedViews";
import { reaches, useViewActions } from "./useViewActions";
import type { Saving } from "./ViewPicker";
import "../form.css";

const LONGEST_NAME = 60;

export default function ViewDialog({ purpose, onClose, ...saving }: Saving & { purpose: "save" | "share" | "edit"; onClose: () => void }) {
  const { t } = useTranslation("saved_views");
  const id = useId();
  const input = useRef<InputRef>(null);
  const access = useAccess();
  const known = useUnits();
  const actions = useViewActions(saving);
  const { view } = saving.state;
  const own = access.me.user?.unit_path ?? "";
  const permission = purpose === "edit" ? "identity.saved_view.update" : "identity.saved_view.create";
  const units = (known.data ?? []).filter((unit) => reaches(access, permission, String(unit.path)));
  const isTheirs = purpose === "edit" && view.owner_id !== access.id;
  const audiences = (["PRIVATE", "UNIT", "EVERYONE"] as const).filter((each) => (each === "PRIVATE" ? !isTheirs : reaches(access, permission, each === "UNIT" ? own : undefined)));
  const wanted: Audience = purpose === "edit" ? (view.audience ?? "PRIVATE") : purpose === "share" && audiences.includes("UNIT") ? "UNIT" : "PRIVATE";
  const [name, setName] = useState(purpose === "edit" ? view.name : "");
  const [audience, setAudience] = useState<Audience>(wanted);
  const [unit, setUnit] = useState((view.audience === "UNIT" && purpose === "edit" ? view.unit_path : "") || own);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    if (!name.trim() || busy) return;
    setBusy(true);
    setError("");
    try {
      await actions[purpose === "edit" ? "edit" : "save"]({ name: name.trim(), audience, unit_path: audience === "UNIT" ? unit : undefined });
      onClose();
    } catch (refusal) {
      setError(isApiError(refusal) && refusal.status > 0 ? (refusal.violations[0]?.message ?? refusal.message) : t("kit:error.offline_text"));
      setBusy(false);
    }
  };
  return (
    <Modal open title={t(purpose === "edit" ? "edit_title" : "save_title")} okText={t(audience === "PRIVATE" ? "kit:save" : "save_shared")} cancelText={t("kit:cancel")} okButtonProps={{ disabled: !name.trim(), loading: busy }} onOk={() => void submit()} onCancel={onClose} afterOpenChange={(open) => open && input.current?.focus()}>
      <div className="crm-form">
        {error ? <Alert type="error" showIcon title={error} /> : null}
        <div>
          <label className="crm-field-label" htmlFor={`${id}-name`}>{t("name")}</label>
          <Input ref={input} id={`${id}-name`} maxLength={LONGEST_NAME} value={name} onChange={(event) => setName(event.target.value)} onPressEnter={(event) => { if (!event.nativeEvent.isComposing) void submit(); }} />
        </div>
        {audiences.length > 1 ? (
          <div>
            <span className="crm-field-label">{t("audience")}</span>
            <Segmented aria-label={t("audience")} value={audience} options={audiences.map((value) => ({ value, label: t(`kit:views.audience.${value}`) }))} onChange={setAudience} />
          </div>
        ) : null}
        {audience === "UNIT" ? (
          <div>
            <label className="crm-field-label" htmlFor={`${id}-unit`}>{t("unit")}</label>
            <Select id={`${id}-unit`} className="crm-wide" showSearch={{ optionFilterProp: "label" }} value={unit} options={units.map((each) => ({ value: String(each.path), label: String(each.name) }))} onChange={setUnit} />
          </div>
        ) : null}
        <p className="crm-muted">{t(`meaning.${audience}`)}</p>
      </div>
    </Modal>
  );
}
