"""The pipeline every enterprise starts with: the seven typical stages [S9]."""

from crm_kit.call import Call
from crm_kit.errors import AlreadyExists
from crm_kit.tx import begin
from crm_sales import queries
from crm_sales.domain.pipeline import Pipeline
from crm_sales.usecases.keep_pipeline import add_pipeline

STAGES = (
    ("first_talk", "First talk", "初步接洽", 10, "PIPELINE", 14, ()),
    ("project_assessment", "Project assessment", "立项评估", 20, "PIPELINE", 21, ()),
    ("needs_analysis", "Needs analysis", "需求分析", 30, "PIPELINE", 21, ()),
    ("proposal", "Proposal", "方案制定", 50, "PIPELINE", 30, ("need",)),
    ("tender", "Tender / competition", "招投标/竞争", 60, "BEST_CASE", 45, ("need", "amount")),
    ("negotiation", "Negotiation", "商务谈判", 80, "COMMIT", 21, ("need", "amount", "expected_close_date")),
    ("contract_signing", "Contract signing", "合同签订", 90, "COMMIT", 14, ("need", "amount", "expected_close_date")),
)


async def seed_pipeline(call: Call) -> None:
    """Make the default pipeline unless there is one; two processes starting at once make it once."""
    try:
        async with begin(call) as tx:
            if await queries.default_pipeline(tx) is None:
                await add_pipeline(tx, standard_pipeline())
    except AlreadyExists:
        return


def standard_pipeline() -> Pipeline:
    """The seven stages, won and lost."""
    stages = [
        {
            "code": code,
            "name_en": name_en,
            "name_zh": name_zh,
            "status": "OPEN",
            "probability": probability,
            "forecast_category": category,
            "rot_days": rot_days,
            "required_fields": list(required),
        }
        for code, name_en, name_zh, probability, category, rot_days, required in STAGES
    ]
    won = {
        "code": "won",
        "name_en": "Won",
        "name_zh": "赢单",
        "status": "WON",
        "probability": 100,
        "forecast_category": "CLOSED",
    }
    lost = {"code": "lost", "name_en": "Lost", "name_zh": "输单", "status": "LOST", "forecast_category": "OMITTED"}
    return Pipeline(
        name="标准销售流程 / Standard", unit_path="/", win_policy="QUOTE_OR_CONTRACT", stages=[*stages, won, lost]
    )
