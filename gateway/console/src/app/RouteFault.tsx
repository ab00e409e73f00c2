/** One page that fails leaves the rest of the console usable. */
import { CompassOutlined, ReloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { Empty, Failed } from "@kit/states";
import { PageHeader } from "@kit/PageHeader";
import { isPartGone } from "./newVersion";

export function RouteFault() {
  const { t } = useTranslation();
  const error = useRouteError();
  if (!isPartGone(error)) return <Failed error={error} retry={() => location.reload()} />;
  return (
    <>
      <PageHeader title={t("route.updated")} />
      <Empty icon={<ReloadOutlined />} title={t("route.updated")} text={t("route.updated_text")} action={<Button type="primary" onClick={() => location.reload()}>{t("live.reload")}</Button>} />
    </>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t("route.missing")} />
      <Empty icon={<CompassOutlined />} title={t("route.missing")} text={t("route.missing_text")} action={<Link to="/"><Button type="primary">{t("route.home")}</Button></Link>} />
    </>
  );
}
