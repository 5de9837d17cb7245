"""Whether A is better than B, by the paired interval of exact match, and whether a model lost what it could before."""

from __future__ import annotations

from typing import Any, Literal

Verdict = Literal["better", "worse", "no difference shown"]

# Below so many cases for each loss that is allowed, one answer more or less decides: likelihood decides instead.
_CASES_PER_LOSS = 3
# A rise of perplexity that counts as forgetting, as a share.
PERPLEXITY_RISE = 0.05


def verdict(comparison: dict[str, Any], resamples: int) -> Verdict:
    """Return how A compares to B: an interval of the difference that holds 0 shows no difference.

    Without resamples there is no interval, so nothing is shown either.
    """
    exact = comparison["difference"].get("exact")
    if exact is None or not resamples:
        return "no difference shown"
    if exact["low"] > 0:
        return "better"
    return "worse" if exact["high"] < 0 else "no difference shown"


def forgetting(data: dict[str, Any], allowed: float) -> dict[str, Any]:
    """Judge a comparison of an adapter (A) with its base (B) over the general set; `allowed` is a share of the cases.

    It counts as forgetting when exact match falls by more than `allowed`, for sets of at least 3 ÷ `allowed` cases
    (300 for one point). A smaller set cannot tell a point from chance: there the whole interval must lie below 0, too.
    In sets of any size it counts as forgetting when perplexity rises by more than 5 % with the interval of the quotient
    above 1, for every token of the references weighs in it.

    Returns `refused`, `criterion` (the sentence that decided), and the figures behind it.
    """
    compared = data["comparison"]
    exact, quotient = compared["difference"].get("exact"), compared.get("perplexity_ratio")
    cases = data["cases"]
    large = not allowed or cases >= _CASES_PER_LOSS / allowed
    found = {"allowed": allowed, "cases": cases, "exact": exact, "perplexity_ratio": quotient, "large_set": large}
    if exact is not None and -exact["value"] > allowed and (large or exact["high"] < 0):
        proof = "" if large else ", and the interval lies below 0"
        said = f"exact match on general code fell by {-exact['value']:.3f}, more than {allowed:g}{proof}"
        return {**found, "refused": True, "criterion": said}
    if quotient is not None and quotient["value"] is not None and _rose(quotient):
        rise = (quotient["value"] - 1) * 100
        said = f"perplexity on general code rose by {rise:.1f} %, more than {PERPLEXITY_RISE * 100:g} %"
        return {**found, "refused": True, "criterion": said}
    kept = "exact match and perplexity" if large else "perplexity, and exact match within its interval"
    return {**found, "refused": False, "criterion": f"kept on general code ({cases} cases): {kept}"}


def _rose(quotient: dict[str, Any]) -> bool:
    low = quotient["low"]
    return quotient["value"] > 1 + PERPLEXITY_RISE and low is not None and low > 1
