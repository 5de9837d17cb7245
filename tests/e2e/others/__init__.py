"""Editors for which the project has settings and no extension: the real ones, where Debian has them."""
