/** Day and moment pickers, loaded when first needed: they are the heaviest inputs of the console. */
import "virtual:antd-picker.css";
import { DatePicker } from "antd";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";

interface Props {
  id?: string;
  value?: string;
  onChange?: (value: string) => void;
  time?: boolean;
  autoFocus?: boolean;
  "aria-label"?: string;
}

export default function DateInput({ value, onChange, time = false, ...rest }: Props) {
  return (
    <DatePicker
      {...rest}
      className="crm-wide"
      showTime={time ? { format: "HH:mm" } : false}
      format={time ? ["YYYY-MM-DD HH:mm", "YYYY-MM-DD"] : "YYYY-MM-DD"}
      value={value ? dayjs(value) : null}
      onChange={(day) => onChange?.(day ? (time ? day.toISOString() : day.format("YYYY-MM-DD")) : "")}
    />
  );
}
