import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/api-keys", nav: "api_keys", permission: "identity.api_key.list", load: () => import("./ApiKeysPage") },
    { path: "/settings/api-keys/:id", permission: "identity.api_key.get", load: () => import("./ApiKeyPage") },
  ],
};
