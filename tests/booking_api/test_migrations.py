from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect

from booking_api.migrations import migrate
from booking_api.reservations import models
from booking_api.units.models import BookingTable

assert models.Reservation.__tablename__ in BookingTable.metadata.tables


def test_the_migrations_make_the_tables_of_the_models(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, BookingTable.metadata) == []


def test_the_check_constraints_are_those_of_the_models(engine: Engine) -> None:
    inspector = inspect(engine)
    for table in BookingTable.metadata.sorted_tables:
        made = {c["name"] for c in inspector.get_check_constraints(table.name)}
        wanted = {
            str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)
        }
        assert made == wanted


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    assert inspect(engine).has_table("space_claim")
