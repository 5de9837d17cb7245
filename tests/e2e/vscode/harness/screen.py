"""Scripts that look at VS Code's page: the ghost text, and what the status bar item was."""

from __future__ import annotations

from dataclasses import dataclass

# The first line is drawn behind the cursor, the others in a zone between the lines of the file.
GHOST_TEXT = """() => {
  const text = (nodes) => [...nodes].map((node) => node.textContent);
  const editor = document.querySelector(".monaco-editor.focused") || document;
  const first = text(editor.querySelectorAll(
    ".view-lines .ghost-text-decoration, .view-lines .ghost-text-decoration-preview, .view-lines .ghost-text"));
  const below = text(editor.querySelectorAll(".view-zones .suggest-preview-text .view-line"));
  return [first.join(""), ...below].join("\\n");
}"""
# Notes each text and label of the status bar item: a state may pass between two looks from outside.
REMEMBER_STATUS = """
window.aigcSeen = [];
setInterval(() => {
  const item = document.querySelector(".statusbar-item[id*='aigc-lsp']");
  const link = item && item.querySelector("a");
  if (!link) return;
  const now = [link.getAttribute("aria-label") || "", item.textContent.trim(), item.className,
    [...item.querySelectorAll(".codicon")].map((icon) => icon.className).join(" ")];
  const last = window.aigcSeen.at(-1);
  if (!last || last.join() !== now.join()) window.aigcSeen.push(now);
}, 25);
"""


@dataclass(frozen=True)
class StatusSeen:
    """The status bar item at one time: what a screen reader says, its text, its style and its icons' classes."""

    label: str
    text: str
    style: str
    icons: str

    @property
    def is_error(self) -> bool:
        return "error-kind" in self.style
