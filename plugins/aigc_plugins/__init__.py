"""The plugin API, syntax trees and the built-in code-generation tasks. No LSP types and no torch in here."""
