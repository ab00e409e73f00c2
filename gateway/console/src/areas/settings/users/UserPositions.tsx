/** Further posts of a person: other roles in another unit, for a while or for good. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { create, listPage, type Row } from "@api/records";
import { positions } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { Related } from "@kit/record/RecordPage";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { RoleNames, RolePicker } from "../RolePicker";
import "./users.css";

export function UserPositions({ userId }: { userId: string }) {
  const { t } = useTranslation("users");
  const { can } = useAccess();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const found = useQuery({ queryKey: [positions.schema, "of", userId], queryFn: ({ signal }) => listPage(positions, { filter: `user_id = "${userId}"`, page_size: 100 }, "", signal) });
  const reload = async () => {
    await client.invalidateQueries({ queryKey: [positions.schema] });
    await client.invalidateQueries({ queryKey: ["identity.UserPermissions", userId] });
  };
  const give = async (position: Partial<Row>) => {
    await create(positions, { ...position, user_id: userId });
    await reload();
  };
  const end = async (position: Row) => {
    try {
      await call("DELETE", `${positions.path}/${position.id}`, { query: { etag: position.etag } });
      await reload();
      const { unit_id, title, roles, start_time, end_time } = position;
      toast.undo(t("positions.ended"), () => give({ unit_id, title, roles, start_time, end_time }));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const rows = found.data?.rows ?? [];
  return (
    <Related title={t("positions.title")} action={can("identity.position.create") ? <Button size="small" onClick={() => add(true)}>{t("positions.add")}</Button> : null}>
      {found.isPending ? <Loading rows={2} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : rows.length === 0 ? <p className="crm-muted">{t("positions.none")}</p> : null}
      <ul className="user-positions">
        {rows.map((position) => (
          <li key={position.id}>
            <div>
              <b>{position.title || <RoleNames codes={position.roles} />}</b>
              <p><RoleNames codes={position.roles} />{" · "}<UnitName path={position.unit_path} /></p>
              <small>{t("positions.from")} <DateTime value={position.start_time || position.create_time} mode="exact" />{position.end_time ? <> {t("positions.until")} <DateTime value={position.end_time} mode="exact" /></> : null}</small>
            </div>
            {can("identity.position.delete") ? <Button size="small" onClick={() => void end(position)}>{t("positions.end")}</Button> : null}
          </li>
        ))}
      </ul>
      {adding ? <VerbDialog title={t("positions.add")} operation={positions.schema} namespace="users" fields={["title", "unit_id", "roles", "start_time", "end_time"]} inputs={{ roles: (props) => <RolePicker {...props} /> }} onClose={() => add(false)} onSubmit={async (values) => { await give(values); toast.done(t("positions.done")); }} /> : null}
    </Related>
  );
}
