import { expect, it } from "vitest";
import { accessOf, matches } from "../../src/app/access";

it("matches patterns as the server does", () => {
  expect(matches("leads.*", "leads.lead.get")).toBe(true);
  expect(matches("leads.*.get", "leads.lead.get")).toBe(true);
  expect(matches("leads.*.get", "leads.lead.list")).toBe(false);
  expect(matches("leads.lead", "leadsxlead")).toBe(false);
});

it("takes the widest scope of all grants and positions", () => {
  const access = accessOf({
    grants: [{ permission: "leads.*", scope: "own" }],
    positions: [{ unit_path: "/hq/", grants: [{ permission: "leads.lead.get", scope: "subtree" }] }],
  });
  expect(access.scope("leads.lead.get")).toBe("subtree");
  expect(access.scope("leads.lead.update")).toBe("own");
  expect(access.can("sales.quote.get")).toBe(false);
  expect(access.can(undefined)).toBe(true);
});
