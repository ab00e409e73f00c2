"""Which entity is which message."""

from crm.identity.v1 import unit_pb2, user_pb2

from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_kit.mapping import Mapping

unit = Mapping(Unit, unit_pb2.Unit)
user = Mapping(User, user_pb2.User, hidden=("password",))
