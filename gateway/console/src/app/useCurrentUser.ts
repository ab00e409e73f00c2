/** Who is signed in, and what the server remembers about the way the person works. */
import { useQuery } from "@tanstack/react-query";
import { type CurrentUser, session } from "@api/session";
import { call } from "@api/transport";
import { loadPrefs } from "./prefs";

export function useCurrentUser() {
  return useQuery({
    queryKey: ["me"],
    queryFn: async () => {
      const me = await call<CurrentUser>("GET", "/v1/users/me");
      if (!session.known) session.announce();
      session.known = true;
      void loadPrefs();
      return me;
    },
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    // Somebody else may have signed in under a page that was only asleep.
    retry: false,
  });
}
