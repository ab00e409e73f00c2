/**
 * What a page shows when there is nothing to show: `<Loading />` (after 200 ms), `<Empty title text action />`,
 * `<NoPermission permission />`, and `<Failed error retry />` for any refusal of the API.
 */
import { CloudOutlined, DisconnectOutlined, FileSearchOutlined, InboxOutlined, LockOutlined, WarningOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Failure, isApiError } from "@api/errors";
import "./states.css";

export function Loading({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation("kit");
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return <div className="crm-loading" />;
  return (
    <div className="crm-loading" role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, line) => (
        <span key={line} className="crm-bone" data-width={line % 4} />
      ))}
    </div>
  );
}

interface Message {
  title: ReactNode;
  text?: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
}

export function Empty({ title, text, action, icon = <InboxOutlined /> }: Message) {
  return (
    <div className="crm-empty">
      <span className="crm-empty-icon" aria-hidden="true">
        {icon}
      </span>
      <p className="crm-empty-title">{title}</p>
      {text ? <p className="crm-empty-text">{text}</p> : null}
      {action}
    </div>
  );
}

export function NoPermission({ permission }: { permission?: string }) {
  const { t } = useTranslation("kit");
  return (
    <Empty
      icon={<LockOutlined />}
      title={t("error.forbidden")}
      text={
        <>
          {t("error.forbidden_text")}
          {permission ? <small>{t("error.permission", { permission })}</small> : null}
        </>
      }
    />
  );
}

const ICONS: Partial<Record<Failure, ReactNode>> = {
  missing: <FileSearchOutlined />,
  down: <CloudOutlined />,
  offline: <DisconnectOutlined />,
};

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation("kit");
  const kind: Failure = isApiError(error) ? error.kind : "broken";
  if (isApiError(error) && kind === "forbidden") return <NoPermission permission={error.facts.permission as string | undefined} />;
  return (
    <div role="alert">
      <Empty
        icon={ICONS[kind] ?? <WarningOutlined />}
        title={t(`error.${kind}`)}
        text={
          <>
            {isApiError(error) && kind === "invalid" ? error.message : t(`error.${kind}_text`)}
            {isApiError(error) && error.requestId ? <small>{t("error.request", { id: error.requestId })}</small> : null}
          </>
        }
        action={retry && kind !== "missing" ? <Button onClick={retry}>{t("retry")}</Button> : null}
      />
    </div>
  );
}
