"""Finnish, Swedish and English: which one a page speaks, and its words.

Message ids are the English texts; each package that has pages keeps its catalogues at
`locale/{fi,sv}.po`. They are read at the start, so nothing needs compiling.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.pofile import read_po
from fastapi import Request

LANGUAGES = ("fi", "sv", "en")
DEFAULT = "fi"
COOKIE = "language"


class Catalogue:
    """The texts of every mounted package, by language."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._texts: dict[str, dict[str, str]] = {
            language: {} for language in LANGUAGES
        }
        for folder in folders:
            for language in ("fi", "sv"):
                self._texts[language].update(_read(folder / f"{language}.po"))

    def text(self, language: str, message: str) -> str:
        """Return a text; an unknown one is shown in English rather than hidden."""
        return self._texts[language].get(message, message)

    def missing(self, messages: Iterable[str]) -> Mapping[str, list[str]]:
        """Return, for each translated language, the messages it has no text for."""
        wanted = sorted(set(messages))
        return {
            language: [m for m in wanted if m not in self._texts[language]]
            for language in ("fi", "sv")
        }


def _read(file: Path) -> dict[str, str]:
    with file.open("rb") as stream:
        return {
            str(entry.id): str(entry.string)
            for entry in read_po(stream)
            if entry.id and entry.string
        }


def language_of(request: Request) -> str:
    """Choose by `?lang=`, then the cookie, then what the browser asks for, then Finnish."""
    asked = [request.query_params.get("lang"), request.cookies.get(COOKIE)]
    header = request.headers.get("accept-language", "")
    asked += [part.split(";")[0].strip()[:2].lower() for part in header.split(",")]
    return next((tag for tag in asked if tag in LANGUAGES), DEFAULT)
