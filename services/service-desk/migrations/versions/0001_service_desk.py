"""Tickets with their histories, calendars, SLA policies and ratings; the default calendar and policy."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_kit.migrations import record_facts, secure_rows

revision = "service_desk_0001"
down_revision = None
branch_labels = ("crm_service_desk",)
depends_on = "kit_0003"


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("weekly", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("overrides", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
    )
    op.create_index(
        "uq_calendar_is_default", "calendar", ["is_default"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.create_table(
        "ticket",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("resolution_code", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.Column("hold_until_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_of_id", sa.Uuid(), nullable=True),
        sa.Column("sla_policy_id", sa.Uuid(), nullable=True),
        sa.Column("calendar_id", sa.Uuid(), nullable=True),
        sa.Column("first_response_due_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_response_due_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_due_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clocks", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("sla_breached", sa.Boolean(), nullable=False),
        sa.Column("sla_check_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_response_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reply_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_customer_message_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolver_id", sa.Uuid(), nullable=True),
        sa.Column("close_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("search_grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index(
        "ix_ticket_calendar_id", "ticket", ["calendar_id"], unique=False, postgresql_where=sa.text("close_time IS NULL")
    )
    op.create_index("ix_ticket_customer_id", "ticket", ["customer_id", "create_time"], unique=False)
    op.create_index(
        "ix_ticket_follow_up_of_id",
        "ticket",
        ["follow_up_of_id"],
        unique=False,
        postgresql_where=sa.text("follow_up_of_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_queue",
        "ticket",
        ["owner_id", "resolution_due_time"],
        unique=False,
        postgresql_where=sa.text("close_time IS NULL"),
    )
    op.create_index(
        "ix_ticket_scope",
        "ticket",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("ix_ticket_search_grams", "ticket", ["search_grams"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_ticket_search_text",
        "ticket",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_ticket_sla_check_time",
        "ticket",
        ["sla_check_time"],
        unique=False,
        postgresql_where=sa.text("sla_check_time IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_sla_policy_id",
        "ticket",
        ["sla_policy_id"],
        unique=False,
        postgresql_where=sa.text("close_time IS NULL"),
    )
    op.create_table(
        "article",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("occur_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_article_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    op.create_index(
        "ix_article_external_id",
        "article",
        ["external_id", "ticket_id"],
        unique=True,
        postgresql_where=sa.text("external_id <> ''"),
    )
    op.create_index(
        "ix_article_ticket_id",
        "article",
        ["ticket_id", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "calendar_revision",
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("weekly", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("overrides", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendar.id"], name=op.f("fk_calendar_revision_calendar_id_calendar")
        ),
        sa.PrimaryKeyConstraint("calendar_id", "revision", name=op.f("pk_calendar_revision")),
    )
    op.create_table(
        "sla_policy",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), nullable=True),
        sa.Column("targets", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("pause_states", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("close_after_minutes", sa.Integer(), nullable=False),
        sa.Column("reopen_days", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar.id"], name=op.f("fk_sla_policy_calendar_id_calendar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policy")),
    )
    op.create_index(
        "uq_sla_policy_is_default", "sla_policy", ["is_default"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.create_table(
        "survey_answer",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("answer_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("unit_path", sa.Text(collation="C"), nullable=False),
        sa.Column("pending_operation_id", sa.Uuid(), nullable=True),
        sa.Column("custom_fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_survey_answer_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answer")),
    )
    op.create_index("ix_survey_answer_agent_id", "survey_answer", ["agent_id", "answer_time"], unique=False)
    op.create_index(
        "ix_survey_answer_scope",
        "survey_answer",
        ["unit_path", sa.literal_column("create_time DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_include=["owner_id"],
        postgresql_where=sa.text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
    op.create_index("uq_survey_answer_ticket_id", "survey_answer", ["ticket_id"], unique=True)
    op.create_table(
        "ticket_moment",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("targets", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("pause_states", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("policy_id", sa.Uuid(), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("calendar_id", sa.Uuid(), nullable=True),
        sa.Column("calendar_revision", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["calendar_id", "calendar_revision"],
            ["calendar_revision.calendar_id", "calendar_revision.revision"],
            name="fk_ticket_moment_calendar_revision",
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_moment_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "position", name=op.f("pk_ticket_moment")),
    )
    record_facts("calendar", "sla_policy", "ticket", "article", "survey_answer")
    secure_rows("ticket", "survey_answer")
    seed()


def seed() -> None:
    """There is always exactly one default calendar and one default policy, from the first day on."""
    op.execute(DEFAULT_CALENDAR)
    op.execute(DEFAULT_POLICY)


DEFAULT_CALENDAR = """
    WITH made AS (
        INSERT INTO calendar (id, version, event_seq, unit_path, custom_fields, create_time, update_time,
                              name, time_zone, weekly, overrides, is_default, revision)
        SELECT uuidv7(), 1, 0, '', '{}', now(), now(), '标准工作时间 Standard hours', 'Asia/Shanghai',
               (SELECT jsonb_agg(jsonb_build_object('weekday', weekday, 'start', opening, 'end', closing)
                                 ORDER BY day, opening)
                FROM (VALUES (1, 'MONDAY'), (2, 'TUESDAY'), (3, 'WEDNESDAY'), (4, 'THURSDAY'), (5, 'FRIDAY'))
                     AS days (day, weekday),
                     (VALUES ('09:00', '12:00'), ('13:00', '18:00')) AS hours (opening, closing)),
               '[]', true, 1
        RETURNING *)
    INSERT INTO calendar_revision (calendar_id, revision, time_zone, weekly, overrides, create_time)
    SELECT id, revision, time_zone, weekly, overrides, create_time FROM made
"""

# Working minutes until the first reply, until each further one, until the solution; a working day has 480.
DEFAULT_POLICY = """
    INSERT INTO sla_policy (id, version, event_seq, unit_path, custom_fields, create_time, update_time,
                            name, position, filter, targets, pause_states, close_after_minutes, reopen_days,
                            is_default, disabled)
    SELECT uuidv7(), 1, 0, '', '{}', now(), now(), '标准服务 Standard service', 1000, '',
           (SELECT jsonb_agg(jsonb_build_object('priority', priority, 'first_response_minutes', first,
                                                'next_response_minutes', next, 'resolution_minutes', resolution))
            FROM (VALUES ('LOW', 240, 480, 2400), ('NORMAL', 120, 240, 960), ('HIGH', 60, 120, 480),
                         ('URGENT', 30, 60, 240)) AS promised (priority, first, next, resolution)),
           '{}', 1440, 7, true, false
"""
