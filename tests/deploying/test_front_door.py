"""What nginx lets in, and what HUME makes of it: the scheme, the address and the site that a request comes from."""

from __future__ import annotations

import re
import socket
import ssl
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from fleet import Fleet
from websockets.exceptions import InvalidHandshake
from websockets.sync.client import connect
from websockets.typing import Origin

from db.store.throttle import FREE_BY_ADDRESS
from hume.server.guard import COOKIE

EVIL = "https://evil.example.org"
WORK = "/deck/work?task=Pairs&subset=eng&count=1"


@pytest.fixture(scope="module")
def token(fleet: Fleet) -> str:
    return fleet.sign_in("front")


def test_a_link_signs_in_over_tls_with_a_cookie_that_stays_there(fleet: Fleet) -> None:
    link = urlsplit(fleet.servers[0].owner_link)
    assert f"{link.scheme}://{link.netloc}" == fleet.base_url
    with fleet.client() as client:
        signed_in = client.get(link.geturl())
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
        cookie = signed_in.headers["set-cookie"].lower()
        assert cookie.startswith(COOKIE)
        assert all(f"; {word}" in cookie for word in ("secure", "httponly", "samesite=lax"))
        assert "max-age" in signed_in.headers["strict-transport-security"]
        assert client.get("/api/v1/tasks").status_code == 200


def test_a_request_has_one_id_on_its_whole_way_and_secrets_are_in_no_log(fleet: Fleet) -> None:
    with fleet.client() as client:
        told = client.get("/auth/link?token=verysecret", headers={"X-Request-Id": "said-by-a-client"})
        assert told.status_code == 403
        client.get("/join/verysecret?PROLIFIC_PID=verysecret")
        refused = client.post("/auth/sign-in?next=verysecret", content=b"x" * 1_100_000)  # nginx notes such an error
        assert refused.status_code == 413
    access, errors = ((fleet.folder / name).read_text() for name in ("access.log", "error.log"))
    assert told.headers["x-request-id"] in access
    assert '"GET /auth/link" 403' in access
    assert "said-by-a-client" not in access
    assert "verysecret" not in access + errors


def test_http_leads_to_https_and_browsers_may_speak_http_2(fleet: Fleet) -> None:
    told = httpx.get(f"http://localhost:{fleet.plain_port}/work?task=T")
    assert (told.status_code, told.headers["location"]) == (301, f"{fleet.base_url}/work?task=T")
    tls = fleet.tls
    tls.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", fleet.tls_port))
    with tls.wrap_socket(plain, server_hostname="localhost") as wrapped:
        assert wrapped.selected_alpn_protocol() == "h2"


def test_another_name_for_this_machine_is_not_answered(fleet: Fleet) -> None:
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", fleet.tls_port)) as plain, pytest.raises(ssl.SSLError):
        blind.wrap_socket(plain, server_hostname="127.0.0.1.nip.io")


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/_stcore/metrics", "//metrics", "/x/../healthz"])
def test_what_is_for_monitoring_is_not_for_the_world(fleet: Fleet, path: str) -> None:
    with fleet.client() as client:
        told = client.get(f"{fleet.base_url}{path}")
    assert told.status_code == 404
    assert "hume_" not in told.text


def test_another_sites_page_is_refused_and_an_own_one_is_not(fleet: Fleet, token: str) -> None:
    with fleet.client(token) as client:
        item = client.get(WORK).json()["items"][0]["id"]
        answer = {"client_id": str(uuid4()), "item": item, "status": "given", "payload": {"score": 3}}
        for origin, status in (
            (EVIL, 403),
            (fleet.base_url.replace("https", "http") + "1", 403),
            (fleet.base_url, 200),
        ):
            told = client.post("/deck/answers", json={"answers": [answer]}, headers={"Origin": origin})
            assert told.status_code == status, origin
        assert told.json()["results"][0]["state"] == "saved"


def test_another_sites_page_gets_no_websocket(fleet: Fleet, token: str) -> None:
    def opened(origin: str) -> bool:
        url, cookie = f"wss://localhost:{fleet.tls_port}/_stcore/stream", {"Cookie": f"{COOKIE}={token}"}
        try:
            with connect(url, ssl=fleet.tls, origin=Origin(origin), additional_headers=cookie, proxy=None):
                return True
        except InvalidHandshake:
            return False

    assert opened(fleet.base_url)
    assert not opened(EVIL)


def test_what_a_client_says_of_its_address_lets_it_try_no_more_passwords(fleet: Fleet) -> None:
    def attempt(client: httpx.Client, number: int) -> int:
        said = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        form = {"account": f"nobody {number}", "password": "a wrong one, as long as they are"}
        return client.post("/auth/sign-in", data=form, headers={**said, "Origin": fleet.base_url}).status_code

    with fleet.client(address="127.0.0.3") as client:
        found = [attempt(client, number) for number in range(FREE_BY_ADDRESS + 2)]
    assert set(found[:FREE_BY_ADDRESS]) == {403}
    assert found[-1] == 429
    with fleet.client(address="127.0.0.4") as client:
        assert attempt(client, 1) == 403


def test_a_body_that_is_too_large_reaches_no_process(fleet: Fleet, token: str) -> None:
    before = [fleet.served(number, "/deck/answers") for number in (0, 1)]
    with fleet.client(token) as client:
        assert client.post("/deck/answers", json={"answers": "x" * 1_100_000}).status_code == 413
    assert [fleet.served(number, "/deck/answers") for number in (0, 1)] == before


def test_files_of_the_program_are_compressed_and_what_is_somebodys_own_is_not(fleet: Fleet, token: str) -> None:
    with fleet.client(token) as client:
        script = re.search(r'src="\.?(/static/js/[^"]+\.js)"', client.get("/").text)
        assert script
        assert client.get(script[1]).headers["content-encoding"] == "gzip"
        for path in (WORK, "/auth/sign-in"):
            assert "content-encoding" not in client.get(path, headers={"Accept-Encoding": "gzip"}).headers


def test_a_browser_comes_to_one_process_again_and_again_and_all_of_them_to_both(fleet: Fleet) -> None:
    shares: list[tuple[int, ...]] = []
    while len(shares) < 6 or len(set(shares)) < 2:
        before = [fleet.served(process) for process in (0, 1)]
        with fleet.client(fleet.sign_in(f"sticky {len(shares)}")) as client:
            for _ in range(4):
                assert client.get(WORK).status_code == 200
        shares.append(tuple(fleet.served(process) - before[process] for process in (0, 1)))
        assert len(shares) < 40, "all came to one process"
    assert set(shares) == {(4, 0), (0, 4)}
