/** All reports at the left, the chosen one beside them. */
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { NavLink, useNavigate } from "react-router";
import { useAccess } from "@app/access";
import { useShortcut } from "@app/shortcuts";
import { Empty, Failed, Loading } from "@kit/states";
import { useNarrow } from "@kit/useNarrow";
import { PageHeader } from "@kit/PageHeader";
import type { Report } from "@kit/report/figures";
import { ReportView } from "./ReportView";
import { useCatalogue, useReportName } from "./useReport";
import "./reports.css";

const GROUPS = ["leads", "sales", "service-desk", "marketing"];
const groupOf = (report: Report): string => GROUPS.find((group) => report.sources?.[0] === group) ?? "leads";

export default function ReportsPage() {
  const { t } = useTranslation("reports");
  const navigate = useNavigate();
  const { can } = useAccess();
  useShortcut("c", () => navigate("/app/analytics/own-reports/new"), "create", can("reporting.report_definition.create"));
  const narrow = useNarrow();
  const catalogue = useCatalogue();
  const reports = catalogue.data ?? [];
  const name = useReportName() || (reports[0]?.name ?? "");
  const report = reports.find((each) => each.name === name);
  const groups = GROUPS.map((group) => ({ group, own: reports.filter((each) => groupOf(each) === group) })).filter((each) => each.own.length > 0);
  const to = (each: Report) => `/app/analytics/reports/${each.name}`;
  if (catalogue.isPending) return <><PageHeader title={t("title")} /><Loading rows={10} /></>;
  if (catalogue.isError) return <><PageHeader title={t("title")} /><Failed error={catalogue.error} retry={() => void catalogue.refetch()} /></>;
  return (
    <div className="reports">
      {narrow ? (
        <Select className="crm-wide" aria-label={t("catalogue")} value={name} onChange={(next) => void navigate(`/app/analytics/reports/${next}`)} options={groups.map(({ group, own }) => ({ label: t(`groups.${group}`), options: own.map((each) => ({ value: each.name ?? "", label: each.title })) }))} />
      ) : (
        <nav className="reports-catalogue" aria-label={t("catalogue")}>
          {groups.map(({ group, own }) => (
            <div key={group}>
              <p>{t(`groups.${group}`)}</p>
              <ul>{own.map((each) => <li key={each.name}><NavLink to={to(each)} aria-current={each.name === name ? "page" : undefined} className={each.name === name ? "active" : ""}>{each.title}</NavLink></li>)}</ul>
            </div>
          ))}
        </nav>
      )}
      {report ? <ReportView key={report.name} report={report} /> : <div><PageHeader title={t("title")} /><Empty title={t("unknown")} text={t("unknown_text")} /></div>}
    </div>
  );
}
