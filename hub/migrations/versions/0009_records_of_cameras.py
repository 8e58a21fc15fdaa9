"""records of cameras, the photo of their sign, gyms switched on, and permits

The database refuses to call a record whole in which a part is missing, and to alter or
remove what is said of who changed it.
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

WHOLE = (
    "NOT is_whole OR (controller <> '' AND processor <> '' AND legal_basis <> ''"
    " AND dpia_by <> '' AND sign_sha256 <> '' AND dpia_on IS NOT NULL"
    " AND co_determination_on IS NOT NULL AND guardians_on IS NOT NULL"
    " AND pupils_on IS NOT NULL AND withdrawn_ms IS NULL)"
)
KEY = ['site', 'camera'], ['camera_record.site', 'camera_record.camera']


def upgrade() -> None:
    op.create_table('camera_record',
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('camera', sa.String(), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('controller', sa.String(), nullable=False),
    sa.Column('processor', sa.String(), nullable=False),
    sa.Column('legal_basis', sa.String(), nullable=False),
    sa.Column('dpia_by', sa.String(), nullable=False),
    sa.Column('dpia_on', sa.Date(), nullable=True),
    sa.Column('co_determination_on', sa.Date(), nullable=True),
    sa.Column('guardians_on', sa.Date(), nullable=True),
    sa.Column('pupils_on', sa.Date(), nullable=True),
    sa.Column('sign_sha256', sa.String(), nullable=False),
    sa.Column('withdrawn_ms', sa.BigInteger(), nullable=True),
    sa.Column('withdrawn_why', sa.String(), nullable=False),
    sa.Column('is_whole', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind IN ('yard', 'gym')", name='camera_record_kind'),
    sa.CheckConstraint(WHOLE, name='camera_record_whole'),
    sa.CheckConstraint("(withdrawn_ms IS NULL) = (withdrawn_why = '')", name='camera_record_withdrawn'),
    sa.ForeignKeyConstraint(['site'], ['site.id'], ),
    sa.PrimaryKeyConstraint('site', 'camera')
    )
    op.create_table('camera_sign',
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('camera', sa.String(), nullable=False),
    sa.Column('photo', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('length(photo) BETWEEN 1 AND 1048576', name='camera_sign_size'),
    sa.ForeignKeyConstraint(*KEY),
    sa.PrimaryKeyConstraint('site', 'camera')
    )
    op.create_table('camera_switched_on',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('camera', sa.String(), nullable=False),
    sa.Column('from_ms', sa.BigInteger(), nullable=False),
    sa.Column('until_ms', sa.BigInteger(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.CheckConstraint('from_ms <= until_ms', name='camera_switched_on_order'),
    sa.ForeignKeyConstraint(*KEY),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('camera_record_change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('camera', sa.String(), nullable=False),
    sa.Column('at_ms', sa.BigInteger(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('what', sa.String(40), nullable=False),
    sa.Column('about', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(*KEY),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('camera_permit',
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('node', sa.String(), nullable=False),
    sa.Column('camera', sa.String(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('issued_ms', sa.BigInteger(), nullable=False),
    sa.Column('spans', sa.JSON(), nullable=False),
    sa.Column('periods', sa.JSON(), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('sent', sa.Boolean(), nullable=False),
    sa.Column('until_ms', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['site'], ['site.id'], ),
    sa.PrimaryKeyConstraint('site', 'node', 'camera')
    )
    op.create_table('camera_word',
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('camera', sa.String(), nullable=False),
    sa.Column('node', sa.String(), nullable=False),
    sa.Column('is_permitted', sa.Boolean(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('at_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('site', 'camera')
    )
    op.create_table('camera_refused',
    sa.Column('site', sa.String(), nullable=False),
    sa.Column('camera', sa.String(), nullable=False),
    sa.Column('node', sa.String(), nullable=False),
    sa.Column('events', sa.BigInteger(), nullable=False),
    sa.Column('last_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('site', 'camera')
    )
    _keep_changes()


def _keep_changes() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for what in ('UPDATE', 'DELETE'):
            op.execute(
                f"CREATE TRIGGER camera_record_change_{what.lower()} BEFORE {what}"
                " ON camera_record_change BEGIN"
                " SELECT RAISE(ABORT, 'a change of a record is never altered'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION camera_record_change_stays() RETURNS trigger AS $$ BEGIN"
        " RAISE EXCEPTION 'a change of a record is never altered'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        "CREATE TRIGGER camera_record_change_stays BEFORE UPDATE OR DELETE"
        " ON camera_record_change FOR EACH ROW"
        " EXECUTE FUNCTION camera_record_change_stays()"
    )


def downgrade() -> None:
    for table in ('refused', 'word', 'permit', 'record_change', 'switched_on', 'sign', 'record'):
        op.drop_table(f'camera_{table}')
    if op.get_bind().dialect.name != 'sqlite':
        op.execute('DROP FUNCTION camera_record_change_stays()')
