"""The catalog of model families and recommended models, read from the TOML files beside it. It fetches nothing."""

from __future__ import annotations

from aigc_models.catalog.load import load_catalog, parse_catalog
from aigc_models.catalog.types import Catalog, CatalogError, CatalogModel, Family

__all__ = ["Catalog", "CatalogError", "CatalogModel", "Family", "load_catalog", "parse_catalog"]
