/** From nothing to the signed-in console: theme, language, session, rights, then the routes. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { RouterProvider } from "react-router/dom";
import { isApiError } from "@api/errors";
import { session } from "@api/session";
import { useConflict } from "@kit/conflict";
import { Failed, Loading } from "@kit/states";
import { Toasts } from "@kit/toasts";
import { AccessContext, accessOf } from "./access";
import { usePrefs } from "./prefs";
import { makeRouter } from "./router";
import { tokens, useLook } from "./theme";
import { useCurrentUser } from "./useCurrentUser";

const ConflictDialog = lazy(() => import("@kit/ConflictDialog"));
const SignInAgain = lazy(() => import("./SignInAgain"));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (times, error) => times < 2 && isApiError(error) && ["down", "offline", "busy"].includes(error.kind),
    },
  },
});

export function App() {
  const prefs = usePrefs();
  const look = useLook();
  const theme = useMemo(() => tokens(look, prefs), [look, prefs.font_scale, prefs.density]); // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <ConfigProvider theme={theme} locale={prefs.language === "en" ? en : zh} button={{ autoInsertSpace: false }} wave={{ disabled: true }}>
      <QueryClientProvider client={queries}>
        <Suspense fallback={<Loading />}>
          <SignedIn />
        </Suspense>
        <Toasts />
      </QueryClientProvider>
    </ConfigProvider>
  );
}

/** Dialogs that any page may need, loaded when one does. */
function Dialogs() {
  const conflict = useConflict();
  const [expired, setExpired] = useState(false);
  useEffect(() => session.onExpiry(setExpired), []);
  return (
    <Suspense fallback={null}>
      {conflict ? <ConflictDialog key={conflict.latest.id} {...conflict} /> : null}
      {expired ? <SignInAgain onDone={() => setExpired(false)} /> : null}
    </Suspense>
  );
}

/** The session had ended before the page was opened: nothing is lost by leaving it. */
function ToSignIn() {
  useEffect(() => location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`), []);
  return <Loading />;
}

function SignedIn() {
  const user = useCurrentUser();
  const access = useMemo(() => (user.data ? accessOf(user.data) : null), [user.data]);
  const router = useMemo(() => (access ? makeRouter(access) : null), [access]);
  if (user.isPending) return <Loading />;
  if (isApiError(user.error) && user.error.kind === "signed-out") return <ToSignIn />;
  if (!access || !router) return <Failed error={user.error} retry={() => void user.refetch()} />;
  return (
    <AccessContext.Provider value={access}>
      <RouterProvider router={router} />
      <Dialogs />
    </AccessContext.Provider>
  );
}
