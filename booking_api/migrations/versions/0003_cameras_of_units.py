"""Which camera may count people in what a unit reserves."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "reservation_unit",
        sa.Column("camera", sa.String(120), nullable=False, server_default=""),
    )
