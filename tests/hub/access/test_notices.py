from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from contracts.messages import GrantsAck
from contracts.signing import body_digest
from hub.access import manifests, notices
from hub.access.models import Grant
from hub.messages.models import Message
from hub.messages.rules import Guards
from tests.hub.access.conftest import SITE, Town


def by_text(town: Town, guards: Guards) -> Callable[[Session, Grant], None]:
    send = notices.text_messages(guards, now=town.now)

    def tell(session: Session, grant: Grant) -> None:
        notices.tell_holders(session, grant, send)

    return tell


def ack(town: Town, node: str, guards: Guards) -> None:
    digest = body_digest(town.payload(node))
    message = GrantsAck(town.manifest(node).epoch, digest, 1)
    ids = {"site": SITE, "node": node}
    manifests.record_ack(town.session, ids, message, tell=by_text(town, guards))


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("aino", "Haapaniemen koulu, Liikuntasali, ovi A"),
        ("johan", "Haapaniemi skola, Gymnastiksal, dörr A"),
        ("emily", "Haapaniemi school, Gym hall, door A"),
    ],
)
def test_the_code_is_queued_in_the_holders_language(
    town: Town, person: str, words: str
) -> None:
    grant = town.take(holders=[person])
    code = town.code(grant)
    town.publish()

    ack(town, "edge-1", Guards(b"g" * 32))
    assert town.session.exec(select(Message)).all() == []
    ack(town, "edge-2", Guards(b"g" * 32))

    (message,) = town.session.exec(select(Message)).all()
    assert message.text is not None
    assert f"{code[:4]} {code[4:]}#" in message.text
    assert words in message.text
    assert "16.45-19.05" in message.text.replace("16:45-19:05", "16.45-19.05")
    assert message.valid_until == grant.until_at


def test_a_refused_message_leaves_the_holder_untold(town: Town) -> None:
    grant = town.take()
    town.publish()

    for node in ("edge-1", "edge-2"):
        ack(town, node, Guards(b"g" * 32, per_hour=0))

    assert [h.told_revision for h in town.holders(grant)] == [None]
