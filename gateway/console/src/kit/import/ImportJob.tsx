/**
 * One job: its progress, what became of the rows, the file of the refused ones, and from a dry run the import itself.
 * `<ImportJob kind={LEADS} job={job} onColumns={(file) => …} />`; the page reads the job again while it runs.
 */
import "virtual:antd-progress.css";
import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { download } from "@api/files";
import { create, type Row, useVerb } from "@api/records";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { count } from "../format";
import { Verbs } from "../record/Verbs";
import { toast } from "../toasts";
import { type ImportKind, keptFile, running } from "./kind";
import { Steps } from "./Steps";
import { Verdicts } from "./Verdicts";
import "../form.css";
import "./import.css";

interface Props {
  kind: ImportKind;
  job: Row;
  onJob: (job: Row) => void;
  /** Goes back to the columns of the file; offered while this window still knows them. */
  onColumns: (file: string) => void;
}

export function ImportJob({ kind, job, onColumns }: Omit<Props, "onJob">) {
  const { t } = useTranslation("kit");
  const { language } = usePrefs();
  const { id: own } = useAccess();
  const percent = job.row_count > 0 ? Math.floor((100 * job.processed_count) / job.row_count) : running(job) ? 0 : 100;
  const errors = Number(job.error_count ?? 0);
  const good = Number(job.row_count ?? 0) - errors;
  const figure = (value: number) => count(language, value);
  const summary = () => {
    if (running(job)) return t(job.dry_run ? "import.checking" : "import.importing", { done: figure(job.processed_count), total: figure(job.row_count) });
    if (job.state === "FAILED") return t("import.failed", { reason: job.error });
    if (job.state === "CANCELLED") return t("import.cancelled", { done: figure(job.processed_count) });
    if (job.dry_run) return t(errors > 0 ? "import.checked_with_errors" : "import.checked", { good: figure(good), bad: figure(errors) });
    return t(errors > 0 ? "import.done_with_errors" : "import.done", { good: figure(good), bad: figure(errors) });
  };
  const tone = job.state === "FAILED" ? "error" : running(job) ? "info" : errors > 0 || job.state === "CANCELLED" ? "warning" : "success";
  return (
    <div className="crm-import">
      <Steps at={job.dry_run ? "check" : "result"} />
      <div role="status"><Alert type={tone} showIcon title={summary()} /></div>
      {running(job) ? <Progress percent={percent} aria-label={summary()} status="active" /> : null}
      {errors > 0 && !running(job) ? (
        <p className="crm-import-errors">
          <Button icon={<DownloadOutlined />} autoFocus={!job.dry_run} onClick={() => void download(`${kind.jobs.path}/${job.id}/errors`, t("import.error_file", { name: String(job.filename) })).catch(toast.refused)}>{t("import.download_errors", { count: errors })}</Button>
          <span>{t("import.errors_hint")}</span>
        </p>
      ) : null}
      {job.owner_id === own && job.state === "DRY_RUN_DONE" && keptFile(String(job.file_id)) ? <Button type="link" className="crm-import-back" onClick={() => onColumns(String(job.file_id))}>{t("import.change_columns")}</Button> : null}
      <Verdicts kind={kind} job={job} />
    </div>
  );
}

/** The buttons of a job: stop it while it runs, import what the dry run found good. */
export function ImportJobVerbs({ kind, job, onJob }: Pick<Props, "kind" | "job" | "onJob">) {
  const { t } = useTranslation("kit");
  const verb = useVerb(kind.jobs);
  const start = async () => {
    const settings = Object.fromEntries(["mappings", ...kind.settings].filter((name) => job[name]).map((name) => [name, job[name]]));
    onJob(await create(kind.jobs, { file_id: job.file_id, dry_run: false, ...settings }));
  };
  const stop = async () => {
    await verb.mutateAsync({ id: job.id, verb: "cancel" });
    toast.done(t("import.stopped"));
  };
  const startable = job.state === "DRY_RUN_DONE" && Number(job.row_count) > Number(job.error_count ?? 0);
  return (
    <Verbs
      verbs={[
        { key: "start", label: t("import.start"), permission: `${kind.jobs.permission}.create`, enabled: startable, run: start, shortcut: "mod+enter", shortcutLabel: "start_import" },
        { key: "stop", label: t("import.stop"), permission: `${kind.jobs.permission}.cancel`, enabled: running(job), run: stop },
      ]}
    />
  );
}
