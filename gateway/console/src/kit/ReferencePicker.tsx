/** Chooses a record by typing: `<ReferencePicker resource={customers} value={id} onChange={setId} />`. */
import { Select } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { listPage, type Resource } from "@api/records";
import { useName } from "./names";

interface Props {
  id?: string;
  resource: Resource;
  value?: string;
  onChange?: (id: string) => void;
  filter?: string;
  autoFocus?: boolean;
  "aria-label"?: string;
}

export function ReferencePicker({ resource, value, onChange, filter, ...rest }: Props) {
  const { t } = useTranslation("kit");
  const [typed, type] = useState("");
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState(false);
  const name = useName(resource, value);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim().length > 1 ? typed.trim() : ""), 200);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useQuery({
    queryKey: [resource.schema, "pick", search, filter],
    queryFn: ({ signal }) => listPage(resource, { search, filter, page_size: 20 }, "", signal),
    enabled: open,
    staleTime: 30_000,
  });
  const options = (found.data?.rows ?? []).map((row) => ({ value: row.id, label: resource.title(row) }));
  if (value && !options.some((each) => each.value === value)) options.push({ value, label: name || "…" });
  return (
    <Select
      {...rest}
      className="crm-wide"
      showSearch={{ filterOption: false, onSearch: type }}
      allowClear
      value={value || undefined}
      placeholder={t("form.search")}
      options={options}
      loading={found.isFetching}
      onOpenChange={setOpen}
      onChange={(id) => onChange?.(id ?? "")}
    />
  );
}
