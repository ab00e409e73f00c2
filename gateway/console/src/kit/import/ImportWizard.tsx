/**
 * A file becomes a checked import: `<ImportWizard kind={LEADS} file={id} onFile={…} onJob={(job) => …} />`.
 * Upload (drop or choose) → columns (proposed, remembered, with values of the file) → a dry run, whose page goes on.
 */
import { InboxOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, isApiError } from "@api/errors";
import { upload } from "@api/files";
import type { Row } from "@api/records";
import { ColumnMapping } from "./ColumnMapping";
import { type ImportKind, keepFile, keptFile, type UploadedFile } from "./kind";
import { Steps } from "./Steps";
import "./import.css";

interface Props {
  kind: ImportKind;
  /** The uploaded file the person is at; empty before. */
  file: string;
  onFile: (id: string) => void;
  onJob: (job: Row) => void;
}

export function ImportWizard({ kind, file, onFile, onJob }: Props) {
  const known = keptFile(file);
  if (known) return <><Steps at="columns" /><ColumnMapping kind={kind} file={known} onBack={() => onFile("")} onJob={onJob} /></>;
  return <><Steps at="file" /><Upload kind={kind} onFile={onFile} /></>;
}

function Upload({ kind, onFile }: { kind: ImportKind; onFile: (id: string) => void }) {
  const { t } = useTranslation("kit");
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const [refusal, setRefusal] = useState<ApiError>();
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined) => {
    if (!file || busy) return;
    setBusy(true);
    setRefusal(undefined);
    try {
      const uploaded = await upload<UploadedFile>(kind.files, file);
      keepFile(uploaded);
      onFile(uploaded.id);
    } catch (failure) {
      if (!isApiError(failure)) throw failure;
      setRefusal(failure);
    } finally {
      setBusy(false);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  return (
    <>
      {refusal ? <Alert type="error" showIcon title={refusal.violations[0]?.message ?? (refusal.status > 0 ? refusal.message : t(`error.${refusal.kind}_text`))} /> : null}
      <div className="crm-drop" data-over={over || undefined} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
        <InboxOutlined aria-hidden="true" className="crm-drop-icon" />
        <p className="crm-drop-title">{t("import.drop")}</p>
        <p>{t("import.limits")}</p>
        <Button type="primary" loading={busy} autoFocus onClick={() => input.current?.click()}>{t("import.choose_file")}</Button>
        <input ref={input} type="file" hidden accept=".csv,.tsv,.txt,text/csv" aria-label={t("import.choose_file")} onChange={(event) => { void take(event.target.files?.[0]); event.target.value = ""; }} />
      </div>
      <p className="crm-import-note">{t("import.promise")}</p>
    </>
  );
}
