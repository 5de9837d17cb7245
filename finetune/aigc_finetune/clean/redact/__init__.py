"""Takes secrets and personal data out of a text and says of what kind they were and where, never what they were."""

from aigc_finetune.clean.redact.apply import Redacted, Redaction, find_all, redact

__all__ = ["Redacted", "Redaction", "find_all", "redact"]
