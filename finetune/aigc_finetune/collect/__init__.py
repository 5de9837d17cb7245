"""The first two stages: files are collected from sources, filtered, cleaned, split and written as a corpus."""
