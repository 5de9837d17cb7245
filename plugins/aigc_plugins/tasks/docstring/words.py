"""English as far as descriptions need it: words of a name, verbs and their forms. It knows nothing of code."""

from __future__ import annotations

import re

# Verbs that names of functions begin with, in their base form.
VERBS = frozenset(
    """
    abort accept acquire activate add adjust align allocate append apply archive assert assign attach authenticate
    authorize balance begin bind block build cache calculate call cancel capture change check choose classify clean
    clear click clone close coerce collapse collect combine commit compare compile complete compose compress compute
    concatenate configure confirm connect consume convert copy correct count crawl create debug decide declare decode
    decompress decorate decrement decrypt deduplicate define delete deliver deny derive describe deserialize destroy
    detach detect determine disable discard disconnect dispatch display divide double download draw drop dump edit
    eject emit empty enable encode encrypt ensure enter enumerate escape estimate evaluate examine exclude execute exit
    expand expect explain export extend extract fail fetch fill filter finalize find finish fix flatten flip flush fold
    follow force fork format forward free freeze gather generate get go group grow guess handle hash hide identify
    ignore import include increase increment indent infer inherit init initialize inject insert inspect install
    instantiate interpolate interpret intersect invalidate invert invoke iterate join keep kill launch leave limit link
    list listen load locate lock log lookup make map mark mask match measure merge migrate minimize mock modify monitor
    mount move multiply mutate negate normalize note notify obtain open optimize order overwrite pack pad paint parse
    partition pass patch pause peek perform pick ping play plot pop populate post predict prefix prepare prepend press
    print process produce prompt propagate protect provide prune publish pull purge push put query queue quote raise
    read rebuild receive recompute reconnect record recover redirect reduce refresh register reject release reload
    remember remove rename render reopen repair repeat replace reply report request require reserve reset reshape
    resize resolve respond restart restore restrict resume retrieve retry return reverse revert rewind rewrite rotate
    round route run sample save scale scan schedule scroll search seek select send separate serialize serve set shift
    shorten show shrink shuffle shutdown sign simplify simulate skip sleep slice solve sort spawn split squash stage
    start step stop store stream strip submit subscribe substitute subtract suggest sum summarize swap switch
    synchronize take tear tell terminate test throw toggle tokenize touch track train transfer transform translate
    transpose traverse trim truncate try tune turn undo unescape unfold uninstall unlink unload unlock unpack unquote
    unregister unset unsubscribe unwrap update upgrade upload use validate verify visit wait walk warn watch wrap write
    yield zip
    """.split()  # noqa: SIM905
)
PREDICATES = frozenset(("is", "are", "has", "have", "can", "should", "was", "will", "does", "contains", "needs"))
_IRREGULAR = {"have": "has", "be": "is", "do": "does", "go": "goes"}
_SMALL = frozenset(
    """
    a about after all also an and any are as at be been before being between both but by can do does each either
    every for from given has have he how if in into is it its may more most no not of on one only or other out over own
    same so some such than that the their them then there these they this those through to under until up used using
    was were what when where which while who whose will with within without would you
    """.split()  # noqa: SIM905
)


def split_name(name: str) -> list[str]:
    """Return the words of an identifier in lower case: `parseHTTPHeader_2` has `parse`, `http`, `header`, `2`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def third_person(sentence: str) -> str:
    """Return a sentence in the imperative ("Read and return it") in the third person ("Reads and returns it")."""
    words = sentence.split(" ")
    if words and words[0].lower().endswith("ly") and len(words) > 1:
        return " ".join([words[0], _conjugated(words[1]), *_rest(words[2:])])
    return " ".join([_conjugated(words[0]), *_rest(words[1:])])


def _rest(words: list[str]) -> list[str]:
    """Conjugate the verbs that `and`, `or` and `then` put beside the first one."""
    return [
        _conjugated(word) if at and words[at - 1].strip(",") in ("and", "or", "then") and word in VERBS else word
        for at, word in enumerate(words)
    ]


def _conjugated(verb: str) -> str:
    if verb.endswith(","):
        return _conjugated(verb[:-1]) + ","
    lower = verb.lower()
    if lower in _IRREGULAR:
        return verb[0] + _IRREGULAR[lower][1:]
    if re.search(r"[^aeiou]y$", lower):
        return verb[:-1] + "ies"
    return verb + ("es" if lower.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


def stem(word: str) -> str:
    """Return a word without the endings that inflection adds: enough to see that `copies` speaks of `copy`."""
    word = word.lower()
    for ending, instead in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("er", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + instead
            break
    word = word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls" else word
    return word.rstrip("e") if len(word) > 3 else word


def content_words(text: str) -> list[str]:
    """Return the stems of a text's words that carry meaning, in order."""
    words = [word for part in re.findall(r"[A-Za-z_][A-Za-z_0-9]*", text) for word in split_name(part)]
    return [stem(word) for word in words if len(word) > 1 and word not in _SMALL]
