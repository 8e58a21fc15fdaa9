"""The nodes of a box: their broker accounts, their settings files, their processes."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hub.box.ground import Ground
from hub.box.yard import SimulatedYard
from hub.children import Child, write_settings


def start_edges(stack: ExitStack, ground: Ground, hub_key: str) -> dict[str, Child]:
    """Start every door node; each trusts the hub of this public key, in hex."""
    edges = {}
    for node in (n["id"] for n in ground.site["node"] if n["kind"] == "door"):
        file = ground.folder / "edges" / f"{node}.toml"
        told = _edge(ground.folder, node, ground.site, ground.ready)
        write_settings(
            file, told | {"hub_key": hub_key, "broker": _login(ground, node)}
        )
        arguments = ["edge", "run", "--config", str(file)]
        edges[node] = Child(node, arguments, ground.folder / "logs")
        stack.callback(edges[node].end)
    return edges


def start_eyes(stack: ExitStack, ground: Ground, hub_key: str) -> None:
    """Start every sensing node; each obeys the permits of the hub of this key."""
    for node in (n["id"] for n in ground.site["node"] if n["kind"] == "sensing"):
        told = {
            "site": ground.site["site"]["id"],
            "node": node,
            "data": str(ground.folder / "edges" / node),
            "clock": f"simulated:{ground.ready['clock']}",
            "hub_key": hub_key,
            "broker": _login(ground, node),
        }
        yard = SimulatedYard(ground.folder, node, told, ground.film)
        ground.ears.append(yard.hear)
        yard.start()
        stack.callback(yard.end)


def _login(ground: Ground, node: str) -> dict[str, Any]:
    login = ground.logins[node]
    return {
        "host": "127.0.0.1",
        "port": ground.ready["broker"],
        "username": login.name,
        "password": login.password,
    }


def _edge(
    folder: Path, node: str, site: dict[str, Any], ready: dict[str, Any]
) -> dict[str, Any]:
    """Return the settings of one edge of the simulated building."""
    keys = json.loads(Path(ready["keys"]).read_text())
    doors: dict[str, list[dict[str, Any]]] = {}
    for door in site["door"]:
        if door["node"] == node:
            doors.setdefault(door["line"], []).append(_door(door, keys))
    return {
        "site": site["site"]["id"],
        "node": node,
        "data": str(folder / "edges" / node),
        "clock": f"simulated:{ready['clock']}",
        "lines": [
            {
                "name": line["id"],
                "port": ready["lines"][f"{node}/{line['id']}"],
                "baud": line["baud"],
                "doors": doors[line["id"]],
            }
            for line in site["line"]
            if line["node"] == node
        ],
    }


_KEPT = (
    *("address", "held_open_s", "egress_sensed"),
    *("key_sensed", "fire_door", "outer_door"),
)


def _door(door: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    name = door["id"]
    told = {
        "name": name,
        "scbk": keys[name],
        "position": 0,
        "rex": 1,
        "release_s": door["pulse_ms"] / 1000,
    } | {key: door[key] for key in _KEPT}
    if "io_address" in door:
        told["io"] = {"address": door["io_address"], "scbk": keys[f"{name}/io"]}
    return told
