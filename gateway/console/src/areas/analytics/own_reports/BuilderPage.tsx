/** One report of somebody's own making: asked, seen, kept, shared, put onto a dashboard. */
import { DashboardOutlined, DeleteOutlined, DownloadOutlined, SaveOutlined, ShareAltOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useParams } from "react-router";
import { saveText } from "@api/files";
import { useRecord } from "@api/records";
import { reportDefinitions } from "@api/resources";
import { useAccess } from "@app/access";
import { Part } from "@app/Part";
import { useShortcut } from "@app/shortcuts";
import { PageHeader } from "@kit/PageHeader";
import { csv } from "@kit/report/csv";
import { type Dataset, type Definition, fieldOf, type Question, useDatasets, useDefinitionRun } from "@kit/report/definition";
import { OwnReport } from "@kit/report/OwnReport";
import { Empty, Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { QuestionForm } from "./QuestionForm";
import { type Next, useKeeping } from "./useKeeping";
import { useQuestion } from "./useQuestion";
import "./own_reports.css";

const KeepDialog = lazy(() => import("@kit/report/KeepDialog"));
const AddToDashboard = lazy(() => import("./AddToDashboard"));
const LONGEST_NAME = 60;

export default function BuilderPage() {
  const { t } = useTranslation("own_reports");
  const { id } = useParams();
  const record = useRecord(reportDefinitions, id);
  const { datasets, error, pending, reload } = useDatasets();
  const heading = <PageHeader title={t("new")} />;
  if (pending || (id && record.isPending)) return <>{heading}<Loading rows={10} /></>;
  if (error || record.isError) return <>{heading}<Failed error={error ?? record.error} retry={() => { reload(); void record.refetch(); }} /></>;
  if (datasets.length === 0) return <>{heading}<Empty title={t("no_datasets.title")} text={t("no_datasets.text")} /></>;
  return <Builder key={id ?? "new"} kept={id ? (record.data as Definition | undefined) : undefined} datasets={datasets} />;
}

function Builder({ kept, datasets }: { kept: Definition | undefined; datasets: Dataset[] }) {
  const { t } = useTranslation("own_reports");
  const { can } = useAccess();
  const { dataset, question, ask, changed } = useQuestion(kept, datasets);
  const run = useDefinitionRun(question);
  const keeping = useKeeping(kept);
  const [name, setName] = useState(kept?.name ?? "");
  const next = useLocation().state as Next | null;
  const [dialog, open] = useState<"share" | "dashboard" | undefined>(kept && next?.place ? "dashboard" : undefined);
  const called = name.trim() || (dataset && question ? suggested(dataset, question) : "");
  const isNew = !kept;
  const dirty = isNew || changed || called !== kept.name;
  const save = async (then?: Next) => {
    if (!question) return undefined;
    try {
      return await keeping.save(question, { name: called }, then);
    } catch (refusal) {
      toast.refused(refusal);
      return undefined;
    }
  };
  const place = async () => {
    // A new report gets a page of its own, which goes on with it.
    if (!dirty || (await save({ place: true }))) open("dashboard");
  };
  const maySave = keeping.mayCreate || keeping.mayUpdate;
  const mayPlace = maySave && can("reporting.dashboard.create");
  useShortcut("mod+enter", () => void save(), "save", maySave && !dialog);
  useShortcut("d", () => void place(), "add_to_dashboard", mayPlace && !dialog);
  const result = run.data;
  const title = kept ? kept.name : t("new");
  if (!dataset || !question) return <><PageHeader title={title} /><Empty title={t("withheld.title")} text={t("withheld.text")} /></>;
  const actions = (
    <>
      {result ? <Button icon={<DownloadOutlined />} onClick={() => saveText(csv(result), `${called}.csv`)}>{t("reports:download")}</Button> : null}
      {keeping.mayDelete ? <Button icon={<DeleteOutlined />} onClick={() => void keeping.remove().catch(toast.refused)}>{t("delete")}</Button> : null}
      {kept && keeping.mayUpdate ? <Button icon={<ShareAltOutlined />} onClick={() => open("share")}>{t("share")}</Button> : null}
      {mayPlace ? <Button icon={<DashboardOutlined />} onClick={() => void place()}>{t("add_to_dashboard")}</Button> : null}
      {maySave ? <Button type="primary" icon={<SaveOutlined />} disabled={!dirty} onClick={() => void save()}>{t(kept && !keeping.mayUpdate ? "save_copy" : "kit:save")}</Button> : null}
    </>
  );
  return (
    <div className="own-report">
      <PageHeader title={title} actions={actions} />
      <Input className="own-name" aria-label={t("fields.name")} maxLength={LONGEST_NAME} placeholder={suggested(dataset, question)} value={name} onChange={(event) => setName(event.target.value)} />
      <QuestionForm dataset={dataset} datasets={datasets} question={question} ask={ask} />
      {run.isError ? <Failed error={run.error} retry={() => void run.refetch()} /> : !result ? <Loading rows={8} /> : (
        <div className="own-answer" data-busy={run.isPlaceholderData || undefined}>
          <section className="crm-panel" aria-label={called}><OwnReport title={called} asked={question} dataset={dataset} result={result} sources /></section>
        </div>
      )}
      <Part>
        {dialog === "share" && kept ? <KeepDialog title={t("keep.title")} permission="reporting.report_definition.update" kept={{ ...kept, name: called }} onKeep={(naming) => keeping.save(question, naming)} onClose={() => open(undefined)} /> : null}
        {dialog === "dashboard" && kept ? <AddToDashboard report={kept} onClose={() => open(undefined)} /> : null}
      </Part>
    </div>
  );
}

/** What a report is called until somebody names it: figure, rows and columns. */
function suggested(dataset: Dataset, question: Question): string {
  const label = (text: string) => fieldOf(dataset, text)?.label ?? dataset.label ?? text;
  const by = [...question.rows, ...question.columns].map(label).join(" × ");
  return [question.measures.map(label).join("、"), by].filter(Boolean).join(" · ").slice(0, LONGEST_NAME);
}
