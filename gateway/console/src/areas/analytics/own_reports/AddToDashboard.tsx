/** Puts a report onto a dashboard one may change, or onto a new one. */
import { Alert, Modal, Select } from "antd";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { isApiError } from "@api/errors";
import { create, listPage, remember, type Row } from "@api/records";
import { dashboards } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { mayChange } from "@kit/list/useViewActions";
import type { Definition } from "@kit/report/definition";
import { toast } from "@kit/toasts";
import "@kit/form.css";

const NEW = "new";

export default function AddToDashboard({ report, onClose }: { report: Definition; onClose: () => void }) {
  const { t } = useTranslation("own_reports");
  const id = useId();
  const access = useAccess();
  const client = useQueryClient();
  const navigate = useNavigate();
  const found = useQuery({ queryKey: [dashboards.schema, "mine"], queryFn: async ({ signal }) => (await listPage(dashboards, { page_size: 200, order_by: "update_time desc" }, "", signal)).rows });
  const mine = (found.data ?? []).filter((board) => mayChange(access, { audience: "PRIVATE", ...board }, "update", dashboards.permission));
  const own = mine.find((board) => board.owner_id === access.id);
  const [shown, show] = useState(false);
  const ready = shown && !found.isPending;
  useEffect(() => {
    if (ready) document.querySelector<HTMLElement>(".ant-modal-footer .ant-btn-primary")?.focus();
  }, [ready]);
  const [chosen, choose] = useState<string>();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const target = chosen ?? own?.id ?? NEW;
  const submit = async () => {
    if (busy || found.isPending) return;
    setBusy(true);
    setError("");
    try {
      const board = mine.find((each) => each.id === target);
      const tile = { report_definition_id: report.id };
      const row = board
        ? await call<Row>("PATCH", `${dashboards.path}/${board.id}`, { body: { tiles: [...((board.tiles ?? []) as Row[]), tile] }, etag: board.etag })
        : await create(dashboards, { name: t("my_dashboard"), tiles: [tile] });
      remember(client, dashboards, row);
      await client.invalidateQueries({ queryKey: [dashboards.schema] });
      toast.done(t("added", { name: row.name }));
      onClose();
      await navigate(dashboards.page(row.id));
    } catch (refusal) {
      setError(isApiError(refusal) && refusal.status > 0 ? (refusal.violations[0]?.message ?? refusal.message) : t("kit:error.offline_text"));
      setBusy(false);
    }
  };
  return (
    <Modal open title={t("add_to_dashboard")} okText={t("add")} cancelText={t("kit:cancel")} okButtonProps={{ loading: busy, disabled: found.isPending }} onOk={() => void submit()} onCancel={onClose} afterOpenChange={show}>
      <div className="crm-form">
        {error ? <Alert type="error" showIcon title={error} /> : null}
        <div>
          <label className="crm-field-label" htmlFor={id}>{t("dashboard")}</label>
          <Select id={id} className="crm-wide" loading={found.isPending} value={target} options={[...mine.map((board) => ({ value: board.id, label: String(board.name) })), { value: NEW, label: t("new_dashboard") }]} onChange={choose} />
        </div>
      </div>
    </Modal>
  );
}
