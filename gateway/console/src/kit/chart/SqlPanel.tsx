/** The SQL a figure comes from, with its parameters, to read and to copy. */
import { CopyOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { toast } from "../toasts";
import "./chart.css";

export function SqlPanel({ sql, parameters = {} }: { sql: string; parameters?: Record<string, unknown> }) {
  const { t } = useTranslation("kit");
  const copy = async () => {
    await navigator.clipboard.writeText(sql);
    toast.done(t("copied"));
  };
  return (
    <div className="crm-sql">
      <Button size="small" icon={<CopyOutlined />} onClick={() => void copy()}>{t("chart.copy_sql")}</Button>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{sql}</pre>
      {Object.keys(parameters).length > 0 ? (
        <dl aria-label={t("chart.parameters")}>
          {Object.entries(parameters).map(([name, value]) => (
            <div key={name}><dt>{name}</dt><dd>{String(value)}</dd></div>
          ))}
        </dl>
      ) : null}
    </div>
  );
}
