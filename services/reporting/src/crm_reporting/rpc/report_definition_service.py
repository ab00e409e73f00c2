"""crm.reporting.v1.ReportDefinitionService."""

from crm.reporting.v1 import dataset_pb2, report_definition_pb2, report_pb2
from crm.reporting.v1 import report_definition_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.audience import usable
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.ids import parse_id
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_reporting import mappings
from crm_reporting.domain.datasets import DATASETS, Dataset, DatasetField
from crm_reporting.domain.report_definition import ReportDefinition
from crm_reporting.usecases.ask_dataset import may_count, readable_fields
from crm_reporting.usecases.keep_definitions import definitions as kept
from crm_reporting.usecases.run_definition import run_definition

definitions = Resource(
    mappings.report_definition,
    filters=("name", "dataset", "chart", "audience", "owner_id", "unit_path", "create_time", "update_time"),
)


class ReportDefinitionService:
    """Reports of one's own making."""

    async def CreateReportDefinition(
        self, request: pb.CreateReportDefinitionRequest, call: Call
    ) -> report_definition_pb2.ReportDefinition:
        definition = await definitions.read(call, request.report_definition)
        async with begin(call) as tx:
            await kept.add(tx, definition)
        return definitions.write(definition)

    async def GetReportDefinition(
        self, request: pb.GetReportDefinitionRequest, call: Call
    ) -> report_definition_pb2.ReportDefinition:
        key = parse_id(definitions.entity, request.id)
        page = await self._page(pb.ListReportDefinitionsRequest(filter=f'id = "{key}"'), call)
        if not page.report_definitions:
            raise NotFound(resource="report_definition", id=request.id)
        return page.report_definitions[0]

    async def ListReportDefinitions(
        self, request: pb.ListReportDefinitionsRequest, call: Call
    ) -> pb.ListReportDefinitionsResponse:
        return await self._page(request, call)

    async def UpdateReportDefinition(
        self, request: pb.UpdateReportDefinitionRequest, call: Call
    ) -> report_definition_pb2.ReportDefinition:
        message = request.report_definition
        values = await definitions.changes(call, message, request.update_mask.paths)
        async with begin(call) as tx:
            changed = await kept.change(tx, message.id, message.etag, lambda one: definitions.apply(one, values))
        return definitions.write(changed)

    async def DeleteReportDefinition(self, request: pb.DeleteReportDefinitionRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await kept.remove(tx, request.id, request.etag)
        return Empty()

    async def ListDatasets(self, _request: pb.ListDatasetsRequest, call: Call) -> pb.ListDatasetsResponse:
        countable = [dataset for dataset in DATASETS.values() if may_count(call.principal, dataset)]
        return pb.ListDatasetsResponse(datasets=[_described(dataset, call) for dataset in countable])

    async def RunReportDefinition(self, request: pb.RunReportDefinitionRequest, call: Call) -> report_pb2.ReportResult:
        return await run_definition(request, call)

    async def _page(self, request: pb.ListReportDefinitionsRequest, call: Call) -> pb.ListReportDefinitionsResponse:
        mine = usable(call.principal, ReportDefinition.__table__.c)
        page: pb.ListReportDefinitionsResponse = await definitions.page(
            request, call, mine, parent=call.principal.subject
        )
        return page


def _described(dataset: Dataset, call: Call) -> dataset_pb2.Dataset:
    return dataset_pb2.Dataset(
        name=dataset.name,
        label=dataset.label.in_language(call.language),
        resource=dataset.resource,
        fields=[_field(field, call.language) for field in readable_fields(call.principal, dataset)],
        sources=dataset.services,
        usual_rows=dataset.usual_rows,
        usual_columns=dataset.usual_columns,
        usual_measures=dataset.usual_measures,
    )


def _field(field: DatasetField, language: str) -> dataset_pb2.DatasetField:
    values = (field.values or {}).items()
    return dataset_pb2.DatasetField(
        name=field.name,
        label=field.label.in_language(language),
        type=field.kind,
        groups=field.groups,
        grains=field.grains,
        aggregates=field.aggregates,
        values=[dataset_pb2.DatasetValue(code=code, label=words.in_language(language)) for code, words in values],
        reference=field.reference.resource if field.reference else "",
    )
