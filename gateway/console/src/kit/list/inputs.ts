/** The input that filters, cells, forms and most pages besides lists are made of, as a part of its own to fetch ahead. */
export { Select } from "antd";
