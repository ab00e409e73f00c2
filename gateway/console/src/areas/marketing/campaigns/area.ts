import type { Area } from "@app/area";

export const area: Area = {
  group: "marketing",
  pages: [
    { path: "/marketing/campaigns", nav: "campaigns", shortcut: "m", permission: "marketing.campaign.list", load: () => import("./CampaignsPage") },
    { path: "/marketing/campaigns/new", permission: "marketing.campaign.create", load: () => import("./NewCampaignPage") },
    { path: "/marketing/campaigns/:id", permission: "marketing.campaign.get", load: () => import("./CampaignPage") },
  ],
  creations: [{ key: "campaign", permission: "marketing.campaign.create", to: "/app/marketing/campaigns/new" }],
};
