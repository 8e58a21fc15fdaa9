"""The topics on the bus, in one table: name, message, retained.

Read this file to know everything that the processes say to each other. `docs/bus.md` is
made from it: `python -m contracts.topics > docs/bus.md`.
"""

import re
from dataclasses import dataclass
from typing import get_type_hints

from msgspec import Struct

from contracts import messages as m
from contracts.permits import Period, Permit
from contracts.views import CameraView


@dataclass(frozen=True)
class Topic:
    """One kind of message and the family of topic names that carries it."""

    pattern: str
    message: type[Struct]
    retained: bool
    sender: str
    purpose: str

    @property
    def filter(self) -> str:
        """The MQTT topic filter that matches every name of this family."""
        return re.sub(r"{\w+}", "+", self.pattern)

    def name(self, **ids: str) -> str:
        """Fill the pattern: `EVENTS.name(site="haapaniemi", node="edge-1")`.

        Raises:
            ValueError: An id holds a character that a topic level cannot.
        """
        for key, value in ids.items():
            if not re.fullmatch(r"[A-Za-z0-9_.-]+", value):
                raise ValueError(f"{key} {value!r} cannot be a topic level")
        return self.pattern.format(**ids)

    def ids(self, name: str) -> dict[str, str]:
        """Read the ids back out of a topic name.

        Raises:
            ValueError: The name is not of this family.
        """
        match = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.pattern), name)
        if match is None:
            raise ValueError(f"{name!r} is not of the form {self.pattern!r}")
        return match.groupdict()


_NODE = "kynnys/v1/{site}/{node}/"
# fmt: off
STATUS     = Topic(_NODE + "status", m.Status, True, "node", "there or gone; the broker's last will")
BIRTH      = Topic(_NODE + "birth", m.Birth, True, "node", "what the node is and drives")
DOOR_STATE = Topic(_NODE + "state/{door}", m.DoorStateMessage, True, "node", "what a door is now")
HEALTH     = Topic(_NODE + "health", m.Health, True, "node", "queue, disk, clock, temperature")
EVENTS     = Topic(_NODE + "ev", m.Envelope, False, "node", "what happened, in batches")
GRID       = Topic(_NODE + "grid", m.Envelope, False, "node", "heat cells of a quarter hour, in the same chain")
GRANTS     = Topic(_NODE + "grants", m.Signed, True, "hub", "every grant of the edge, signed `Manifest`")
GRANTS_ACK = Topic(_NODE + "grants/ack", m.GrantsAck, True, "node", "which manifest is in force")
PERMIT     = Topic(_NODE + "permit/{camera}", m.Signed, True, "hub", "when a camera may be opened, a signed `Permit`")
COMMAND    = Topic(_NODE + "cmd/{command}", m.Signed, False, "hub", "a signed `Command`")
REPLY      = Topic(_NODE + "reply/{command}", m.Reply, False, "node", "what became of a command")
ACK        = Topic(_NODE + "ack", m.Ack, True, "hub", "events up to here are committed")
# fmt: on
ALL = (
    STATUS,
    BIRTH,
    DOOR_STATE,
    HEALTH,
    EVENTS,
    GRID,
    GRANTS,
    GRANTS_ACK,
    PERMIT,
    COMMAND,
    REPLY,
    ACK,
)  # fmt: skip


def as_markdown() -> str:
    """Return the table of topics and the fields of their messages as Markdown."""
    lines = [
        "# The bus",
        "",
        "Made by `python -m contracts.topics`; do not edit. MQTT 3.1.1, QoS 1.",
        "",
        "| topic | message | retained | sender | purpose |",
        "|---|---|---|---|---|",
    ]
    for topic in ALL:
        kept = "yes" if topic.retained else "no"
        name = topic.message.__name__
        lines.append(
            f"| `{topic.pattern}` | {name} | {kept} | {topic.sender} | {topic.purpose} |"
        )
    kinds: list[type[Struct]] = [*dict.fromkeys(t.message for t in ALL)]
    kinds += [
        m.Event,
        *m.EventValue.__args__,
        CameraView,
        m.Manifest,
        m.Grant,
        m.DoorWindow,
        m.Command,
        Permit,
        Period,
    ]
    for kind in kinds:
        summary = (kind.__doc__ or "").splitlines()[0]
        lines += [
            "",
            f"## {kind.__name__}",
            "",
            summary,
            "",
            "| field | type |",
            "|---|---|",
        ]
        for field, annotation in get_type_hints(kind).items():
            shown = (
                getattr(annotation, "__name__", None)
                if isinstance(annotation, type)
                else None
            )
            text = (
                (shown or str(annotation))
                .replace("contracts.messages.", "")
                .replace("contracts.views.", "")
                .replace("contracts.permits.", "")
                .replace("|", "or")
            )
            lines.append(f"| {field} | {text} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")  # noqa: T201
