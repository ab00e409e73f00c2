/** What can be made, as a menu that is open from the start; it takes the place of the button that asked for it. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useCreations } from "./navigation";

export default function CreateMenu({ narrow, open, onOpen }: { narrow: boolean; open: boolean; onOpen: (open: boolean) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const items = useCreations().map((each) => ({ key: each.key, label: each.label, onClick: () => { onOpen(false); void navigate(each.to); } }));
  return (
    <Dropdown trigger={["click"]} open={open} onOpenChange={onOpen} autoFocus menu={{ items }}>
      <Button type="primary" icon={<PlusOutlined />} aria-label={t("create.button")}>{narrow ? null : t("create.button")}</Button>
    </Dropdown>
  );
}
