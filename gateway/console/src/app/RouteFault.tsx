/** One page that fails leaves the rest of the console usable. */
import { CompassOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { Empty, Failed } from "@kit/states";
import { PageHeader } from "@kit/PageHeader";

export function RouteFault() {
  return <Failed error={useRouteError()} retry={() => location.reload()} />;
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
