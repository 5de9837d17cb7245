"""Rename what is at the cursor. What is exact, and what is refused, is decided where the text is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigc_plugins.action import Argument
from aigc_plugins.api import Change, FileEdit, WithheldError
from aigc_plugins.tasks.functions import definition_at
from aigc_plugins.tasks.refactor import names
from aigc_plugins.tasks.refactor.apart import Lines, refactored
from aigc_plugins.tasks.refactor.base import RefactorTask, Text, in_function, name_at, replaced
from aigc_plugins.tasks.refactor.files import files_with, packages, root_of
from aigc_plugins.tasks.refactor.lexical.rename import renamed

if TYPE_CHECKING:
    from pathlib import Path

    from aigc_plugins.api import Job, Place

_MOST_SHOWN = 3000


class RenameTask(RefactorTask):
    """Rename the variable, parameter, function, class or attribute at the cursor.

    Python: rope finds its places, in all files of the workspace where others can know it; offered where the trees are
    the same but for the name, each name means the same as before, and nothing with the old name is left that might be
    meant. Other languages: local variables and parameters that are declared once in their function. A model suggests
    the name where the user gives none.
    """

    name = "rename"
    title = "Rename"
    kind = "refactor.rewrite.aigc"
    arguments = (Argument("name", "New name", default="", placeholder="empty: a model suggests one"),)
    verified = "same trees but for the name; every name still means the same, none is left behind"

    def applies(self, place: Place) -> bool | str:
        """Name what is at the cursor."""
        node = name_at(place)
        if node is None or node.text is None or len(node.text) > 80:
            return False
        if place.language != "python" and not in_function(place.snapshot, node):
            return False
        return f"Rename `{node.text.decode('utf-8', 'replace')}` …"

    def python(self, place: Place, job: Job) -> Change:
        """Let rope do it, checked, in this file and those that know the name."""
        text = Text(place)
        wanted = job.arguments.get("name", "").strip()
        taken = names.words_of(text.text)
        word = wanted or names.numbered(["renamed"], "python", taken)
        root = root_of(job, text.file)
        own = "module.py"
        if text.file is not None and text.file.suffix in (".py", ".pyi"):
            own = text.file.relative_to(root).as_posix() if root is not None else text.file.name
        request: dict[str, Any] = {"task": self.name, "path": own, "start": text.start, "end": text.end, "name": word}
        answer = refactored(job, files={own: text.text}, **request)
        others: dict[Path, Lines] = {}
        if answer["outside"]:
            if root is None:
                raise WithheldError("Other files may know this name, and there is no workspace to look in.")
            found = files_with(job, answer["outside"], (".py", ".pyi"), text.file)
            others = {path: Lines(one) for path, one in found.items()}
            if not all(path.is_relative_to(root) for path in others):
                raise WithheldError("The name is also in another folder of the workspace.")
            files = {path.relative_to(root).as_posix(): one.text for path, one in others.items()}
            files |= {path: "" for path in packages(root, [own, *files]) if path not in files and path != own}
            answer = refactored(job, files={own: text.text, **files}, whole=True, **request)
        for one in others.values():
            taken |= names.words_of(one.text)
        name = wanted or self._suggested(place, job, taken)
        files_changed = []
        for path, lines in others.items():
            new = answer["files"].get(path.relative_to(root).as_posix(), lines.text) if root is not None else lines.text
            if new != lines.text:
                edits = lines.edits(replaced(new, word, name))
                files_changed.append(FileEdit(path, lines.original, edits))
        edits = text.lines.edits(replaced(answer["files"].get(own, text.text), word, name))
        count = 1 + len(files_changed)
        note = f"Renamed to `{name}` in {count} file{'s' if count > 1 else ''}; every name still means the same."
        return Change(edits, tuple(files_changed), note=note, confirm=count > 1)

    def other(self, place: Place, job: Job) -> Change:
        """Do it by the tree."""
        node = name_at(place)
        if node is None or place.snapshot.tree is None:
            raise WithheldError("There is no name of a variable here.")
        wanted = job.arguments.get("name", "").strip()
        taken = names.words_of(place.snapshot.text)
        if wanted:
            renamed(place.snapshot.tree, node, wanted)
        return renamed(place.snapshot.tree, node, wanted or self._suggested(place, job, taken))

    def _suggested(self, place: Place, job: Job, taken: set[str]) -> str:
        node = name_at(place)
        around = definition_at(place.snapshot, place.start, place.end, ("function", "class"))
        old = node.text.decode() if node is not None and node.text is not None else ""
        code = around.text if around is not None else place.snapshot.text[max(place.start - 500, 0) : place.end + 500]
        values = {"name": old, "code": code[:_MOST_SHOWN]}
        found = names.suggested(job, "refactor-rename", values, language=place.language, taken=taken)
        if old[:1].isupper() and found:
            found = old_style(found, old)
        if old.startswith("_") and found:
            found = f"_{found}"
        if not found or not names.free(found, place.language, taken):
            raise WithheldError(f"The model has no better name than `{old}`; give one yourself.")
        return found


def old_style(name: str, old: str) -> str:
    """Return a name written as the old one is: `LIMIT_OF`, `LimitOf`."""
    parts = [part.lower() for part in names.parts(name)]
    return "_".join(parts).upper() if old.isupper() else "".join(part.capitalize() for part in parts)
