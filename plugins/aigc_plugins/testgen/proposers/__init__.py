"""Proposers of scenarios that come with aigc-lsp. Each is reached through the hook `aigc_test_proposers`."""
