import { expect, it } from "vitest";
import { reduced } from "../../build/antd";

const CSS = ".css-var-r.ant-btn{--ant-x:1}.ant-btn.ant-btn-variant-outlined{color:red}.ant-tour,.ant-btn a{x:y}@media (hover:none){.ant-tour{a:b}}.ant-tabs .ant-btn{c:d}@keyframes antRest{to{opacity:0}}a{e:f}";

it("keeps the rules about components in use and nothing else", () => {
  expect(reduced(CSS)).toBe(".ant-btn.ant-btn-variant-outlined{color:red}\n.ant-btn a{x:y}\na{e:f}");
});

it("gives one more component its own rules", () => {
  expect(reduced(CSS, "tabs")).toBe(".ant-tabs .ant-btn{c:d}");
});
