"""Run by Alembic: works on the connection that `hub.migrations` hands over."""

from typing import Literal

from alembic import context
from sqlalchemy import TypeDecorator
from sqlmodel.sql.sqltypes import AutoString


def _render(kind: str, item: object, _: object) -> str | Literal[False]:
    # A version must stay readable when the models have moved on: only plain types.
    if kind != "type":
        return False
    if isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    render_item=_render,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
