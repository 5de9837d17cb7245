"""Settings from the editor: pulled, pushed, wrong, and the engine that changes with them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from aigc_lsp.lsp.server import create_server
from aigc_lsp.settings import load_settings
from lsp_helpers.fakes import FakeLink
from lsp_helpers.inprocess import Session, settle

PULLING = {"workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path))


class RealSettings(Session):
    """A session with the real settings and a fake engine."""

    def __init__(self):
        super().__init__()
        self.links = []

        def link(config, launch):
            made = FakeLink(self.link.client)
            made.config = config
            self.links.append(made)
            return made

        self.server = create_server(load_settings, link, self.loaders[2])
        self.server.connect(self)

    async def configure(self, section):
        request = await self.method("workspace/configuration")
        assert request["params"]["items"] == [{"section": "aigc"}]
        self.receive({"id": request["id"], "result": [section]})
        await self.server.backend.ready.wait()
        await settle()

    @property
    def completion(self):
        return self.server.backend.settings.completion


def test_settings_are_pulled_at_the_start_and_after_a_change():
    async def play():
        session = RealSettings()
        await session.start(capabilities=PULLING)
        await session.method("client/registerCapability")
        await session.configure({"completion": {"maxTokens": 7}})
        first = session.completion.max_tokens
        session.notify("workspace/didChangeConfiguration", {"settings": None})
        await session.configure({"completion": {"maxTokens": 9}})
        while session.completion.max_tokens == first:
            await settle()
        await session.server.aclose()
        return first, session.completion.max_tokens

    assert asyncio.run(play()) == (7, 9)


def test_settings_are_pushed_by_clients_that_cannot_be_asked():
    async def play():
        session = RealSettings()
        await session.start(initializationOptions={"completion": {"max_tokens": 5}})
        await session.server.backend.ready.wait()
        first = session.completion.max_tokens
        session.notify("workspace/didChangeConfiguration", {"settings": {"aigc": {"completion": {"maxTokens": 6}}}})
        while session.completion.max_tokens == first:
            await settle()
        session.notify("workspace/didChangeConfiguration", {"settings": {"other": 1}})
        while session.completion.max_tokens == 6:
            await settle()
        await session.server.aclose()
        return first, session.completion.max_tokens

    assert asyncio.run(play()) == (5, 5)


def test_what_is_wrong_is_said_in_one_message_and_not_twice():
    async def play():
        session = RealSettings()
        await session.start(initializationOptions={"completoin": {}, "completion": {"max_tokens": "many", "menu": 3}})
        await session.server.backend.ready.wait()
        await settle()
        session.notify("workspace/didChangeConfiguration", {"settings": {}})
        await settle()
        await settle()
        await session.server.aclose()
        return session.messages()

    (message,) = asyncio.run(play())
    assert "initializationOptions: unknown key 'completoin'; did you mean 'completion'?" in message
    assert "completion.max_tokens" in message
    assert "completion.menu" in message


def test_another_engine_in_the_settings_replaces_the_link():
    async def play():
        session = RealSettings()
        await session.start()
        await session.server.backend.ready.wait()
        for section in ({"completion": {"maxTokens": 3}}, {"engine": {"model": "other"}}):
            session.notify("workspace/didChangeConfiguration", {"settings": {"aigc": section}})
            await settle()
            await settle()
        await settle()
        first, second = session.links
        await session.server.aclose()
        return first.closed, first.config.model, second.started, second.config.model

    assert asyncio.run(play()) == (True, None, 1, "other")


def test_an_editor_that_answers_too_late_does_no_harm(monkeypatch, caplog):
    monkeypatch.setattr("aigc_lsp.lsp.configuration._PATIENCE_S", 0.05)

    async def play():
        session = RealSettings()
        await session.start(capabilities=PULLING)
        request = await session.method("workspace/configuration")
        await session.server.backend.ready.wait()
        session.receive({"id": request["id"], "result": [{"completion": {"maxTokens": 7}}]})
        await session.server.aclose()
        return session.completion.max_tokens

    assert asyncio.run(play()) != 7
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_blocked_plugins_are_named_once():
    async def play():
        session = Session()
        plugins = session.loaders[2]([])
        plugins.infos = (
            SimpleNamespace(name="good", status="ok", reason=""),
            SimpleNamespace(name="bad", status="blocked", reason="ImportError: no"),
        )
        session.server = create_server(session.loaders[0], session.loaders[1], lambda disabled: plugins)
        session.server.connect(session)
        await session.start()
        await session.server.backend.ready.wait()
        session.notify("workspace/didChangeConfiguration", {"settings": {}})
        await settle()
        await settle()
        await session.server.aclose()
        return session.messages()

    (message,) = asyncio.run(play())
    assert "bad (ImportError: no)" in message
    assert "good" not in message


def test_a_server_whose_parts_cannot_be_loaded_says_so_and_stays_alive():
    async def play():
        session = Session()
        session.server = create_server(session.loaders[0], session.loaders[1], lambda disabled: 1 / 0)
        session.server.connect(session)
        await session.start()
        document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}
        session.notify("textDocument/didOpen", {"textDocument": document})
        params = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 0}}
        answer = await session.request("textDocument/inlineCompletion", params)
        await session.server.aclose()
        return answer["result"], session.messages()

    result, messages = asyncio.run(play())
    assert result == {"items": []}
    assert len(messages) == 1
    assert "division by zero" in messages[0]


def test_a_hostile_workspace_file_cannot_fill_the_screen(tmp_path):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    keys = "".join(f'"key{number}\\u202e{"x" * 2000}" = 1\n' for number in range(100))
    (workspace / ".aigc-lsp.toml").write_text(keys)

    async def play():
        session = RealSettings()
        await session.start(rootUri=workspace.as_uri())
        await session.server.backend.ready.wait()
        await settle()
        await session.server.aclose()
        return session.messages()

    (message,) = asyncio.run(play())
    assert len(message) < 2500
    assert message.endswith("and 95 more")
    assert "\u202e" not in message


@pytest.mark.parametrize("trust", ["trusted", "untrusted", None])
def test_the_settings_of_a_workspace_are_read_only_where_it_is_trusted(tmp_path, trust):
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / ".aigc-lsp.toml").write_text("[completion]\nmax_tokens = 7\n")
    folders = [{"uri": (tmp_path / "repo").as_uri(), "name": "repo"}]

    async def play():
        session = RealSettings()
        options = {"completion": {"multiline": "never"}, **({"workspaceTrust": trust} if trust else {})}
        await session.start(workspaceFolders=folders, initializationOptions=options)
        await session.server.backend.ready.wait()
        await settle()
        seen = [(session.completion.max_tokens, session.completion.multiline)]
        for trusted in (True, False):
            session.notify("aigc/didChangeWorkspaceTrust", {"trusted": trusted})
            while session.server.backend.trusted != trusted or session.server.backend._loading.locked():
                await settle()
            await settle()
            seen.append(session.completion.max_tokens)
        session.notify("aigc/didChangeWorkspaceTrust", {"trusted": "perhaps"})
        session.notify("aigc/didChangeWorkspaceTrust", None)
        await settle()
        await session.server.aclose()
        return seen, session.messages()

    seen, messages = asyncio.run(play())
    first = 96 if trust == "untrusted" else 7
    assert seen == [(first, "never"), 7, 96]
    assert messages == []


def test_a_model_chosen_for_the_session_lasts_until_the_editor_names_another():
    async def play():
        session = RealSettings()
        await session.start(capabilities=PULLING)
        await session.configure({"engine": {"model": "one"}})
        await asyncio.gather(session.server.configuration.use_model("two"))
        await settle()
        session.notify("workspace/didChangeConfiguration", {"settings": None})
        await session.configure({"engine": {"model": "one"}, "completion": {"maxTokens": 9}})
        await settle()
        session.notify("workspace/didChangeConfiguration", {"settings": None})
        await session.configure({"engine": {"model": "three"}})
        await settle()
        await session.server.aclose()
        return [link.config.model for link in session.links], [link.closed for link in session.links[:2]]

    assert asyncio.run(play()) == (["one", "two", "three"], [True, True])


def test_texts_that_an_editor_left_empty_are_not_set():
    async def play():
        session = RealSettings()
        await session.start(capabilities=PULLING)
        await session.configure({"engine": {"url": "", "model": ""}, "log": {"level": None}})
        await session.server.aclose()
        return session.server.backend.settings.engine, session.messages()

    engine, messages = asyncio.run(play())
    assert (engine.url, engine.model, messages) == (None, None, [])
