"""Build the hub's web app. The only module that knows every feature."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine

from contracts.clock import Clock
from hub.access import routes as access_routes
from hub.accounts import routes as accounts_routes
from hub.accounts.providers import Provider
from hub.activity import routes as activity_routes
from hub.compliance import routes as compliance_routes
from hub.doors import routes as doors_routes
from hub.doors.feed import ChangeFeed
from hub.recess import routes as recess_routes
from kit.identity import Authenticator
from kit.pages import Link, Pages, serve_assets, show_errors_as_pages
from kit.problems import answer_errors_as_problems
from kit.rates import counter

FEATURES: tuple[APIRouter, ...] = (
    accounts_routes.router,
    access_routes.router,
    doors_routes.router,
    activity_routes.router,
    recess_routes.router,
    compliance_routes.router,
)
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Parts:
    """What the composition root hands to the app."""

    engine: Engine
    clock: Clock
    authenticator: Authenticator
    provider: Provider
    changes: ChangeFeed


def create_app(parts: Parts, menu: Iterable[Link] = ()) -> FastAPI:
    """Wire the features to one database, one clock and one change feed."""
    app = FastAPI(title="Kynnys hub", docs_url=None, redoc_url=None)
    app.state.engine, app.state.clock = parts.engine, parts.clock
    app.state.authenticator, app.state.changes = parts.authenticator, parts.changes
    app.state.provider = parts.provider
    app.state.pages = Pages([HERE], menu)
    app.state.rates = counter()
    answer_errors_as_problems(app)
    show_errors_as_pages(app)
    serve_assets(app)
    for router in FEATURES:
        app.include_router(router)
    return app
