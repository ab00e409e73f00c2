/** One import: its check or its result, live while it runs. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import type { Row } from "@api/records";
import { leadImports } from "@api/resources";
import { call } from "@api/transport";
import { useShortcut } from "@app/shortcuts";
import { running } from "@kit/import/kind";
import { ImportJob, ImportJobVerbs } from "@kit/import/ImportJob";
import { PageHeader } from "@kit/PageHeader";
import { Failed, Loading } from "@kit/states";
import { DateTime, PersonName } from "@kit/values";
import { ImportState } from "./ImportState";
import { LEADS } from "./leadImport";

export default function ImportPage() {
  const { t } = useTranslation("imports");
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const found = useQuery({
    queryKey: [leadImports.schema, "record", id],
    queryFn: ({ signal }) => call<Row>("GET", `${leadImports.path}/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data && running(state.data) ? 700 : false),
  });
  useShortcut("escape", () => navigate("/app/customers/imports"), "back");
  if (found.isPending) return <Loading rows={8} />;
  if (!found.data) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const job = found.data;
  return (
    <>
      <PageHeader
        title={String(job.filename)}
        above={<Link to="/app/customers/imports" className="crm-back" aria-label={t("kit:record.back")} title={t("kit:record.back")}><ArrowLeftOutlined /></Link>}
        aside={<span className="crm-record-aside"><ImportState job={job} /><PersonName id={job.owner_id} /><DateTime value={job.create_time} /></span>}
        actions={<ImportJobVerbs kind={LEADS} job={job} onJob={(next) => void navigate(leadImports.page(next.id))} />}
      />
      <ImportJob kind={LEADS} job={job} onColumns={(file) => void navigate(`/app/customers/imports/new?file=${file}`)} />
    </>
  );
}
