"""One VS Code window, used as a person uses it: by keys, by what is on the screen, and by the files on disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page

from tests.e2e.vscode.harness.screen import GHOST_TEXT, REMEMBER_STATUS, StatusSeen
from tests.e2e.vscode.harness.waiting import LONG, until

_MS = 1000 * LONG
HUMAN = 66  # milliseconds between keys: 15 a second


class Window:
    """A page that shows a workspace folder."""

    def __init__(self, context: BrowserContext, url: str, folder: Path) -> None:
        self.folder = folder
        self.console: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(_MS)
        self.page.on("console", self._heard)
        self.page.add_init_script(REMEMBER_STATUS)
        self.page.goto(url)
        self.page.wait_for_selector(".monaco-workbench .part.statusbar")

    def close(self) -> None:
        """Leave the page as a person does, so that its extension host ends too."""
        self.page.goto("about:blank")
        self.page.close()

    # files and text

    def open(self, name: str) -> None:
        """Open a text file of the folder through quick open."""
        self._quick_open(name)
        self.page.locator(".editor-instance .monaco-editor .view-line").first.wait_for()

    def _quick_open(self, name: str) -> None:
        self.page.keyboard.press("Control+P")
        box = self.quick_input()
        box.fill(name)
        self.page.locator(".quick-input-list .monaco-list-row", has_text=Path(name).name).first.wait_for()
        self.page.keyboard.press("Enter")
        self.page.locator(".tab.active", has_text=Path(name).name).wait_for()

    def open_notebook(self, name: str) -> None:
        """Open a notebook through quick open."""
        self._quick_open(name)
        self.page.locator(".notebookOverlay .cell-list-container .code-cell-row .view-line").first.wait_for()

    def edit_cell(self, number: int) -> None:
        """Put the cursor into a code cell; they count from zero."""
        cell = self.page.locator(".notebookOverlay .code-cell-row").nth(number)
        cell.locator(".monaco-editor .view-lines").click()
        cell.locator(".monaco-editor.focused").wait_for()

    def type(self, text: str, delay: float = HUMAN) -> None:
        """Type at a person's speed."""
        self.page.keyboard.type(text, delay=delay)

    def press(self, *keys: str) -> None:
        """Press keys one after another, in Playwright's names."""
        for key in keys:
            self.page.keyboard.press(key)

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor there; both count from one."""
        self.page.keyboard.press("Control+G")
        self.quick_input().fill(f":{line}:{column}")
        self.page.keyboard.press("Enter")
        self.quick_input().wait_for(state="hidden")
        self.page.get_by_role("button", name=re.compile(rf"Ln {line}, Col {column}\b")).wait_for()

    def wait_for_text(self, name: str, wanted: str | Callable[[str], bool], timeout: float = LONG / 2) -> str:
        """Return the active file's text once it is as wanted: a key's effect may come after that of Ctrl+S.

        It is saved and read from the disk: the screen shows only the visible lines.
        """
        seen = ""

        def is_wanted() -> bool:
            nonlocal seen
            self.page.keyboard.press("Control+S")
            seen = (self.folder / name).read_text(encoding="utf-8")
            return seen == wanted if isinstance(wanted, str) else wanted(seen)

        try:
            until(f"the text of {name}", is_wanted, timeout=timeout, pause=0.2)
        except AssertionError as error:
            raise AssertionError(f"{name} is {seen!r}, not {wanted!r}") from error
        return seen

    # what a suggestion looks like

    def ghost_text(self) -> str:
        """Return the ghost text on the screen, line by line; empty where there is none."""
        seen: str = self.page.evaluate(GHOST_TEXT)
        return seen.replace("\u00a0", " ").rstrip()

    def wait_for_ghost_text(self) -> str:
        """Return the ghost text once there is some, and all of it: its lines are drawn one after another."""
        before = ""

        def settled() -> str:
            nonlocal before
            before, seen = self.ghost_text(), before
            return seen if seen == before else ""

        return until("ghost text", settled)

    def type_and_see(self, text: str) -> str:
        """Type something, and return it with the ghost text behind it: what would be there after Tab."""
        self.type(text)
        return text + self.wait_for_ghost_text()

    # the rest of the workbench

    def quick_input(self) -> Locator:
        """Return the input box of pickers and of the command palette."""
        return self.page.locator(".quick-input-widget:not([style*='display: none']) .quick-input-box input")

    def picks(self) -> list[str]:
        """Return the labels in the open picker."""
        labels = self.page.locator(".quick-input-list .monaco-list-row .quick-input-list-row:first-child .label-name")
        return [text.strip() for text in labels.all_inner_texts()]

    def pick(self, label: str) -> None:
        """Choose the row of the open picker that has this text."""
        row = self.page.locator(".quick-input-list .monaco-list-row", has_text=label).first
        row.wait_for()
        row.click()

    def run_command(self, title: str) -> None:
        """Run a command by its title in the command palette."""
        self.page.keyboard.press("F1")
        self.quick_input().fill(f">{title}")
        row = self.page.locator(".quick-input-list .monaco-list-row", has_text=title).first
        row.wait_for()
        row.click()

    def write_settings(self, content: str) -> None:
        """Replace the user's settings.json in the editor, save it, and go back to the file before."""
        self.run_command("Preferences: Open User Settings (JSON)")
        tab = self.page.locator(".tab.active", has_text="settings.json")
        tab.wait_for()
        self.page.locator(".editor-instance .monaco-editor.focused").wait_for()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(content)
        until("unsaved settings", lambda: "dirty" in (tab.get_attribute("class") or "").split())
        self.page.keyboard.press("Control+S")
        until("saved settings", lambda: "dirty" not in (tab.get_attribute("class") or "").split())
        self.run_command("View: Close Editor")
        self.page.locator(".tab", has_text="settings.json").wait_for(state="detached")

    def answer(self, question: str, text: str) -> None:
        """Answer the input box that asks this."""
        self.page.locator(".quick-input-message", has_text=question).wait_for()
        self.quick_input().fill(text)
        self.page.keyboard.press("Enter")

    def code_action(self, title: str, picture: Path | None = None) -> None:
        """Choose a code action at the cursor by the keys."""
        self.page.keyboard.press("Control+.")
        focused = self.page.locator(".action-widget .monaco-list-row.action.focused")
        focused.wait_for()
        seen: list[str] = []
        while title not in (label := focused.inner_text().strip()):
            assert label not in seen, f"there is no code action {title!r} among {seen}"
            seen.append(label)
            self.page.keyboard.press("ArrowDown")
            until("the next code action", lambda: focused.count() == 1 and focused.inner_text().strip() != seen[-1])
        if picture:
            self.screenshot(picture)
        self.page.keyboard.press("Enter")

    def status_item(self) -> Locator:
        """Return the extension's item in the status bar."""
        return self.page.locator(".statusbar-item[id*='aigc-lsp']")

    def statuses(self) -> list[StatusSeen]:
        """Return what the status bar item was since the window opened, the present last."""
        return [StatusSeen(*seen) for seen in self.page.evaluate("window.aigcSeen")]

    def wait_for_status(self, words: str, after: int = 0) -> StatusSeen:
        """Return the present status once its label has these words; `after` so many that were there before."""

        def has_words() -> StatusSeen | None:
            seen = self.statuses()[after:]
            return seen[-1] if seen and words in seen[-1].label else None

        try:
            return until(f"the status bar to say {words!r}", has_words)
        except AssertionError as error:
            raise AssertionError(f"the status bar said {self.statuses()}, not {words!r}") from error

    def suggestions(self) -> list[str]:
        """Return the items of the completion menu; empty while it is closed."""
        rows = self.page.locator(".suggest-widget.visible .monaco-list-row")
        return [text.strip() for text in rows.all_inner_texts()]

    def notifications(self) -> list[str]:
        """Return the messages that are shown."""
        return self.page.locator(".notification-list-item-message").all_inner_texts()

    def screenshot(self, path: Path, height: int | None = None) -> Path:
        """Keep a picture of the window, or of so much of its top."""
        size = self.page.viewport_size
        assert size is not None
        self.page.screenshot(
            path=path, clip={"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
        )
        return path

    def answer_message(self, words: str, button: str) -> None:
        """Press a button of the message that has these words."""
        message = self.page.locator(".notification-list-item", has_text=words)
        message.get_by_role("button", name=button, exact=True).click()

    def _heard(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")
