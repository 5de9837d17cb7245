"""The comment is one line, the code below it stays, and an answer that is no comment is not offered."""

import pytest
from aigc_license_header.why import WhyComment
from aigc_plugins.api import WithheldError
from aigc_plugins.testing import FakeJob, applied, place, prompt_text

CODE = "def wait(server):\n    for _ in range(3):\n        server.ping()\n    return server\n"


def run(answers, text=CODE, at="for _ in range(3):\n        server.ping()", language="python"):
    here = place(text, language, at=at)
    job = FakeJob(answers)
    return applied(here, WhyComment().run(here, job)), job


def test_the_sentence_stands_above_the_block_in_its_indentation():
    text, job = run(" Wake the server, which may be asleep.\nfor")
    assert text == CODE.replace("    for", "    # Wake the server, which may be asleep.\n    for")
    assert "    for _ in range(3):\n        server.ping()" in prompt_text(job.asked[0])


@pytest.mark.parametrize(
    "answer", ["", "    pass\n", "?!?!?!?!?!?!?!\n", "word\n", "server " * 40, "This is an example.\n"]
)
def test_what_is_no_sentence_on_the_code_is_asked_for_again_and_then_withheld(answer):
    with pytest.raises(WithheldError):
        run(answer)
    assert run([answer, " Wake the server up.\n"])[0].count("# Wake the server up.\n") == 1


def test_a_selection_inside_of_a_string_gets_no_comment():
    with pytest.raises(WithheldError, match="no place"):
        run(" Says the second thing.\n", text='x = """\nfirst\nsecond\n"""\n', at="second")


def test_other_languages_have_their_own_comments():
    text, _ = run(" Count them all.\n", text="func f() {\n\tcount()\n}\n", at="count()", language="go")
    assert text == "func f() {\n\t// Count them all.\n\tcount()\n}\n"


@pytest.mark.parametrize(("at", "offered"), [("server.ping()", True), ("|server.ping()", False)])
def test_it_is_offered_for_a_selection(at, offered):
    assert bool(WhyComment().applies(place(CODE, at=at))) == offered
