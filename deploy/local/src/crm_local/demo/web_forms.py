"""The form on the demo's website: whoever asks for a demonstration becomes a lead."""

from crm_local.demo.staff import Person, Record, find

NAME = "官网 · 预约演示 Website · book a demonstration"


def publish_form(marketer: Person, campaign_id: str) -> None:
    """One published form, in both languages, for the campaign."""
    form: Record = {
        "name": NAME,
        "title_zh": "预约产品演示",
        "title_en": "Book a demonstration",
        "intro_zh": "请留下联系方式，我们将在一个工作日内与您联系。",
        "intro_en": "Tell us how to reach you; we call within one working day.",
        "thanks_zh": "感谢您的预约，我们将尽快与您联系。",
        "thanks_en": "Thank you. We will call you soon.",
        "consent_zh": "我同意贵公司为答复本次咨询处理以上个人信息，并可随时撤回同意。",
        "consent_en": "I agree that you use these data to answer my request. I may take this back at any time.",
        "campaign_id": campaign_id,
        "source": "internet",
        "fields": [
            {"field": "name", "required": True},
            {"field": "company", "required": True},
            {
                "field": "phone",
                "required": True,
                "help_zh": "例如 138 0013 8000",
                "help_en": "With the country code, for example +44 20 7946 0000",
            },
            {"field": "email"},
            {
                "field": "need",
                "label_zh": "您想监测什么？",
                "label_en": "What do you want to monitor?",
            },
        ],
    }
    made = find(marketer.client, "web-forms", f'name = "{NAME}"') or marketer.create("web-forms", form, "web form")
    if made["state"] != "PUBLISHED":
        marketer.do("web-forms", str(made["id"]), "publish", "web form")
