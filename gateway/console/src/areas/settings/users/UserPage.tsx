/** One person: facts, further positions, sessions, and what they may do with the reasons. */
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { type Row, useRecord } from "@api/records";
import { users } from "@api/resources";
import { useAccess } from "@app/access";
import { visited } from "@app/recent";
import { useGuardedChange } from "@kit/conflict";
import { Facts } from "@kit/record/Facts";
import { RecordPage, Related } from "@kit/record/RecordPage";
import { VerbDialog } from "@kit/record/VerbDialog";
import { type Verb, Verbs } from "@kit/record/Verbs";
import SessionList from "@kit/SessionList";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { RoleNames, RolePicker } from "../RolePicker";
import { passwordInput } from "./inputs";
import { UserPermissions } from "./UserPermissions";
import { UserPositions } from "./UserPositions";
import { UserState } from "./UserState";

const LeaveDialog = lazy(() => import("../TransferDialog"));

export default function UserPage() {
  const { t } = useTranslation("users");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const found = useRecord(users, id);
  const change = useGuardedChange(users, "users");
  const [dialog, open] = useState<"roles" | "password" | "transfer" | "">("");
  const user = found.data;
  useEffect(() => {
    if (user) visited(own, users, user);
  }, [own, user]);
  if (found.isPending) return <Loading rows={8} />;
  if (!user) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const name = users.title(user);
  const setDisabled = async (disabled: boolean) => {
    const saved = await change(user, { disabled });
    if (saved) toast.undo(t(disabled ? "done.disable" : "done.enable", { name }), () => change(saved, { disabled: !disabled }));
  };
  const verbs: Verb[] = [
    { key: "roles", label: t("verbs.roles"), permission: "identity.user.update", enabled: true, run: () => open("roles") },
    { key: "password", label: t("verbs.password"), permission: "identity.user.update", enabled: !user.disabled, run: () => open("password") },
    { key: "transfer", label: t("verbs.transfer"), permission: "identity.transfer.create", enabled: true, run: () => open("transfer") },
    { key: "enable", label: t("verbs.enable"), permission: "identity.user.update", enabled: Boolean(user.disabled), run: () => setDisabled(false) },
    { key: "disable", label: t("verbs.disable"), permission: "identity.user.update", enabled: !user.disabled && user.id !== own, danger: true, run: () => setDisabled(true) },
  ];
  const save = async (values: Partial<Row>, done: string) => {
    if (await change(user, values)) toast.done(t(done, { name }));
  };
  return (
    <>
      <RecordPage
        back="/app/settings/users"
        title={name}
        above={user.login}
        state={<UserState user={user} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.roles"), value: <RoleNames codes={user.roles} /> },
          { label: t("fields.unit_path"), value: <UnitName path={user.unit_path} /> },
          { label: t("fields.last_sign_in_time"), value: <DateTime value={user.last_sign_in_time} mode="relative" /> },
        ]}
        facts={<Facts resource={users} namespace="users" record={user} groups={[{ title: t("groups.person"), fields: ["display_name", "login", "title", "email", "unit_id"] }, { title: t("groups.account"), fields: ["external_id", "last_sign_in_time", "create_time", "update_time"] }]} />}
        timeline={can("identity.access.explain") ? <UserPermissions userId={id} /> : undefined}
        related={
          <>
            {can("identity.position.list") ? <UserPositions userId={id} /> : null}
            {can("identity.session.list") ? <Related title={t("sessions")}><SessionList userId={id} /></Related> : null}
          </>
        }
      />
      {dialog === "roles" ? <VerbDialog title={t("verbs.roles")} operation={users.schema} namespace="users" fields={["roles", "unit_id"]} initial={{ roles: user.roles, unit_id: user.unit_id }} inputs={{ roles: (props) => <RolePicker {...props} /> }} onClose={() => open("")} onSubmit={(values) => save({ roles: [], ...values }, "done.roles")} /> : null}
      {dialog === "password" ? <VerbDialog title={t("verbs.password")} operation={users.schema} namespace="users" fields={["password"]} required={["password"]} inputs={{ password: passwordInput }} intro={<p>{t("password_text")}</p>} onClose={() => open("")} onSubmit={(values) => save(values, "done.password")} /> : null}
      <Suspense fallback={null}>{dialog === "transfer" ? <LeaveDialog from={id} onClose={() => open("")} /> : null}</Suspense>
    </>
  );
}
