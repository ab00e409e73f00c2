"""The knowledge base of the demo: what customers of a maker of sensors ask again and again, in both languages."""

from functools import partial

from crm_local.demo.staff import Person, Record, find, together

ARTICLES = (
    (
        "PUBLIC",
        "certificate",
        ("如何下载校准证书", "1. 登录客户门户。\n2. 打开**设备**，选择序列号。\n3. 点击**校准证书**下载 PDF。"),
        (
            "How to download the calibration certificate",
            "1. Sign in to the portal.\n2. Open **Devices**.\n3. Choose **Certificate**.",
        ),
    ),
    (
        "CUSTOMER",
        "gateway",
        (
            "网关无法联网怎么办",
            "## 检查\n- 电源灯是否常亮\n- SIM 卡是否欠费\n\n## 处理\n按住**复位**键 10 秒，等待 2 分钟后重试。",
        ),
        (
            "The gateway is offline",
            "## Check\n- Is the power light on?\n- Is the SIM card paid?\n\n## Then\nHold **Reset** for 10 seconds.",
        ),
    ),
    (
        "CUSTOMER",
        "sensor",
        ("冷库传感器离线的处理", "请先更换电池（型号 `ER14505`），再将传感器靠近网关 5 米内重新入网。"),
        (
            "A sensor in a cold room is offline",
            "Change the battery (`ER14505`), then pair it again within 5 m of the gateway.",
        ),
    ),
    (
        "PUBLIC",
        "api",
        ("通过 API 导出历史数据", "调用 `GET /measurements`，每次最多返回 10,000 条，请按 `next_page_token` 翻页。"),
        ("Exporting history by API", "Call `GET /measurements`: at most 10,000 rows a page, follow `next_page_token`."),
    ),
    (
        "CUSTOMER",
        "invoice",
        ("发票抬头错误如何更换", "请提供原发票号码和正确的抬头、税号，我们将在 3 个工作日内红冲重开。"),
        (
            "Changing the name on an invoice",
            "Send us the number of the invoice and the right name; a new one is issued in 3 working days.",
        ),
    ),
    (
        "CUSTOMER",
        "display",
        ("显示屏读数偏高的校正", "在菜单中选择**校正**，以标准温度计读数为准输入偏差值。"),
        (
            "The display reads too high",
            "Choose **Calibrate** in the menu and enter the difference from a standard thermometer.",
        ),
    ),
    (
        "INTERNAL",
        "complaint",
        ("安装延期投诉的补偿标准", "延期 1–3 天：减免安装费。\n延期超过 3 天：须客服主管审批。"),
        (
            "Compensation for late installation",
            "1 to 3 days: the installation is free.\nMore than 3 days: the head of service decides.",
        ),
    ),
    (
        "INTERNAL",
        "warranty",
        ("保修期的判定", "> 以签收日期为准，整机 24 个月，电池除外。"),
        ("How warranty is counted", "> From the day of delivery: 24 months, batteries excepted."),
    ),
)
"""Audience, category, and title and text in Chinese and in English."""


def write_articles(agent: Person, checker: Person) -> None:
    """Each is written by one agent and published by another."""
    together(partial(_write, agent, checker, number) for number in range(len(ARTICLES)))


def _write(agent: Person, checker: Person, number: int) -> None:
    audience, category, (title_zh, body_zh), (title_en, body_en) = ARTICLES[number]
    step = f"article {number}"
    wanted: Record = {
        "audience": audience,
        "category": category,
        "title_zh": title_zh,
        "body_zh": body_zh,
        "title_en": title_en,
        "body_en": body_en,
    }
    made = find(agent.client, "knowledge-articles", f'title_zh = "{title_zh}"') or agent.create(
        "knowledge-articles", wanted, step
    )
    if made["state"] == "DRAFT":
        made = agent.do("knowledge-articles", str(made["id"]), "submit", step)
    if made["state"] == "IN_REVIEW":
        checker.do("knowledge-articles", str(made["id"]), "publish", step)
