/** Inputs of the forms about users that the contract alone does not describe. */
import { Input, Select } from "antd";
import type { OwnInput } from "@kit/FormFromMeta";

const LANGUAGES = [
  { value: "zh-CN", label: <span lang="zh-CN">{"中文"}</span> },
  { value: "en", label: <span lang="en">{"English"}</span> },
];

export const passwordInput = ({ value, onChange, ...rest }: OwnInput) => <Input.Password {...rest} autoComplete="new-password" value={String(value ?? "")} onChange={(event) => onChange(event.target.value)} />;

export const languageInput = ({ value, onChange, ...rest }: OwnInput) => <Select {...rest} className="crm-wide" allowClear options={LANGUAGES} value={(value as string) || undefined} onChange={(next) => onChange(next ?? "")} />;
