/** A person who shall sign in: who, where, with which roles, and a first password. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create } from "@api/records";
import { users } from "@api/resources";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { toast } from "@kit/toasts";
import { RolePicker } from "../RolePicker";
import { languageInput, passwordInput } from "./inputs";

export default function NewUserPage() {
  const { t } = useTranslation("users");
  const navigate = useNavigate();
  const client = useQueryClient();
  const save = async (values: Record<string, unknown>) => {
    const user = await create(users, values);
    await client.invalidateQueries({ queryKey: [users.schema] });
    toast.done(t("create.done", { name: user.display_name }));
    void navigate(users.page(user.id), { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} />
      <p className="crm-muted">{t("create.text")}</p>
      <FormFromMeta
        schema={users.schema}
        namespace="users"
        fields={["display_name", "login", "unit_id", "roles", "password", "email"]}
        more={["title", "language", "external_id"]}
        required={["roles"]}
        inputs={{ roles: (props) => <RolePicker {...props} />, password: passwordInput, language: languageInput }}
        submitLabel={t("create.submit")}
        onSubmit={save}
        onCancel={() => void navigate("/app/settings/users")}
      />
    </div>
  );
}
