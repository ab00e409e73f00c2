/** One product; retired it is not offered any more and stays on the quotes it stands on. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { products } from "@api/resources";
import { Loaded } from "@kit/catalogue/Loaded";
import { useCatalogueVerbs } from "@kit/catalogue/useCatalogueVerbs";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Amount } from "@kit/values";
import { FORM } from "./form";
import { ProductState } from "./ProductState";
import { TaxRate } from "./TaxRate";

const LIST = "/app/settings/products";

export default function ProductPage() {
  return <Loaded resource={products} Body={Product} />;
}

function Product({ record }: { record: Row }) {
  const { t } = useTranslation("products");
  const { edit, remove, turn, dialog } = useCatalogueVerbs({ resource: products, namespace: "products", record, form: FORM, back: LIST });
  return (
    <>
      <RecordPage
        back={LIST}
        title={record.name}
        above={record.code}
        state={<ProductState product={record} />}
        verbs={<Verbs verbs={[edit, turn("retire", { retired: true }, !record.retired), turn("offer", { retired: false }, record.retired), remove]} />}
        highlights={[
          { label: t("fields.list_price"), value: <Amount value={record.list_price} /> },
          { label: t("fields.unit"), value: record.unit },
          { label: t("fields.tax_rate"), value: <TaxRate product={record} /> },
        ]}
        facts={
          <Facts resource={products} namespace="products" record={record} shown={{ tax_rate: (product) => <TaxRate product={product} /> }} groups={[
            { title: t("groups.product"), fields: ["code", "name", "description", "product_line", "unit"] },
            { title: t("groups.price"), fields: ["list_price", "tax_rate", "tax_code"] },
            { title: t("groups.more"), fields: ["custom_fields", "create_time", "update_time"] },
          ]} />
        }
      />
      {dialog}
    </>
  );
}
