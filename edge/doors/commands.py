"""Which commands from the hub may be carried out. Pure: the moment is handed in.

A command is signed, names this node and this boot, and dies at most ten seconds after it
was made. One that comes twice is carried out once and answered twice.
"""

from collections import OrderedDict
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.clock import to_ms
from contracts.messages import Command, MessageError, Reply
from contracts.signing import SignatureError, verify

LONGEST_LIFE_MS = 10_000
_REMEMBERED = 1000


class CommandGate:
    """Lets a command through once."""

    def __init__(self, node: str, hub_key: Ed25519PublicKey | None) -> None:
        self._node, self._key = node, hub_key
        self._answers: OrderedDict[str, Reply | None] = OrderedDict()

    def check(
        self, payload: bytes, name: str, boot: str, now: datetime
    ) -> Command | Reply | None:
        """Judge a command that arrived under the id `name`.

        Returns:
            The command to carry out now; or the reply that refuses or repeats; or
            nothing, while the first copy is being carried out.
        """
        if self._key is None:
            return Reply(name, done=False, why="this node trusts no hub key")
        try:
            command: Command = verify(payload, Command, self._key)
        except (MessageError, SignatureError) as error:
            return Reply(name, done=False, why=str(error))
        if command.id == name and name in self._answers:
            return self._answers[name]
        why = self._refusal(command, name, boot, to_ms(now))
        if why:
            return Reply(name, done=False, why=why)
        self._answers[name] = None
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)
        return command

    def answered(self, reply: Reply) -> None:
        """Remember what became of a command, for its duplicates."""
        self._answers[reply.id] = reply

    def _refusal(self, command: Command, name: str, boot: str, now_ms: int) -> str:
        life_ms = command.expires_ms - now_ms
        for is_so, why in (
            (command.id != name, "its topic names another command"),
            (command.node != self._node, "for another node"),
            (command.boot != boot, "for an earlier start of this node"),
            (life_ms <= 0, "expired"),
            (life_ms > LONGEST_LIFE_MS, "expires too late"),
        ):
            if is_so:
                return why
        return ""
