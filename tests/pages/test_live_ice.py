"""STUN and TURN servers: none on this machine; a malformed setting is one sentence."""

from __future__ import annotations

import pytest

from fer_core.base.errors import SettingError
from ui.live import camera_ice
from ui.live.camera_ice import VARIABLE, checked, ice_servers

REMOTE = "https://lab.example.org/live"
TURN = {"urls": ["turn:example.org:3478"], "username": "a", "credential": "b"}


class Secrets(dict):  # type: ignore[type-arg]
    """Streamlit's secrets, without a file."""

    def load_if_toml_exists(self) -> bool:
        return bool(self)


class Broken(Secrets):
    """A secrets file that is no TOML."""

    def load_if_toml_exists(self) -> bool:
        raise ValueError("Error parsing secrets file")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(camera_ice.st, "secrets", Secrets())


def test_none_without_a_setting() -> None:
    assert ice_servers(REMOTE) == []


def test_from_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_ice.st, "secrets", Secrets(webrtc={"ice_servers": [TURN]}))
    assert ice_servers(REMOTE) == [TURN]
    monkeypatch.setattr(camera_ice.st, "secrets", Secrets(other={}))
    assert ice_servers(REMOTE) == []


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_ice.st, "secrets", Secrets(webrtc={"ice_servers": [TURN]}))
    monkeypatch.setenv(VARIABLE, '[{"urls": "stun:stun.example.org:3478"}]')
    assert ice_servers(REMOTE) == [{"urls": ["stun:stun.example.org:3478"]}]


@pytest.mark.parametrize("address", ["http://localhost:8501/live", "http://127.0.0.1:8501", "http://[::1]:8501/"])
def test_none_on_this_machine_whatever_is_set(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(VARIABLE, "no JSON at all")
    assert ice_servers(address) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no JSON", "no JSON"),
        ('{"urls": "stun:a"}', "no list"),
        ('"stun:a"', "no list"),
        ("[3]", "no table"),
        ('[{"url": "stun:a"}]', "url is no key"),
        ("[{}]", "urls must begin"),
        ('[{"urls": "http://a"}]', "urls must begin"),
        ('[{"urls": [1]}]', "urls must begin"),
        ('[{"urls": "turn:a"}]', "username and a credential"),
        ('[{"urls": "stun:a"}, {"urls": "turn:a", "username": "u", "credential": ""}]', "entry 2"),
    ],
)
def test_a_malformed_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(SettingError) as caught:
        ice_servers(REMOTE)
    assert words in str(caught.value) and VARIABLE in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secrets_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_ice.st, "secrets", Broken())
    with pytest.raises(SettingError, match=r"secrets\.toml"):
        ice_servers(REMOTE)


def test_no_credential_is_ever_repeated_in_a_message() -> None:
    with pytest.raises(SettingError) as caught:
        checked([{"urls": "turn:a", "username": "u", "credential": "hush", "more": 1}], "here")
    assert "hush" not in str(caught.value)
