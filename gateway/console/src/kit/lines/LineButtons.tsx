/** What is done with one line of the editor: move it, where the order counts, and remove it. */
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

export function LineButtons({ at, count, onMove, onRemove }: { at: number; count: number; onMove?: (by: 1 | -1) => void; onRemove: () => void }) {
  const { t } = useTranslation(["kit", "catalogue"]);
  const line = at + 1;
  return (
    <span className="crm-line-buttons">
      {onMove ? (
        <>
          <Button type="text" size="small" icon={<ArrowUpOutlined />} disabled={at === 0} aria-label={t("catalogue:line_up", { line })} title={t("catalogue:line_up", { line })} onClick={() => onMove(-1)} />
          <Button type="text" size="small" icon={<ArrowDownOutlined />} disabled={line === count} aria-label={t("catalogue:line_down", { line })} title={t("catalogue:line_down", { line })} onClick={() => onMove(1)} />
        </>
      ) : null}
      <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("lines.remove", { line })} onClick={onRemove} />
    </span>
  );
}
