/** Day and moment pickers, loaded when first needed: they are the heaviest inputs of the console. */
import "virtual:antd-picker.css";
import { DatePicker } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import "dayjs/locale/zh-cn";
import type { KeyboardEvent } from "react";

interface Props {
  id?: string;
  value?: string;
  onChange?: (value: string) => void;
  time?: boolean;
  autoFocus?: boolean;
  "aria-label"?: string;
}

export default function DateInput({ value, onChange, time = false, ...rest }: Props) {
  const take = (day: Dayjs | null) => onChange?.(day ? (time ? day.toISOString() : day.format("YYYY-MM-DD")) : "");
  // The picker takes what is typed with Enter or when it is left; Ctrl+Enter sends the form that it stands in.
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    const typed = (event.target as HTMLInputElement).value;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && dayjs(typed).isValid()) take(dayjs(typed));
  };
  return (
    <DatePicker
      {...rest}
      className="crm-wide"
      showTime={time ? { format: "HH:mm" } : false}
      format={time ? "YYYY-MM-DD HH:mm" : "YYYY-MM-DD"}
      needConfirm={false}
      onKeyDown={onKey}
      value={value ? dayjs(value) : null}
      onChange={take}
    />
  );
}
