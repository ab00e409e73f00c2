/** The certificate of an erasure, as it was made: downloaded byte for byte, its digest beside it. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { saveJson } from "@api/files";
import type { Row } from "@api/records";
import "../settings.css";

export function Certificate({ request }: { request: Row }) {
  const { t } = useTranslation("privacy");
  const text = String(request.certificate);
  return (
    <section>
      <div className="crm-panel-head"><h2>{t("certificate.title")}</h2><Button size="small" onClick={() => saveJson(text, `${request.number}-certificate.json`)}>{t("certificate.download")}</Button></div>
      <p className="crm-muted">{t("certificate.text")}</p>
      {/* Scrolls by itself, so the keyboard must reach it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className="settings-details" tabIndex={0} aria-label={t("certificate.title")}>{JSON.stringify(JSON.parse(text), null, 2)}</pre>
      <p className="privacy-digest">{"SHA-256"} {request.digest}</p>
    </section>
  );
}
