"""What is read from an editor's introduction: trigger numbers, encodings, folders."""

from __future__ import annotations

import pytest

from aigc_lsp.lsp.client import Triggers, file_path, read
from lsp_helpers import editors


@pytest.mark.parametrize(
    ("params", "kinds", "automatic"),
    [
        (editors.vscode(9), [1, 0, 1], [True, False, True]),
        (editors.vscode(10), [1, 2, 1], [False, True, False]),
        (editors.neovim(12), [1, 2], [False, True]),
        (editors.lsp_mode(), [1, 2], [False, True]),
        ({"capabilities": {}}, [1, 0, 1], [False, False, True]),
        ({**editors.vscode(9), "clientInfo": None}, [1, 2, 1], [False, True, False]),
        (editors.vscode(9), [1, 2, 1], [True, True, False]),
        ({"capabilities": {}}, [None, 7], [True, False]),
    ],
)
def test_a_zero_or_a_two_settles_what_the_numbers_mean(params, kinds, automatic):
    triggers = Triggers(zero_based=read(params).zero_based_triggers)
    assert [triggers.automatic(kind) for kind in kinds] == automatic


def test_editors_that_wait_themselves_are_not_made_to_wait_again():
    assert read(editors.neovim(12)).debounces
    assert read(editors.vscode(10)).debounces
    assert not read(editors.helix()).debounces


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%20b/%C3%A9", "/a b/é"),
        ("file://localhost/a", "/a"),
        ("file://server/share", None),
        ("untitled:Untitled-1", None),
        ("http://[bad", None),
        ("", None),
    ],
)
def test_only_file_uris_are_paths(uri, path):
    assert file_path(uri) == path


def test_folders_come_from_the_newest_field_that_is_there():
    assert read(editors.neovim(12)).folders == ("/work",)
    assert read({"rootUri": "file:///r", "rootPath": "/p"}).folders == ("/r",)
    assert read({"rootPath": "/p"}).folders == ("/p",)
    assert read({}).folders == ()
