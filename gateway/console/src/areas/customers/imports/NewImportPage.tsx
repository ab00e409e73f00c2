/** A file of leads is uploaded and its columns are placed; `?file=…` keeps the place when going back. */
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { leadImports } from "@api/resources";
import { useShortcut } from "@app/shortcuts";
import { ImportWizard } from "@kit/import/ImportWizard";
import { PageHeader } from "@kit/PageHeader";
import { LEADS } from "./leadImport";

export default function NewImportPage() {
  const { t } = useTranslation("imports");
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  useShortcut("escape", () => navigate("/app/customers/imports"), "back");
  return (
    <>
      <PageHeader title={t("create.title")} />
      <ImportWizard kind={LEADS} file={params.get("file") ?? ""} onFile={(file) => setParams(file ? { file } : {})} onJob={(job) => void navigate(leadImports.page(job.id))} />
    </>
  );
}
