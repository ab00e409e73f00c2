/** The people who sign in. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { users } from "@api/resources";
import { useAccess } from "@app/access";
import type { BulkAction } from "@kit/list/bulk";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { RoleNames } from "../RolePicker";
import { UserState } from "./UserState";

export default function UsersPage() {
  const { t } = useTranslation("users");
  const { can, id: own } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "active", name: t("views.active"), filter: "disabled = false", order_by: "login" },
      { id: "disabled", name: t("views.disabled"), filter: "disabled = true", order_by: "update_time desc" },
      { id: "all", name: t("views.all"), filter: "", order_by: "login" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "display_name", width: 180, primary: true },
      { field: "login", width: 130 },
      { field: "roles", width: 170, render: (user) => <RoleNames codes={user.roles} /> },
      { field: "unit_id", width: 220, render: (user) => <UnitName path={user.unit_path} /> },
      { field: "title", width: 140, edit: true },
      { field: "email", width: 240, edit: true },
      { field: "last_sign_in_time", width: 120, render: (user) => <DateTime value={user.last_sign_in_time} mode="relative" /> },
      { field: "disabled", width: 100, render: (user) => <UserState user={user} /> },
    ],
    [],
  );
  const bulk = ["disable", "enable"].map((key): BulkAction => {
    const disabled = key === "disable";
    return { key, label: t(`verbs.${key}`), permission: "identity.user.update", verb: "update", body: { disabled }, enabled: (user) => user.disabled !== disabled && user.id !== own, within: `disabled = ${String(!disabled)} AND id != "${own}"` };
  });
  const create = can("identity.user.create") ? <Link to="/app/settings/users/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return <RecordList resource={users} namespace="users" title={t("title")} views={views} columns={columns} bulk={bulk} actions={create} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />} />;
}
