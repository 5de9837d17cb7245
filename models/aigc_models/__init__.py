"""Models for aigc-lsp: the catalog, prompt templates, the engine client (light) and the engine itself (heavy).

Importing this package or any module outside `aigc_models.engine` loads no torch, transformers or openvino.
"""

__version__ = "0.1.0"
