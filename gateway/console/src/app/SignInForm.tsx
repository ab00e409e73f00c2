/** Login and password, and the company's identity providers. */
import { Alert, Button, Input } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import { session } from "@api/session";

interface Methods {
  password?: boolean;
  providers?: { code: string; name: string }[];
}

export function SignInForm({ login: known = "", onDone }: { login?: string; onDone: () => void }) {
  const { t } = useTranslation();
  const [login, setLogin] = useState(known);
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const methods = useQuery({
    queryKey: ["sign-in-methods"],
    queryFn: async (): Promise<Methods> => {
      const response = await fetch("/v1/sign-in-methods");
      return response.ok ? ((await response.json()) as Methods) : {};
    },
  });
  const submit = async () => {
    setBusy(true);
    setError("");
    try {
      await session.signIn(login.trim(), password);
      onDone();
    } catch (refusal) {
      setError(isApiError(refusal) && refusal.status > 0 ? refusal.message : t("kit:error.offline_text"));
    } finally {
      setBusy(false);
    }
  };
  const offered = methods.data?.providers ?? [];
  const byPassword = methods.data?.password !== false;
  if (!byPassword && offered.length === 0) return <Alert type="warning" showIcon title={t("sign_in.no_method")} />;
  return (
    <form className="crm-sign-in" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      {error ? <Alert type="error" showIcon title={error} /> : null}
      {byPassword ? <>
      <label htmlFor="login">{t("sign_in.login")}</label>
      {/* Another person must not go on with what this one began. */}
      <Input id="login" autoComplete="username" autoFocus={!known} readOnly={Boolean(known)} required value={login} onChange={(event) => setLogin(event.target.value)} />
      <label htmlFor="password">{t("sign_in.password")}</label>
      <Input.Password id="password" autoComplete="current-password" autoFocus={Boolean(known)} required value={password} onChange={(event) => setPassword(event.target.value)} />
      <Button type="primary" htmlType="submit" size="large" block loading={busy} disabled={!login || !password}>{t("sign_in.submit")}</Button>
      {offered.length > 0 ? <p className="crm-sign-in-or">{t("sign_in.or")}</p> : null}
      </> : null}
      {/* Over a page with something typed, the provider gets a window of its own; `App` hears when it is done. */}
      {offered.map((provider) => (
        <Button key={provider.code} size="large" block target="_blank" href={`/sign-in/${provider.code}?return_to=${encodeURIComponent("/app")}`}>{t("sign_in.with", { name: provider.name })}</Button>
      ))}
      {offered.length > 0 ? <p>{t("sign_in.elsewhere")}</p> : null}
    </form>
  );
}
