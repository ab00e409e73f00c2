"""crm.identity.v1.PreferenceService."""

from uuid import UUID

from crm.identity.v1 import preference_service_pb2 as pb
from crm.identity.v1 import preferences_pb2

from crm_identity import mappings
from crm_identity.domain.preferences import Preferences
from crm_identity.queries.access_facts import known
from crm_identity.queries.unit_preferences import preferences_of_unit
from crm_identity.rpc.current_user import effective_preferences
from crm_identity.usecases.set_preferences import Level, level_of, set_preferences, words_of
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

preferences = Resource(mappings.preferences, filters=("holder",))


class PreferenceService:
    """How things are shown and written."""

    async def GetPreferences(self, request: pb.GetPreferencesRequest, call: Call) -> preferences_pb2.Preferences:
        async with begin(call) as tx:
            level = await level_of(tx.session, call, request.holder)
            words = await words_of(tx.session, level)
        return _written(level, words)

    async def UpdatePreferences(self, request: pb.UpdatePreferencesRequest, call: Call) -> preferences_pb2.Preferences:
        asked = request.preferences
        values = await preferences.changes(
            call, asked, [path for path in request.update_mask.paths if path != "holder"]
        )
        # An empty text says nothing, as an absent one does.
        said = {name: None if value == "" else value for name, value in values.items() if name != "holder"}
        async with begin(call) as tx:
            level = await level_of(tx.session, call, asked.holder)
            words = await set_preferences(tx, level, said, asked.etag)
            await tx.session.flush()
            return tx.answer_with(_written(level, words))

    async def GetEffectivePreferences(
        self,
        request: pb.GetEffectivePreferencesRequest,  # noqa: ARG002
        call: Call,
    ) -> preferences_pb2.Preferences:
        principal = call.principal
        if principal.kind == "user":
            user_id = UUID(principal.subject)
            found = (await known(call, user_id)).get(user_id)
            if found is not None:
                return effective_preferences(f"user:{user_id}", found.preferences)
        return effective_preferences("", await preferences_of_unit(call, principal.unit_path))


def _written(level: Level, words: Preferences) -> preferences_pb2.Preferences:
    message: preferences_pb2.Preferences = mappings.preferences.write(words)
    if level.user is not None and level.user.language:
        message.language = level.user.language
    return message
