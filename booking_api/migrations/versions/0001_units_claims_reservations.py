"""Units, claims that cannot overlap, reservations and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

OVERLAP = "space_claim_no_overlap"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _units()
    _reservations()
    if op.get_bind().dialect.name == "postgresql":
        _exclude_overlaps()
    else:
        _refuse_overlaps()


def _units() -> None:
    op.create_table(
        "space",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("place_urn", sa.String(200), nullable=False),
        sa.Column("leaf_no", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_space"),
        sa.ForeignKeyConstraint(["parent_id"], ["space.id"], "fk_space_parent_id"),
        sa.UniqueConstraint("leaf_no", name="uq_space_leaf_no"),
    )
    op.create_index("ix_space_parent_id", "space", ["parent_id"])
    op.create_table(
        "reservation_unit",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name_fi", sa.String(200), nullable=False),
        sa.Column("name_sv", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("place_urn", sa.String(200), nullable=False),
        sa.Column("zone", sa.String(50), nullable=False),
        sa.Column("buffer_before_min", sa.Integer, nullable=False),
        sa.Column("buffer_after_min", sa.Integer, nullable=False),
        sa.Column("min_length_min", sa.Integer, nullable=False),
        sa.Column("max_length_min", sa.Integer, nullable=False),
        sa.Column("start_interval_min", sa.Integer, nullable=False),
        sa.Column("notice_min", sa.Integer, nullable=False),
        sa.Column("days_ahead", sa.Integer, nullable=False),
        sa.Column("max_persons", sa.Integer, nullable=False),
        sa.Column("direction_hint", sa.String(40), nullable=False),
        sa.Column("purposes", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reservation_unit"),
    )
    op.create_table(
        "unit_space",
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("space_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("unit_id", "space_id", name="pk_unit_space"),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["reservation_unit.id"], "fk_unit_space_unit_id"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], "fk_unit_space_space_id"),
    )
    op.create_index("ix_unit_space_space_id", "unit_space", ["space_id"])
    op.create_table(
        "opening_hours",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("weekday", sa.Integer),
        sa.Column("day", sa.Date),
        sa.Column("opens_min", sa.Integer, nullable=False),
        sa.Column("closes_min", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_opening_hours"),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["reservation_unit.id"], "fk_opening_hours_unit_id"
        ),
        sa.CheckConstraint(
            "(weekday IS NULL) <> (day IS NULL)", name="ck_opening_hours_one_kind"
        ),
    )
    op.create_index("ix_opening_hours_unit_id", "opening_hours", ["unit_id"])


def _reservations() -> None:
    op.create_table(
        "reservation",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.String(200), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reservation"),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["reservation_unit.id"], "fk_reservation_unit_id"
        ),
    )
    op.create_index("ix_reservation_unit_id", "reservation", ["unit_id"])
    op.create_index("ix_reservation_person_id", "reservation", ["person_id"])
    op.create_table(
        "space_claim",
        sa.Column("owner_id", sa.Uuid, nullable=False),
        sa.Column("leaf_no", sa.Integer, nullable=False),
        sa.Column("starts_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("before_min", sa.Integer, nullable=False),
        sa.Column("after_min", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "leaf_no", name="pk_space_claim"),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["reservation.id"], "fk_space_claim_owner_id"
        ),
        sa.ForeignKeyConstraint(
            ["leaf_no"], ["space.leaf_no"], "fk_space_claim_leaf_no"
        ),
        # An empty range overlaps nothing, so a claim must last.
        sa.CheckConstraint("starts_ms < ends_ms", name="ck_space_claim_lasts"),
        sa.CheckConstraint(
            "before_min >= 0 AND after_min >= 0", name="ck_space_claim_buffers"
        ),
    )
    op.create_index(
        "ix_space_claim_leaf_no_ends_ms", "space_claim", ["leaf_no", "ends_ms"]
    )
    op.create_table(
        "idempotency_key",
        sa.Column("person_id", sa.String(200), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("reservation_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key", name="pk_idempotency_key"),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], "fk_idempotency_key_reservation_id"
        ),
    )
    op.create_table(
        "booking_outbox",
        sa.Column("urn", sa.String(200), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", MOMENT),
        sa.PrimaryKeyConstraint("urn", "revision", name="pk_booking_outbox"),
    )
    op.create_index("ix_booking_outbox_next_try_at", "booking_outbox", ["next_try_at"])


def _exclude_overlaps() -> None:
    # A range of one number needs no extension, where `leaf_no WITH =` needs btree_gist.
    op.execute(
        f"""
        ALTER TABLE space_claim ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist (
            int4range(leaf_no, leaf_no, '[]') WITH &&,
            int8range(starts_ms, ends_ms) WITH &&
        )
        """
    )


def _refuse_overlaps() -> None:
    overlap = """
        SELECT 1 FROM space_claim
        WHERE leaf_no = NEW.leaf_no
        AND ends_ms > NEW.starts_ms AND starts_ms < NEW.ends_ms
    """
    op.execute(
        f"""
        CREATE TRIGGER {OVERLAP} BEFORE INSERT ON space_claim
        WHEN EXISTS ({overlap})
        BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER {OVERLAP}_update BEFORE UPDATE ON space_claim
        WHEN EXISTS ({overlap} AND rowid <> OLD.rowid)
        BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END
        """
    )
