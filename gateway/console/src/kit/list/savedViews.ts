/** The views of a list that the person may use besides the built-in ones: own, the unit's, everyone's. */
import { useQuery } from "@tanstack/react-query";
import { call } from "@api/transport";
import { useAccess } from "@app/access";

export type Audience = "PRIVATE" | "UNIT" | "EVERYONE";

export interface View {
  id: string;
  name: string;
  filter: string;
  order_by?: string;
  search?: string;
  columns?: string[];
  layout?: string;
  /** Only of views that are records: who may use it, and where it is shared. */
  audience?: Audience;
  unit_path?: string;
  owner_id?: string;
  etag?: string;
}

export const SAVED_VIEW = "identity.SavedView";
const MOST = 200;
const none: View[] = [];

/** By name; `ready` once it is known which there are, also when the server does not say. */
export function useSavedViews(resource: string): { saved: View[]; ready: boolean } {
  const { can } = useAccess();
  const enabled = can("identity.saved_view.list");
  const found = useQuery({
    queryKey: [SAVED_VIEW, "views", resource],
    queryFn: ({ signal }) => call<{ saved_views?: View[] }>("GET", "/v1/saved-views", { query: { filter: `resource = "${resource}"`, order_by: "name", page_size: MOST }, signal }),
    enabled,
    staleTime: 60_000,
  });
  return { saved: found.data?.saved_views ?? none, ready: !enabled || !found.isPending };
}
