from collections.abc import Iterator

import pytest
from sqlmodel import Session, SQLModel

from hub.accounts import models
from kit.db import open_database


@pytest.fixture
def session() -> Iterator[Session]:
    tables = (models.Person, models.SignIn, models.PendingSignIn)
    engine = open_database("sqlite://")
    SQLModel.metadata.create_all(
        engine, tables=[SQLModel.metadata.tables[str(t.__tablename__)] for t in tables]
    )
    with Session(engine) as session:
        yield session
    engine.dispose()
