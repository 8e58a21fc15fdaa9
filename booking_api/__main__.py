"""Run the booking service alone: `serve` or `migrate`, settings in a TOML file."""

import argparse
import os
from pathlib import Path

import httpx
import uvicorn

from booking_api.app import create_app
from booking_api.migrations import migrate
from booking_api.settings import Settings
from contracts.clock import open_clock
from kit.db import open_database
from kit.identity import HubAuthenticator


def main() -> None:
    """Read the settings and do what was asked."""
    parser = argparse.ArgumentParser(prog="booking_api", description=__doc__)
    parser.add_argument("command", choices=["serve", "migrate"])
    parser.add_argument("--settings", type=Path, default=None)
    asked = parser.parse_args()
    settings = Settings.load(asked.settings, os.environ)
    engine = open_database(settings.database)
    migrate(engine)
    if asked.command == "migrate":
        print("The database is up to date.")
        return
    with httpx.Client(base_url=settings.hub_url, timeout=5) as hub:
        app = create_app(
            engine=engine,
            clock=open_clock(settings.clock),
            authenticator=HubAuthenticator(hub),
        )
        uvicorn.run(app, host=settings.host, port=settings.port)


if __name__ == "__main__":
    main()
