"""crm.identity.v1.TeamService."""

from crm.identity.v1 import team_pb2
from crm.identity.v1 import team_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.team import Team
from crm_identity.usecases.manage_teams import create_team, delete_team, update_team
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

teams = Resource(
    mappings.team, filters=("name", "unit_id", "unit_path", "external_id", "create_time"), search=("name",)
)


class TeamService:
    """Teams."""

    GetTeam = teams.get
    ListTeams = teams.list

    async def CreateTeam(self, request: pb.CreateTeamRequest, call: Call) -> team_pb2.Team:
        team = await teams.read(call, request.team)
        async with begin(call) as tx:
            await create_team(tx, team)
        return teams.write(team)

    async def UpdateTeam(self, request: pb.UpdateTeamRequest, call: Call) -> team_pb2.Team:
        values = await teams.changes(call, request.team, request.update_mask.paths)
        async with begin(call) as tx:
            team = await tx.load(Team, request.team.id, etag=request.team.etag)
            await update_team(tx, team, lambda kept: teams.apply(kept, values))
        return teams.write(team)

    async def DeleteTeam(self, request: pb.DeleteTeamRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_team(tx, request.id, request.etag)
        return Empty()
