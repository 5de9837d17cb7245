"""The settings under which cases are run: those in force, changed on the command line, and the ones to compare with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_lsp.settings import Settings


class SettingError(AigcError):
    """A `KEY=JSON` that names no setting, or gives it a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One side of an evaluation: `name` is A or B, `label` what is said of it, `settings` what it runs under."""

    name: str
    label: str
    settings: Settings


def changed(settings: Settings, pairs: Sequence[str]) -> Settings:
    """Return settings with `section.key=JSON` applied in order; a value that is no JSON is taken as a text.

    Raises:
        SettingError: there is no such setting, or it does not take that value.
    """
    for pair in pairs:
        section, key, value = _read(pair)
        settings = settings.model_copy(update={section: _section(settings, section, key, value, pair)})
    return settings


def variants(settings: Settings, versus: Sequence[str]) -> list[Variant]:
    """Return variant A, and with `versus` variant B, which differs from A in these settings. Raises SettingError."""
    if not versus:
        return [Variant("A", _model(settings), settings)]
    other = changed(settings, versus)
    keys = [pair.partition("=")[0].strip() for pair in versus]
    return [Variant("A", _label(settings, keys), settings), Variant("B", _label(other, keys), other)]


def _read(pair: str) -> tuple[str, str, Any]:
    name, equals, text = pair.partition("=")
    section, dot, key = name.strip().partition(".")
    if not equals or not dot:
        raise SettingError(f"{pair!r} is not SECTION.KEY=VALUE. For example: context.enabled=false.")
    try:
        return section, key, json.loads(text)
    except ValueError:
        return section, key, text


def _section(settings: Settings, section: str, key: str, value: Any, pair: str) -> Any:
    from difflib import get_close_matches

    from pydantic import ValidationError

    from aigc_lsp.settings.model import SECTIONS

    model = SECTIONS.get(section)
    if model is None or key not in model.model_fields:
        known = [f"{name}.{field}" for name, one in SECTIONS.items() for field in one.model_fields]
        close = get_close_matches(f"{section}.{key}", known, 1)
        hint = f"Did you mean {close[0]}?" if close else "`aigc-lsp config show` lists them."
        raise SettingError(f"There is no setting {section}.{key}. {hint}")
    try:
        return model.model_validate({**getattr(settings, section).model_dump(), key: value})
    except ValidationError as error:
        raise SettingError(f"{pair}: {error.errors()[0]['msg']}.") from None


def _label(settings: Settings, keys: Sequence[str]) -> str:
    parts = []
    for name in keys:
        section, _, key = name.partition(".")
        value = getattr(getattr(settings, section), key)
        parts.append(f"{name}={value if isinstance(value, str) else json.dumps(value, default=str)}")
    return ", ".join(parts)


def _model(settings: Settings) -> str:
    return settings.engine.model or settings.engine.url or "the default model"
