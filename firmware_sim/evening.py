"""One evening at the school gym, lived by a simulated person.

    python -m firmware_sim.evening --pages URL --world URL

Uses only what people use (web forms, keypad, phone, leaf) and judges only by what they see
(relay and leaf in the world, text messages, pages). It knows nothing of the product: what
it finds on a page it finds as a reader would. Exit status 0 only if every step held.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware_sim.person import Browser, StepFailedError, World, until


@dataclass
class Evening:
    """What the person knows on the way."""

    resident: Browser
    staff: Browser
    world: World
    code: str = ""

    def signs_in_staff(self) -> None:
        """Emily signs in; every door is shown."""
        self.staff.open("/account?next=/doors")
        self.staff.open(self.staff.link("Kirjaudu"))
        self.staff.form("/sign-in/demo", persona="facility-staff")
        until(lambda: len(self._doors()) == 10, "ten doors on the monitor page")
        until(
            lambda: set(self._doors().values()) == {"locked and closed"},
            "every door locked and closed",
        )

    def finds_and_books(self) -> None:
        """Aino finds the gym free at 18, signs in, confirms."""
        browser = self.resident
        browser.open("/spaces/?purpose=ball+games&after=18.00&before=19.00&length=60")
        browser.open(
            browser.link("18.00\N{EN DASH}19.00", "Haapaniemen koulu, Liikuntasali")
        )
        browser.open(browser.link("Kirjaudu"))
        browser.form("/sign-in/demo", persona="resident")
        page = browser.form("/reserve", persons="12")
        if "vahvistettu" not in page:
            raise StepFailedError("the reservation is not confirmed")

    def gets_the_code(self) -> None:
        """The message comes in Finnish, with code, door, way and window."""
        text = str(self.world.see(0, event="sms")["text"])
        found = re.search(r"\b(\d{4}) (\d{4})#", text)
        if not found or "Ovikoodisi" not in text or "17.45" not in text:
            raise StepFailedError("the message lacks the code, the door or the window")
        self.code = found[1] + found[2]

    def is_too_early(self) -> None:
        """At 17.44 the door stays locked."""
        self.world.do("clock", to="17:44")
        mark = self.world.mark()
        self.world.do("press", door="A", keys=f"{self.code}#")
        self._page_says("liian aikaisin")
        if self.world.saw(mark, event="relay", door="A", on=True):
            raise StepFailedError("the relay pulsed too early")

    def enters(self) -> None:
        """At 17.45 the relay pulses, the leaf opens, the page shows it."""
        self.world.do("clock", to="17:45")
        mark = self.world.mark()
        self.world.do("press", door="A", keys=f"{self.code}#")
        self.world.see(mark, event="relay", door="A", on=True)
        self.world.do("pull", door="A")
        until(lambda: self._doors()["A"] == "open", "door A open on the page")
        self.world.do("close", door="A")
        until(
            lambda: self._doors()["A"] in ("locked and closed", "unlocked"),
            "door A closed on the page",
        )

    def tries_another_door(self) -> None:
        """The same code at the main entrance is refused."""
        mark = self.world.mark()
        self.world.do("press", door="C", keys=f"{self.code}#")
        self._page_says("koodi on toiselle ovelle", "tuntematon koodi")
        if self.world.saw(mark, event="relay", door="C", on=True):
            raise StepFailedError("another door opened")

    def props_the_door(self) -> None:
        """A propped door raises the held-open alarm, which clears."""
        mark = self.world.mark()
        self.world.do("press", door="A", keys=f"{self.code}#")
        self.world.see(mark, event="relay", door="A", on=True)
        self.world.do("pull", door="A")
        self.world.do("prop", door="A")
        until(lambda: self._doors()["A"] == "open", "door A open on the page")
        self.world.do("clock", advance_s=70)
        until(lambda: self._doors()["A"] == "held open", "the held-open alarm")
        self.world.do("release", door="A")
        self.world.do("close", door="A")
        until(lambda: self._doors()["A"] == "locked and closed", "door A closed again")

    def enters_without_network(self) -> None:
        """With the broker stopped the code opens; afterwards each event is told once."""
        self.world.do("broker", state="stop")
        mark = self.world.mark()
        self.world.do("press", door="A", keys=f"{self.code}#")
        self.world.see(mark, event="relay", door="A", on=True)
        before = self._granted()
        self.world.do("broker", state="start")
        until(lambda: self._granted() == before + 1, "the event, once", within_s=40)
        seqs = [int(s) for s in re.findall(r'data-seq="edge-1/(\d+)"', self.staff.page)]
        if seqs != sorted(set(seqs), reverse=True):
            raise StepFailedError(f"events came twice or out of order: {seqs}")

    def _doors(self) -> dict[str, str]:
        page = self.staff.open("/doors")
        return dict(re.findall(r'data-door="([^"]+)" data-state="([^"]+)"', page))

    def _granted(self) -> int:
        return self.staff.open("/doors").count("pääsy sallittu")

    def _page_says(self, *words: str) -> None:
        until(
            lambda: any(word in self.staff.open("/doors") for word in words),
            f"{words} on the monitor page",
        )


def run(pages: str, world: str) -> bool:
    """Live the evening; print each step with its time; tell whether all of it held."""
    evening = Evening(Browser(pages), Browser(pages), World(world))
    steps: Sequence[Callable[[], None]] = (
        evening.signs_in_staff,
        evening.finds_and_books,
        evening.gets_the_code,
        evening.is_too_early,
        evening.enters,
        evening.tries_another_door,
        evening.props_the_door,
        evening.enters_without_network,
    )
    begun = time.monotonic()
    for step in steps:
        start = time.monotonic()
        said = (step.__doc__ or "").strip()
        try:
            step()
        except StepFailedError as error:
            print(f"FAILED  {said} -- {error}", flush=True)
            return False
        print(f"{time.monotonic() - start:5.1f} s  {said}", flush=True)
    print(f"{time.monotonic() - begun:5.1f} s  in all: the evening held.", flush=True)
    return True


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="firmware_sim.evening", description=__doc__)
    parser.add_argument("--pages", required=True, help="address of the hub")
    parser.add_argument("--world", required=True, help="address of the world's page")
    options = parser.parse_args(argv)
    return 0 if run(options.pages, options.world) else 1


if __name__ == "__main__":
    sys.exit(main())
