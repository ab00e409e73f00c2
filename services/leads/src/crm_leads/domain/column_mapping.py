"""Which column of a file goes to which field of a lead, proposed from its heading in English or Chinese."""

import re

IMPORTED = (
    "name",
    "company",
    "job_title",
    "phone",
    "email",
    "open_id",
    "credit_code",
    "country_code",
    "province",
    "city",
    "postal_code",
    "address",
    "website",
    "source",
    "external_id",
    "need",
    "product_line",
    "tags",
    "opt_outs",
    "campaign_id",
)
"""Fields a column may go to, besides ``custom_fields.<name>``, ``first_name`` and ``last_name``."""

PARTS = ("first_name", "last_name")
"""Columns that are joined into ``name``."""

HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("name", "full name", "contact", "contact name", "person", "姓名", "联系人", "客户姓名", "名字"),
    "first_name": ("first name", "given name", "forename", "first and middle", "名"),
    "last_name": ("last name", "surname", "family name", "姓"),
    "company": (
        "company",
        "organisation",
        "organization",
        "account",
        "site name",
        "company name",
        "business",
        "employer",
        "公司",
        "公司名称",
        "企业",
        "企业名称",
        "单位",
        "客户名称",
    ),
    "job_title": ("title", "job title", "position", "role", "职位", "职务", "岗位"),
    "phone": (
        "phone",
        "mobile",
        "telephone",
        "tel",
        "cell",
        "phone number",
        "手机",
        "电话",
        "手机号",
        "手机号码",
        "联系电话",
    ),
    "email": ("email", "e mail", "mail", "email address", "邮箱", "电子邮件", "邮件", "电子邮箱"),
    "open_id": ("open id", "openid", "wechat openid", "微信 openid"),
    "credit_code": ("credit code", "uscc", "vat", "vat number", "tax id", "统一社会信用代码", "税号", "信用代码"),
    "country_code": ("country", "country code", "国家"),
    "province": ("province", "state", "region", "省", "省份", "地区"),
    "city": ("city", "town", "城市", "市"),
    "postal_code": ("postal code", "postcode", "zip", "zip code", "postcode fake", "邮编", "邮政编码"),
    "address": ("address", "street", "address line 1", "地址", "详细地址"),
    "website": ("website", "url", "web", "网站", "网址", "官网"),
    "source": ("source", "lead source", "来源", "线索来源"),
    "external_id": ("external id", "source id", "record id", "编号", "外部编号"),
    "need": ("need", "needs", "interest", "message", "remark", "comment", "notes", "需求", "备注", "留言", "咨询内容"),
    "product_line": ("product", "product line", "products", "产品", "产品线", "意向产品"),
    "tags": ("tags", "labels", "标签"),
    "opt_outs": ("opt out", "opt outs", "unsubscribed", "退订"),
}

_BY_HEADING = {heading: field for field, headings in HEADINGS.items() for heading in headings}


def propose(heading: str) -> str:
    """The field a heading names; empty when it names none."""
    plain = re.sub(r"[\s_\-./:：*（）()]+", " ", heading).strip().casefold()
    return _BY_HEADING.get(plain, "")


def propose_all(headings: tuple[str, ...]) -> list[str]:
    """A field for each column, none of them twice."""
    taken: set[str] = set()
    fields = []
    for heading in headings:
        field = propose(heading)
        fields.append("" if field in taken else field)
        taken.add(field)
    return fields
