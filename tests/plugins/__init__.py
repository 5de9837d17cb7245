"""Tests of `aigc_plugins`."""
