/** Edits the lines of a campaign, its goals or its budget: one row each, a key out of a list or free, and amounts. */
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, AutoComplete, Button, InputNumber, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, isApiError } from "@api/errors";

export type Line = Record<string, string>;

interface Props {
  title: string;
  /** Field that names a line, with its known codes. */
  name: { field: string; label: string; options: { value: string; label: string }[]; free?: boolean };
  amounts: { field: string; label: string }[];
  lines: Line[];
  currency?: string;
  onSave: (lines: Line[], currency?: string) => Promise<unknown>;
  onClose: () => void;
}

const CURRENCIES = ["CNY", "USD", "EUR", "GBP", "JPY", "HKD", "SGD", "AUD"];

export default function LinesDialog({ title, name, amounts, lines: before, currency: bound, onSave, onClose }: Props) {
  const { t } = useTranslation("campaigns");
  const [lines, setLines] = useState<Line[]>(before.length > 0 ? before : [{}]);
  const [currency, setCurrency] = useState(bound);
  const [refusal, setRefusal] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const put = (at: number, field: string, value: string) => setLines(lines.map((line, index) => (index === at ? { ...line, [field]: value } : line)));
  const save = async () => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await onSave(lines.filter((line) => line[name.field]), currency);
      onClose();
    } catch (failure) {
      if (!isApiError(failure)) throw failure;
      setRefusal(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open title={title} onCancel={onClose} width={680} destroyOnHidden okText={t("lines.save")} okButtonProps={{ loading: busy }} onOk={() => void save()}>
      {refusal ? <Alert type="error" showIcon title={refusal.violations[0]?.message ?? refusal.message} /> : null}
      {bound !== undefined ? <label className="campaign-currency">{t("fields.currency")} <Select aria-label={t("fields.currency")} value={currency || undefined} onChange={setCurrency} options={CURRENCIES.map((value) => ({ value, label: value }))} /></label> : null}
      <ul className="campaign-lines">
        {lines.map((line, at) => {
          const label = `${name.label} ${at + 1}`;
          return (
            <li key={at}>
              {name.free ? (
                <AutoComplete aria-label={label} placeholder={name.label} options={name.options} value={name.options.find((each) => each.value === line[name.field])?.label ?? line[name.field]} onSelect={(value: string) => put(at, name.field, value)} onChange={(value: string) => put(at, name.field, name.options.find((each) => each.label === value)?.value ?? value)} />
              ) : (
                <Select aria-label={label} placeholder={name.label} options={name.options} value={line[name.field] || undefined} onChange={(value) => put(at, name.field, value)} />
              )}
              {amounts.map((amount) => <InputNumber key={amount.field} stringMode controls={false} min="0" aria-label={`${amount.label} ${at + 1}`} placeholder={amount.label} value={line[amount.field] || undefined} onChange={(value) => put(at, amount.field, value === null ? "" : String(value))} />)}
              <Button type="text" icon={<DeleteOutlined />} aria-label={`${t("lines.remove")} ${at + 1}`} title={t("lines.remove")} onClick={() => setLines(lines.filter((_, index) => index !== at))} />
            </li>
          );
        })}
      </ul>
      <Button type="link" icon={<PlusOutlined />} onClick={() => setLines([...lines, {}])}>{t("lines.add")}</Button>
    </Modal>
  );
}
