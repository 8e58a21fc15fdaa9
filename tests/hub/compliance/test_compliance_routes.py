"""The officer's pages: what is missing, what is refused and why, who may do what."""

import re
from html import unescape
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlmodel import Session, select

from edge.permit import Standing
from hub.compliance import photos, rules
from hub.compliance.models import CameraSign, IssuedPermit, Kind, What
from hub.compliance.rules import Light
from kit.languages import Catalogue
from tests.hub.compliance.conftest import CAMERA, FORM, SITE, Office, photo


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_camera_without_a_record_is_listed_with_all_that_is_missing(
    office: Office,
) -> None:
    page = text(office.page("/cameras"))
    assert "▲ Not whole: the camera does not see" in page
    assert all(part in page for part in rules.PARTS.values())


def test_what_is_filled_in_is_missing_no_more(office: Office) -> None:
    office.send(**(FORM | {"pupils_on": ""}))
    page = text(office.page("/cameras"))
    assert "Pupils informed, on" in page
    assert "Guardians informed, on" not in page
    assert not office.record().is_whole


def test_a_whole_record_says_so_in_a_word_and_a_shape(office: Office) -> None:
    office.complete()
    assert office.record().is_whole
    assert "● The record is whole" in text(office.page("/cameras"))


def test_a_part_that_is_taken_out_again_makes_it_not_whole(office: Office) -> None:
    office.complete()
    office.send(**(FORM | {"dpia_by": "  "}))
    assert not office.record().is_whole


def test_a_withdrawal_needs_a_reason_and_is_shown_with_it(office: Office) -> None:
    office.complete()
    assert "Write why." in text(office.send("/withdraw", 422, why=" "))
    assert office.record().is_whole
    office.send("/withdraw", why="Kyltti on pudonnut")
    assert not office.record().is_whole
    page = text(office.page())
    assert "■ Withdrawn: the camera does not see" in page
    assert "Kyltti on pudonnut" in page


def test_a_withdrawn_record_can_be_taken_into_force_again(office: Office) -> None:
    office.complete()
    office.send("/withdraw", why="Kyltti on pudonnut")
    office.send(**FORM)
    assert not office.record().is_whole, "saving is no way around a withdrawal"
    office.send("/restore")
    assert office.record().is_whole


def test_every_change_is_kept_with_who_when_and_what(office: Office) -> None:
    office.complete()
    office.clock.advance(60)
    office.send(**(FORM | {"dpia_by": "Johtaja"}))
    office.clock.advance(60)
    office.send("/withdraw", why="Kyltti on pudonnut")
    changes = office.changes()
    assert {one.by for one in changes} == {"tuula"}
    assert [one.what for one in changes][-2:] == [What.SAVED, What.WITHDRAWN]
    assert changes[-2].about == {"dpia_by": ["Palvelualuejohtaja", "Johtaja"]}
    page = text(office.page())
    assert "Palvelualuejohtaja → Johtaja" in page
    assert "Pupils informed, on: \N{EN DASH} → 11.11.2026" in page
    assert "Tuula Heikkinen" in page


def test_saving_what_stands_there_already_is_no_change(office: Office) -> None:
    office.send(**FORM)
    office.send(**FORM)
    assert len(office.changes()) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"dpia_on": "31.2.2026"}, "Write the day like this"),
        ({"dpia_on": "2026-11-02"}, "Write the day like this"),
        ({"pupils_on": "28.11.2026"}, "This day has not come yet."),
        ({"controller": "x" * 201}, "at most 200 characters"),
        ({"controller": "x\0y"}, "at most 200 characters"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words_and_changes_nothing(
    office: Office, change: dict[str, str], why: str
) -> None:
    page = office.send("", 422, **(FORM | change))
    assert why in text(page)
    assert f'id="{next(iter(change))}"' in page
    assert 'aria-invalid="true"' in page
    assert office.changes() == []


def test_an_unknown_kind_of_place_is_refused(office: Office) -> None:
    office.send("", 422, **(FORM | {"kind": "changing room"}))


def sign_of(office: Office) -> bytes:
    answer = office.client.get(f"{office.path}/sign")
    assert answer.headers["content-type"] == "image/jpeg"
    return answer.content


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_the_photo_of_the_sign_is_made_anew_and_shown(
    office: Office, extension: str
) -> None:
    sent = photo(extension)
    office.send("/sign", files={"photo": sent})
    kept = sign_of(office)
    assert kept != sent
    pixels = cv2.imdecode(np.frombuffer(kept, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (120, 160, 3)


def test_nothing_that_a_camera_wrote_beside_the_pixels_is_kept(office: Office) -> None:
    where = b"\xff\xe1\x00\x1aExif\0\0lat=62.88 lon=27.67"[:28]
    sent = photo()
    sent = sent[:2] + where + sent[2:]
    office.send("/sign", files={"photo": sent})
    assert b"Exif" in sent
    assert b"Exif" not in sign_of(office)
    assert b"lat=" not in sign_of(office)


def damaged(name: str) -> bytes:
    jpeg, png = photo(), photo(".png")
    torn = bytearray(jpeg)
    middle = len(torn) // 2
    torn[middle : middle + 40] = bytes(40)
    return {
        "none": b"",
        "a text": b"this is no photo" * 20,
        "a drawing with a script": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "half a JPEG": jpeg[: len(jpeg) // 2],
        "half a PNG": png[: len(png) // 2],
        "a JPEG with a hole": bytes(torn),
        "a PNG with a flipped bit": png[:60] + bytes([png[60] ^ 1]) + png[61:],
        "only the start of a JPEG": b"\xff\xd8\xff",
        "too small": photo(size=(40, 300)),
        "too large": b"\xff\xd8\xff" + bytes(photos.MOST_BYTES),
    }[name]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none", "not a JPEG or PNG"),
        ("a text", "not a JPEG or PNG"),
        ("a drawing with a script", "not a JPEG or PNG"),
        ("half a JPEG", "is damaged"),
        ("half a PNG", "is damaged"),
        ("a JPEG with a hole", "is damaged"),
        ("a PNG with a flipped bit", "is damaged"),
        ("only the start of a JPEG", "is damaged"),
        ("too small", "too small"),
        ("too large", "too large"),
    ],
)
def test_a_photo_that_is_not_whole_is_refused_in_words(
    office: Office, name: str, why: str
) -> None:
    page = office.send("/sign", 422, files={"photo": damaged(name)})
    assert why in text(page)
    with Session(office.engine) as session:
        assert session.get(CameraSign, (SITE, CAMERA)) is None


def test_a_form_longer_than_any_photo_is_refused_unread(office: Office) -> None:
    token = {"csrf": "x"}
    big = {"photo": bytes(photos.MOST_BYTES + (1 << 20))}
    answer = office.client.post(f"{office.path}/sign", data=token, files=big)
    assert answer.status_code == 422


def test_a_form_that_hides_its_length_is_refused(office: Office) -> None:
    answer = office.client.post(f"{office.path}/sign", content=iter([b"a", b"b"]))
    assert answer.status_code == 422


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_drawn(
    office: Office,
) -> None:
    bomb = cv2.imencode(".png", np.zeros((7000, 7000), np.uint8))[1].tobytes()
    assert len(bomb) < 1 << 20
    assert "too large" in text(office.send("/sign", 422, files={"photo": bomb}))


@pytest.mark.parametrize(
    ("roles", "reads", "changes"),
    [
        ({"data protection officer"}, 200, 303),
        ({"facility staff"}, 200, 403),
        ({"head teacher"}, 403, 403),
        ({"resident"}, 403, 403),
    ],
)
def test_only_the_officer_changes_a_record(
    office: Office, roles: set[str], reads: int, changes: int
) -> None:
    office.roles = frozenset(roles)
    office.page("/cameras", reads)
    office.page("", reads)
    office.send("", changes, **FORM)
    office.send("/sign", changes, files={"photo": photo()})
    office.send("/withdraw", changes, why="Kyltti")
    office.send("/restore", changes)


def test_a_form_from_elsewhere_changes_nothing(office: Office) -> None:
    answer = office.client.post(office.path, data=FORM | {"csrf": "guess"})
    assert answer.status_code == 403
    assert office.changes() == []


def test_there_is_no_page_of_a_camera_that_is_not_there(office: Office) -> None:
    for path in ("attic", "attic/now", "attic/sign"):
        office.page(f"/cameras/{SITE}/{path}", 404)
    office.path = f"/cameras/{SITE}/attic"
    office.send("", 404, **FORM)


# --- gyms ---


def hours(**change: str) -> dict[str, str]:
    return {"day": "27.11.2026", "starts": "17.00", "ends": "18.30"} | change


def test_a_gym_is_switched_on_by_staff_for_hours_and_off_again(office: Office) -> None:
    office.complete("gym")
    assert "■ It is not switched on." in text(office.page())
    office.roles = frozenset({"facility staff"})
    office.send("/hours", **hours())
    page = office.page()
    assert "27.11.2026 17.00\N{EN DASH}18.30" in text(page)
    ends = re.search(r"/hours/([0-9a-f-]+)/end", page)
    assert ends is not None
    office.send(f"/hours/{ends[1]}/end")
    assert "■ It is not switched on." in text(office.page())
    whats = [one.what for one in office.changes()]
    assert {What.SWITCHED_ON, What.SWITCHED_OFF} < {*whats}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"day": "26.11.2026"}, "These hours are over."),
        ({"day": "27.1.2027"}, "At most 31 days ahead."),
        ({"day": ""}, "Write the day like this"),
        ({"starts": "25.00"}, "Write the time like this"),
        ({"ends": "17.00"}, "The end must be after the beginning."),
        ({"starts": "0.00", "ends": "23.00"}, "At most 16 hours"),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(
    office: Office, change: dict[str, str], why: str
) -> None:
    office.complete("gym")
    assert why in text(office.send("/hours", 422, **hours(**change)))


def test_neither_a_yard_nor_a_gym_without_a_record_is_switched_on(
    office: Office,
) -> None:
    office.complete("yard")
    office.send("/hours", 422, **hours())
    office.send(**(FORM | {"kind": "gym", "pupils_on": ""}))
    assert "Only a gym with a whole record" in text(
        office.send("/hours", 422, **hours())
    )


# --- the sign by the door ---


def test_everybody_sees_whether_the_camera_counts(office: Office) -> None:
    office.roles = frozenset()
    page = office.page(f"{office.path}/now", language="fi")
    assert "Kamera ei ole päällä" in text(page)
    assert "<path d=" in page, "a shape beside the word"
    assert "does not record or send a picture" in text(
        office.page(f"{office.path}/now")
    )


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_word_of_the_pages_is_translated(language: str) -> None:
    catalogue = Catalogue([Path("kit/locale"), Path("hub/locale")])
    slice_ = Path("hub/compliance")
    said = {
        *rules.PARTS.values(),
        *Light,
        *What,
        *(f"place: {kind.value}" for kind in Kind),
        *Standing,
        *photos._WHY.values(),  # noqa: SLF001 - what people read
    }
    for file in slice_.glob("templates/*.html"):
        said |= set(re.findall(r"""_\(["']([^"']+)["']\)""", file.read_text()))
    source = (slice_ / "rules.py").read_text() + (slice_ / "service.py").read_text()
    said |= set(re.findall(r'WrongEntryError\(\s*\w*"?\w+"?, "([^"]+)"', source))
    assert len(said) > 70
    # Some are the same in both languages: none here.
    assert [one for one in said if catalogue.text(language, one) == one] == []


def test_the_photo_of_a_sign_is_no_way_to_a_permit(office: Office) -> None:
    office.send("/sign", files={"photo": photo()})
    assert not office.record().is_whole
    with Session(office.engine) as session:
        assert session.exec(select(IssuedPermit)).all() == []
