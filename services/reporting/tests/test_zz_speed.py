import time
from uuid import UUID, uuid4
from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.opportunity_pb2 import Opportunity
from sqlalchemy import text
from .chronicle import History, cny
from crm_kit.intake import Intake

async def test_speed(reporting, run):
    h = History()
    owners=[str(uuid4()) for _ in range(200)]
    stages=["a","b","c","d","e","f","g"]; p=str(uuid4())
    for n in range(8000):
        d = Opportunity(id=str(uuid4()), state=Opportunity.OPEN, stage=stages[n%7], pipeline_id=p, unit_path=f"/hq/d{n%40}/", owner_id=owners[n%200])
        d.amount.CopyFrom(cny("100.50")); d.weighted_amount.CopyFrom(cny("50.25"))
        d.create_time.GetCurrentTime()
        h.add("opportunity", UUID(d.id), "2026-03-04 08:00", sales.OpportunityCreated(opportunity=d))
    intake = Intake(reporting.parts.consumers[0], reporting.db)
    t=time.perf_counter(); c=time.process_time()
    for s in range(0,len(h.events),400): await intake.apply(h.events[s:s+400])
    print("events/s", len(h.events)/(time.perf_counter()-t), "cpu ms/event", (time.process_time()-c)/len(h.events)*1000)
    for name in ("pipeline_by_stage","pipeline_waterfall","lead_sources"):
        await run(name); t=time.perf_counter()
        for _ in range(20): a = await run(name)
        print(name, (time.perf_counter()-t)/20*1000, "ms", len(a.rows))
    async with reporting.db.connect() as c:
        await c.execute(text("INSERT INTO opportunity_fact SELECT o.event_seq,o.owner_id,o.unit_path,gen_random_uuid(),o.number,o.state,o.pipeline_id,o.stage,o.amount,o.currency,o.weighted,o.expected_close_date,o.probability,o.forecast_category,o.close_date,o.last_open_stage,o.loss_reason,o.competitor_id,o.source,o.campaign_id,o.customer_id,o.lead_id,o.reopen_count,o.create_time,o.stand_time FROM opportunity_fact o, generate_series(1,124)"))
        await c.execute(text("ANALYZE"))
        n=(await c.execute(text("select count(*) from opportunity_fact"))).scalar()
    t=time.perf_counter()
    for _ in range(20): a = await run("pipeline_by_stage")
    print("pipeline_by_stage with", n, (time.perf_counter()-t)/20*1000, "ms", a.totals)
    values = {x.name: x.value for x in a.result.parameters}
    async with reporting.db.connect() as c:
        print("\n".join((await c.execute(text("EXPLAIN (ANALYZE) "+a.result.sql), values)).scalars()))
