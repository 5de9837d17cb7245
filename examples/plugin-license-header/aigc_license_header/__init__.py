"""A plugin of aigc-lsp with one task that needs no model, and one that does."""

from aigc_plugins.api import Task
from aigc_plugins.hookspecs import hookimpl


@hookimpl
def aigc_tasks() -> list[Task]:
    """Return the tasks."""
    from aigc_license_header.header import LicenseHeader
    from aigc_license_header.why import WhyComment

    return [LicenseHeader(), WhyComment()]
