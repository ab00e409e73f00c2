/** One report: its question, chart and table, its SQL, and how fresh each source is. */
import { DownloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { saveText } from "@api/files";
import { ChartWithTable } from "@kit/chart/ChartWithTable";
import { SqlPanel } from "@kit/chart/SqlPanel";
import { PageHeader } from "@kit/PageHeader";
import { Empty, Failed, Loading } from "@kit/states";
import { csv } from "@kit/report/csv";
import { currencies, figures, type Report, type Result } from "@kit/report/figures";
import { Question } from "./Question";
import { ReportTable } from "@kit/report/ReportTable";
import { Sources } from "@kit/report/Sources";
import { useQuestion, useRun } from "./useReport";
import { useWriting } from "@kit/report/writing";
import "@kit/record/record.css";

export function ReportView({ report }: { report: Report }) {
  const { t } = useTranslation("reports");
  const { question, ask } = useQuestion(report);
  const run = useRun(report, question);
  const result = run.data;
  const download = result ? <Button icon={<DownloadOutlined />} onClick={() => saveText(csv(result), `${report.name}.csv`)}>{t("download")}</Button> : null;
  return (
    <div className="reports-one">
      <PageHeader title={report.title ?? ""} actions={download} />
      <p className="reports-about">{report.description}</p>
      <Question report={report} question={question} currencies={result ? currencies(result) : []} ask={ask} />
      {run.isError ? <Failed error={run.error} retry={() => void run.refetch()} /> : !result ? <Loading rows={8} /> : <Answer result={result} currency={question.currency} busy={run.isPlaceholderData} />}
    </div>
  );
}

function Answer({ result, currency, busy }: { result: Result; currency: string; busy: boolean }) {
  const { t } = useTranslation("reports");
  const { say, number } = useWriting();
  const drawn = currency || (currencies(result)[0] ?? "");
  const chart = useMemo(() => figures(result, drawn, say), [result, drawn, say]);
  const measure = chart?.measure;
  const format = useCallback((value: number) => (measure ? number(measure, value, drawn, true) : String(value)), [measure, number, drawn]);
  const title = measure?.unit === "currency" && drawn ? `${result.title} · ${drawn}` : (result.title ?? "");
  const parameters = Object.fromEntries((result.parameters ?? []).map((each) => [each.name ?? "", each.value ?? ""]));
  if ((result.rows ?? []).length === 0) return <><Empty title={t("empty")} text={t("empty_text")} /><Sources result={result} /></>;
  return (
    <div data-busy={busy || undefined} className="reports-answer">
      <section className="crm-panel" aria-label={title}>
        {chart ? <ChartWithTable {...chart} title={title} format={format} sql={result.sql} parameters={parameters} table={<ReportTable result={result} />} /> : <><ReportTable result={result} /><SqlPanel sql={result.sql ?? ""} parameters={parameters} /></>}
      </section>
      <Sources result={result} />
    </div>
  );
}
