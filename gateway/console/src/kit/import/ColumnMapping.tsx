/** Each column of the file beside three of its values and the field it goes to; then the check of every row. */
import "virtual:antd-form.css";
import { ArrowRightOutlined } from "@ant-design/icons";
import { Alert, Button, Form, Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, isApiError } from "@api/errors";
import { useFields } from "@api/metadata";
import { create, type Row } from "@api/records";
import { recall, rememberPref, usePrefs } from "@app/prefs";
import { FieldInput } from "../FieldInput";
import { isBlank } from "../FieldValue";
import { count } from "../format";
import { useLabels } from "../labels";
import { Loading } from "../states";
import type { ImportKind, UploadedFile } from "./kind";
import { begin, choose, type ColumnChoice, remember, type Remembered } from "./mapping";

interface Props {
  kind: ImportKind;
  file: UploadedFile;
  onBack: () => void;
  onJob: (job: Row) => void;
}

export function ColumnMapping({ kind, file, onBack, onJob }: Props) {
  const { t } = useTranslation("kit");
  const { language } = usePrefs();
  const job = useLabels(kind.namespace);
  const names = useLabels(kind.recordNamespace);
  const known = useFields(kind.records.schema, kind.records, true);
  const settings = useFields(kind.jobs.schema).filter((field) => kind.settings.includes(field.name));
  const stored = `import.${kind.records.schema}`;
  const targets = useMemo(() => {
    const custom = known.filter((field) => field.labels);
    return [...kind.fields.map((name) => ({ value: name, label: names.label(name) })), ...custom.map((field) => ({ value: field.name, label: names.label(field) }))];
  }, [kind.fields, known, names]);
  const proposed = useMemo(() => begin(file.columns, recall<Remembered>(stored, {}), new Set(targets.map((each) => each.value))), [file, stored, targets]);
  const [own, setOwn] = useState<ColumnChoice[]>();
  const [values, setValues] = useState<Record<string, unknown>>({});
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<ApiError>();
  const choices = own ?? proposed;
  const used = choices.filter((each) => each.field).length;
  if (known.length === 0) return <Loading />;

  const check = async () => {
    setBusy(true);
    setRefusal(undefined);
    try {
      const mappings = choices.filter((each) => each.field).map(({ heading, field }) => ({ heading, field }));
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => !isBlank(value)));
      const checked = await create(kind.jobs, { file_id: file.id, mappings, dry_run: true, ...given });
      rememberPref(stored, remember(choices, recall<Remembered>(stored, {})));
      onJob(checked);
    } catch (failure) {
      if (!isApiError(failure)) throw failure;
      setRefusal(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    // Ctrl+Enter goes on from within any input, as in every form.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form className="crm-import-columns" onSubmit={(event) => { event.preventDefault(); void check(); }} onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void check(); } }}>
      <p className="crm-import-file"><b>{file.filename}</b>{t("import.seen", { rows: count(language, file.row_count), columns: file.columns.length, encoding: file.encoding.toUpperCase(), used })}</p>
      {refusal ? <Alert type="error" showIcon title={refusal.violations[0]?.message ?? (refusal.status > 0 ? refusal.message : t(`error.${refusal.kind}_text`))} /> : null}
      <table className="crm-mapping">
        <caption className="crm-hidden">{t("import.columns")}</caption>
        <thead><tr><th scope="col">{t("import.heading")}</th><th scope="col">{t("import.samples")}</th><th scope="col">{t("import.field")}</th></tr></thead>
        <tbody>
          {choices.map((choice, at) => (
            <tr key={choice.heading} data-skipped={choice.field ? undefined : ""}>
              <th scope="row">{choice.heading}</th>
              <td className="crm-mapping-samples">{(file.columns[at]?.samples ?? []).filter(Boolean).join(" · ") || t("none")}</td>
              <td>
                <span className="crm-mapping-field">
                  <ArrowRightOutlined aria-hidden="true" />
                  <Select aria-label={t("import.field_of", { column: choice.heading })} autoFocus={at === 0} allowClear showSearch={{ optionFilterProp: "label" }} placeholder={t("import.skip")} options={targets} value={choice.field || undefined} onChange={(field) => setOwn(choose(choices, choice.heading, field ?? ""))} />
                  <small>{t(`import.origin.${choice.origin}`)}</small>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <fieldset className="crm-import-settings">
        <legend>{t("import.for_all")}</legend>
        <div className="crm-form-fields">
          {settings.map((field) => (
            <Form.Item key={field.name} layout="vertical" label={job.label(field)} htmlFor={`import-${field.name}`}>
              <FieldInput id={`import-${field.name}`} field={field} labels={job} value={values[field.name]} onChange={(value) => setValues({ ...values, [field.name]: value })} />
            </Form.Item>
          ))}
        </div>
      </fieldset>
      <div className="crm-form-end">
        <span className="crm-form-hint">{t("import.check_hint")}</span>
        <Button onClick={onBack}>{t("import.other_file")}</Button>
        <Button type="primary" htmlType="submit" loading={busy} disabled={used === 0}>{t("import.start_check")}</Button>
      </div>
    </form>
  );
}
