/** The same records as a list or as a board. */
import { LayoutOutlined, UnorderedListOutlined } from "@ant-design/icons";
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import type { ListState } from "./state";

export default function LayoutSwitch({ state }: { state: ListState }) {
  const { t } = useTranslation("kit");
  const layouts = [
    { value: "", icon: <UnorderedListOutlined />, title: t("views.list") },
    { value: "board", icon: <LayoutOutlined />, title: t("views.board") },
  ];
  return <Segmented size="small" aria-label={t("views.layout")} value={state.layout} options={layouts} onChange={(layout) => state.set({ layout })} />;
}
