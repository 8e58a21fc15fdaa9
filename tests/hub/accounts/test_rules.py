import pytest

from hub.accounts import rules


@pytest.mark.parametrize(
    ("host", "simulated", "allowed"),
    [
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("localhost", False, True),
        ("0.0.0.0", False, False),  # noqa: S104 - the point of the test
        ("::", False, False),
        ("10.0.0.5", False, False),
        ("hub.example", False, False),
        ("0.0.0.0", True, True),  # noqa: S104
    ],
)
def test_made_up_people_stay_on_one_machine_or_in_a_simulated_world(
    host: str,
    simulated: bool,  # noqa: FBT001
    allowed: bool,  # noqa: FBT001
) -> None:
    assert rules.demo_allowed(host, simulated_clock=simulated) is allowed


@pytest.mark.parametrize(
    "page",
    [None, "", "https://evil.example/", "//evil.example", "/\\evil.example", "/\t/e"],
)
def test_a_sign_in_never_leads_elsewhere(page: str | None) -> None:
    assert rules.safe_next(page) == "/"


def test_a_sign_in_leads_back_to_the_page() -> None:
    assert rules.safe_next("/bookings?day=2") == "/bookings?day=2"


def test_the_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert rules.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
