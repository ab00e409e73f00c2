"""What public pages say, in both languages; what a form says itself is its maker's."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "required": ("(required)", "（必填）"),
    "colon": (": ", "："),
    "send": ("Send", "提交"),
    "errors": ("Please look at these answers again", "请修改以下内容"),
    "error": ("Error", "错误"),
    "thanks": ("Thank you", "感谢您的提交"),
    "thanks_more": (
        "We have received your answers and will be in touch.",
        "我们已收到您的信息，将尽快与您联系。",
    ),
    "choose": ("Choose …", "请选择"),
    "yes": ("Yes", "是"),
    "trap": ("Leave this empty", "请勿填写此项"),
    "language": ("Language", "语言"),
    "preview": ("Preview. Nothing can be sent from here.", "预览页面，无法提交。"),
    "not_found": ("There is nothing here", "页面不存在"),
    "not_found_more": (
        "Please check the address, or ask who gave it to you.",
        "请核对网址，或联系提供该网址的人。",
    ),
    "closed": ("This form is closed", "表单已关闭"),
    "closed_more": ("It takes no more answers.", "该表单已停止接收。"),
    "too_many": ("Too many answers at once", "提交过于频繁"),
    "too_many_more": (
        "Please wait {seconds} seconds, then try again.",
        "请等待 {seconds} 秒后重试。",
    ),
    "away": ("We cannot take this right now", "暂时无法提交"),
    "away_more": ("Please try again in a moment.", "请稍后重试。"),
    "away_kept": (
        "We cannot take this right now. Your answers are still here; please send them again in a moment.",
        "暂时无法提交，您填写的内容已保留，请稍后重新提交。",
    ),
    "refused": ("This could not be read", "无法读取提交的内容"),
    "too_soon": (
        "That was faster than anybody can write. Please check your answers and send them again.",
        "提交过快，请核对内容后重新提交。",
    ),
    "expired": (
        "This page had been open for too long. Your answers are still here; please send them again.",
        "页面打开时间过长，您填写的内容已保留，请重新提交。",
    ),
    "unknown_page": (
        "This page was not made here or was changed. Please check your answers and send them again.",
        "页面校验失败，请核对内容后重新提交。",
    ),
    "sent_before": (
        "This page has been sent already, with other answers. Send it again to make a second request.",
        "该页面已提交过。如需再次提交，请重新点击提交。",
    ),
    "in_flight": ("Your answers are being taken. Please wait a moment.", "正在提交，请稍候。"),
    "sign_in": ("Sign in to Tributary", "登录 Tributary"),
    "login": ("Login", "账号"),
    "password": ("Password", "密码"),
    "sign_in_submit": ("Sign in", "登录"),
    "sign_in_with": ("Sign in with {name}", "使用{name}登录"),
    "sign_in_closed": (
        "No way to sign in is open yet. Ask your administrator.",
        "管理员尚未开放登录方式，请联系管理员。",
    ),
    "survey": ("How satisfied are you?", "您对服务满意吗？"),
    "survey_about": ("Ticket {number}", "工单 {number}"),
    "survey_score": ("Your rating", "您的评分"),
    "survey_comment": ("What can we do better? (optional)", "您的意见或建议（选填）"),
    "survey_changeable": (
        "You may change your answer until {day}.",
        "您可以在 {day} 之前修改评价。",
    ),
    "survey_rated": (
        "You have rated this already. A new rating takes its place.",
        "您已评价过，再次提交将覆盖之前的评价。",
    ),
    "survey_thanks": ("Thank you for your rating", "感谢您的评价"),
    "survey_change": ("Change the rating", "修改评价"),
    "survey_over": ("This survey is over", "评价已结束"),
    "survey_over_more": ("The time to answer has passed.", "评价时间已过，感谢您的支持。"),
    "score_1": ("Very dissatisfied", "非常不满意"),
    "score_2": ("Dissatisfied", "不满意"),
    "score_3": ("Neutral", "一般"),
    "score_4": ("Satisfied", "满意"),
    "score_5": ("Very satisfied", "非常满意"),
    "score_missing": ("Choose one of the five.", "请选择评分。"),
}
"""English and Chinese by what is said."""

LABELS: Final[dict[str, tuple[str, str]]] = {
    "name": ("Name", "姓名"),
    "company": ("Company", "公司名称"),
    "job_title": ("Job title", "职务"),
    "phone": ("Phone", "手机号码"),
    "email": ("E-mail", "电子邮箱"),
    "country_code": ("Country (two letters, for example CN)", "国家代码（两位字母，例如 CN）"),
    "province": ("Province or state", "省份"),
    "city": ("City", "城市"),
    "postal_code": ("Postal code", "邮政编码"),
    "address": ("Address", "详细地址"),
    "website": ("Website", "公司网站"),
    "need": ("What do you need?", "需求描述"),
    "product_line": ("Product", "感兴趣的产品"),
    "consent": ("Consent", "同意条款"),
}
"""How a field is asked for where the form's maker says nothing else."""


def word(what: str, language: str, **facts: object) -> str:
    return WORDS[what][language == "zh-CN"].format(**facts)


def told(message: object, what: str, language: str) -> str:
    """A text of a message that has it as ``<what>_en`` and ``<what>_zh``, in the other language where one is empty."""
    en, zh = str(getattr(message, f"{what}_en")), str(getattr(message, f"{what}_zh"))
    return (zh or en) if language == "zh-CN" else (en or zh)
