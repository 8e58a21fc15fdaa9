"""The photo of a sign, checked and made anew in a process of its own.

The hub never decodes a picture itself. It hands the bytes to `hub.compliance.reencode`, a program
that gives a JPEG back or says why not.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from typing_extensions import override

from hub.compliance.models import PHOTO_BYTES
from hub.compliance.rules import WrongEntryError
from kit.problems import MalformedRequestError

MOST_BYTES: Final = 8 << 20
_REST_OF_A_FORM: Final = 64 << 10
_WITHIN_S: Final = 30.0
_WHY: Final = {
    3: "The file is not a JPEG or PNG photo.",
    4: "The photo is damaged. Take it again, or send another file.",
    5: "The photo is too large: at most 8 MB and 40 megapixels.",
    6: "The photo is too small to read the sign: at least 64 pixels each way.",
}


class BoundedRoute(APIRoute):
    """Refuses a form before it is read when it is longer than a photo may be."""

    @override
    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            if request.method == "POST":
                length = request.headers.get("content-length", "")
                if not length.isascii() or not length.isdecimal():
                    raise MalformedRequestError("The form does not say its length.")
                if int(length) > MOST_BYTES + _REST_OF_A_FORM:
                    raise MalformedRequestError(_WHY[5])
            answer: Response = await handle(request)
            return answer

        return bounded


def made_anew(photo: bytes) -> bytes:
    """Return a photo as a JPEG without metadata.

    Raises:
        WrongEntryError: It is none, damaged, too large or too small.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "hub.compliance.reencode"],
            input=photo,
            capture_output=True,
            timeout=_WITHIN_S,
            check=False,
            # Nothing of ours: no settings, no passwords.
            env={"PATH": os.environ.get("PATH", "")},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WrongEntryError("photo", _WHY[4]) from error
    if done.returncode or not 0 < len(done.stdout) <= PHOTO_BYTES:
        raise WrongEntryError("photo", _WHY.get(done.returncode, _WHY[4]))
    return done.stdout
