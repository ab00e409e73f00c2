"""crm.sales.v1.PipelineService."""

from crm.sales.v1 import pipeline_pb2
from crm.sales.v1 import pipeline_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.mapping import stored
from crm_kit.tx import begin
from crm_sales import mappings, queries
from crm_sales.domain.pipeline import Pipeline, pipeline_version
from crm_sales.mappings import pipelines
from crm_sales.usecases.keep_pipeline import add_pipeline, edit_pipeline, remove_pipeline
from crm_sales.usecases.replace_stages import replace_stages


class PipelineService:
    """Ways of selling, with their stages."""

    GetPipeline = pipelines.get
    ListPipelines = pipelines.list

    async def CreatePipeline(self, request: pb.CreatePipelineRequest, call: Call) -> pipeline_pb2.Pipeline:
        pipeline = await pipelines.read(call, request.pipeline)
        async with begin(call) as tx:
            await add_pipeline(tx, pipeline)
        return pipelines.write(pipeline)

    async def UpdatePipeline(self, request: pb.UpdatePipelineRequest, call: Call) -> pipeline_pb2.Pipeline:
        values = await pipelines.changes(call, request.pipeline, request.update_mask.paths)
        async with begin(call) as tx:
            pipeline = await tx.load(Pipeline, request.pipeline.id, etag=request.pipeline.etag)
            await edit_pipeline(tx, pipeline, values)
        return pipelines.write(pipeline)

    async def DeletePipeline(self, request: pb.DeletePipelineRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await remove_pipeline(tx, await tx.load(Pipeline, request.id, etag=request.etag))
        return Empty()

    async def ReplaceStages(self, request: pb.ReplaceStagesRequest, call: Call) -> pipeline_pb2.Pipeline:
        if not request.stages:
            raise InvalidArgument.of("stages", "REQUIRED", "Give the stages in order.", "请按顺序填写阶段。")
        stages = [stored(stage) for stage in request.stages]
        async with begin(call) as tx:
            pipeline = await replace_stages(tx, request.id, stages, dict(request.stage_map), etag=request.etag)
        return pipelines.write(pipeline)

    async def ListPipelineVersions(
        self, request: pb.ListPipelineVersionsRequest, call: Call
    ) -> pb.ListPipelineVersionsResponse:
        pipeline = await pipelines.find(call, request.pipeline_id)
        belongs = pipeline_version.c.pipeline_id == pipeline.id
        rows, token = await queries.page_of(
            call, pipeline_version, queries.VERSION_FIELDS, belongs, pipeline.id, request
        )
        return pb.ListPipelineVersionsResponse(
            versions=[mappings.pipeline_version(row) for row in rows], next_page_token=token
        )
