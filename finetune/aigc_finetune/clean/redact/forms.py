"""The forms of known keys and tokens, as data. A new kind is a line here and one in the tests' `keys()`."""

from __future__ import annotations

from typing import NamedTuple


class Form(NamedTuple):
    """A kind of key, their pattern, and texts of which each has one: those are looked for first. Spaces part hints."""

    kind: str
    hints: str
    pattern: str


FORMS = (
    Form(
        "aws-key",
        "AKIA ASIA ABIA ACCA AROA AIDA A3T",
        r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|A3T[A-Z0-9])[A-Z0-9]{16}",
    ),
    Form(
        "github-token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"gh[pousr]_[A-Za-z0-9_]{30,}|github_pat_[A-Za-z0-9_]{30,}",
    ),
    Form(
        "gitlab-token",
        "glpat- glptt- gldt- glrt- glcbt- glsoat- glft- glimt- glagent- gloas- glffct- GR1348941",
        r"gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent|oas|ffct)-[A-Za-z0-9_\-.]{16,}"
        r"|GR1348941[A-Za-z0-9_\-]{20,}",
    ),
    Form("slack-token", "xox xapp-", r"xox[abceoprs](?:-[A-Za-z0-9]+){1,6}|xapp-[0-9]-[A-Za-z0-9\-]{16,}"),
    Form("slack-webhook", "hooks.slack.com/services/", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}"),
    Form(
        "stripe-key",
        "k_live_ k_test_ whsec_",
        r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{14,}|whsec_[A-Za-z0-9+/=]{16,}",
    ),
    Form(
        "google-key",
        "AIza ya29. GOCSPX-",
        r"AIza[A-Za-z0-9_\-]{30,}|ya29\.[A-Za-z0-9_\-]{20,}|GOCSPX-[A-Za-z0-9_\-]{20,}",
    ),
    Form("anthropic-key", "sk-ant-", r"sk-ant-[A-Za-z0-9_\-]{16,}"),
    Form("openai-key", "sk-", r"sk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_\-]{20,}"),
    Form("huggingface-token", "hf_ api_org_", r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,}"),
    Form("npm-token", "npm_", r"npm_[A-Za-z0-9]{30,}"),
    Form("pypi-token", "pypi-", r"pypi-[A-Za-z0-9_\-]{30,}"),
    Form("jwt", "eyJ", r"eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?"),
    Form("sendgrid-key", "SG.", r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    Form("mailgun-key", "key-", r"key-[0-9a-f]{32}"),
    Form("mailchimp-key", "-us", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    Form("digitalocean-token", "_v1_", r"do[opr]_v1_[a-f0-9]{60,}"),
    Form("shopify-token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Form("square-token", "sq0 EAAA", r"sq0(?:atp|csp|idp)-[A-Za-z0-9_\-]{20,}|EAAA[A-Za-z0-9_\-]{60}"),
    Form(
        "azure-key",
        "AccountKey= SharedAccessKey=",
        r"(?<=AccountKey=)[A-Za-z0-9+/=]{40,}|(?<=SharedAccessKey=)[A-Za-z0-9+/=]{40,}",
    ),
    Form("databricks-token", "dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    Form("vault-token", "hvs. hvb. hvr.", r"hv[sbr]\.[A-Za-z0-9_\-]{24,}"),
    Form("docker-token", "dckr_pat_", r"dckr_pat_[A-Za-z0-9_\-]{20,}"),
    Form("linear-key", "lin_api_", r"lin_api_[A-Za-z0-9]{30,}"),
    Form("postman-key", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    Form("groq-key", "gsk_", r"gsk_[A-Za-z0-9]{40,}"),
    Form("replicate-token", "r8_", r"r8_[A-Za-z0-9]{36,}"),
    Form("age-key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    Form("telegram-token", ":AA", r"[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}"),
)  # fmt: skip
