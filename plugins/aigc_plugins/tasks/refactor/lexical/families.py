"""What the names in the trees of JavaScript, TypeScript, Go and Java are: declarations, uses, or something else."""

from __future__ import annotations

from dataclasses import dataclass, field

_JS_PATTERNS = frozenset(
    (
        "array_pattern",
        "object_pattern",
        "pair_pattern",
        "assignment_pattern",
        "object_assignment_pattern",
        "rest_pattern",
    )
)


@dataclass(frozen=True)
class Family:
    """Node types of a family of languages.

    `declares` are pairs of a parent's type and the field that holds the declared name (empty: any child), `unrelated`
    those whose name is no variable, `unclear` those where it might be one. `patterns` are what a declared name may be
    inside of. `scopes` are the nodes that end the life of a name, `functions` those that are functions, `statements` is
    how a statement's type ends.
    """

    functions: frozenset[str]
    scopes: frozenset[str]
    declares: frozenset[tuple[str, str]]
    names: frozenset[str] = frozenset(("identifier",))
    patterns: frozenset[str] = frozenset()
    unrelated: frozenset[tuple[str, str]] = frozenset()
    unclear: frozenset[tuple[str, str]] = frozenset()
    classes: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()
    declared_before_use: bool = False
    refuse: frozenset[str] = frozenset()
    assignments: frozenset[tuple[str, str]] = frozenset()
    values: frozenset[str] = frozenset()
    atoms: frozenset[str] = field(default=frozenset(("identifier",)))


JAVASCRIPT = Family(
    names=frozenset(("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern")),
    functions=frozenset(
        (
            "function_declaration", "generator_function_declaration", "method_definition", "arrow_function",
            "function_expression", "generator_function",
        )
    ),
    scopes=frozenset(
        (
            "statement_block", "for_statement", "for_in_statement", "switch_body", "catch_clause",
            "function_declaration", "generator_function_declaration", "method_definition", "arrow_function",
            "function_expression", "generator_function",
        )
    ),
    declares=frozenset(
        (
            ("variable_declarator", "name"), ("required_parameter", "pattern"), ("optional_parameter", "pattern"),
            ("formal_parameters", ""), ("arrow_function", "parameter"), ("catch_clause", "parameter"),
            ("for_in_statement", "left"), ("function_declaration", "name"), ("class_declaration", "name"),
            ("generator_function_declaration", "name"), ("function_expression", "name"), ("class", "name"),
            ("enum_declaration", "name"),
        )
    ),
    patterns=_JS_PATTERNS,
    unclear=frozenset(
        (
            ("jsx_opening_element", ""), ("jsx_closing_element", ""), ("jsx_self_closing_element", ""),
            ("nested_identifier", ""), ("export_specifier", ""), ("import_specifier", ""),
        )
    ),
    classes=frozenset(("class_body",)),
    blocks=frozenset(("statement_block", "program")),
    refuse=frozenset(("with_statement",)),
    assignments=frozenset(
        (("assignment_expression", "left"), ("augmented_assignment_expression", "left"), ("update_expression", ""))
    ),
    values=frozenset(
        (
            "binary_expression", "unary_expression", "member_expression", "subscript_expression", "ternary_expression",
            "parenthesized_expression", "template_string", "string", "number", "true", "false", "null", "identifier",
            "this", "template_substitution", "property_identifier", "string_fragment", "escape_sequence",
        )
    ),
)  # fmt: skip

GO = Family(
    functions=frozenset(("function_declaration", "method_declaration", "func_literal")),
    scopes=frozenset(
        (
            "block", "if_statement", "for_statement", "expression_switch_statement", "type_switch_statement",
            "select_statement", "expression_case", "type_case", "default_case", "communication_case",
            "function_declaration", "method_declaration", "func_literal",
        )
    ),
    declares=frozenset(
        (
            ("short_var_declaration", "left"), ("var_spec", "name"), ("const_spec", "name"), ("range_clause", "left"),
            ("parameter_declaration", "name"), ("variadic_parameter_declaration", "name"),
            ("type_switch_statement", "alias"), ("receive_statement", "left"), ("function_declaration", "name"),
        )
    ),
    patterns=frozenset(("expression_list",)),
    unclear=frozenset((("literal_element", ""), ("keyed_element", ""))),
    blocks=frozenset(("block", "statement_list")),
    declared_before_use=True,
    refuse=frozenset(("goto_statement",)),
    assignments=frozenset((("assignment_statement", "left"), ("inc_statement", ""), ("dec_statement", ""))),
    values=frozenset(
        (
            "binary_expression", "selector_expression", "index_expression", "parenthesized_expression", "identifier",
            "field_identifier", "int_literal", "interpreted_string_literal", "unary_expression", "float_literal",
            "interpreted_string_literal_content", "escape_sequence",
        )
    ),
)  # fmt: skip

JAVA = Family(
    functions=frozenset(("method_declaration", "constructor_declaration", "compact_constructor_declaration")),
    scopes=frozenset(
        (
            "block", "for_statement", "enhanced_for_statement", "lambda_expression", "catch_clause", "switch_block",
            "try_with_resources_statement", "method_declaration", "constructor_declaration", "constructor_body",
        )
    ),
    declares=frozenset(
        (
            ("variable_declarator", "name"), ("formal_parameter", "name"), ("catch_formal_parameter", "name"),
            ("enhanced_for_statement", "name"), ("resource", "name"), ("inferred_parameters", ""),
            ("lambda_expression", "parameters"), ("instanceof_expression", "name"), ("type_pattern", ""),
            ("record_pattern_component", ""), ("method_declaration", "name"), ("class_declaration", "name"),
        )
    ),
    unrelated=frozenset((("method_invocation", "name"), ("field_access", "field"), ("element_value_pair", "key"))),
    unclear=frozenset(
        (
            ("labeled_statement", ""), ("break_statement", ""), ("continue_statement", ""), ("switch_label", ""),
            ("scoped_identifier", ""), ("marker_annotation", ""), ("annotation", ""), ("enum_constant", ""),
            ("method_reference", ""),
        )
    ),
    classes=frozenset(("class_body", "enum_body", "interface_body")),
    blocks=frozenset(("block", "constructor_body")),
    declared_before_use=True,
    assignments=frozenset((("assignment_expression", "left"), ("update_expression", ""))),
    values=frozenset(
        (
            "binary_expression", "unary_expression", "field_access", "array_access",
            "parenthesized_expression", "string_literal", "decimal_integer_literal", "true", "false", "identifier",
            "this", "decimal_floating_point_literal", "character_literal", "string_fragment", "escape_sequence",
        )
    ),
)  # fmt: skip

FAMILIES = {"javascript": JAVASCRIPT, "typescript": JAVASCRIPT, "tsx": JAVASCRIPT, "go": GO, "java": JAVA}

# Declarations of these are variables; what else declares a name (functions, classes) is not renamed here.
VARIABLES = frozenset(
    (
        "variable_declarator", "required_parameter", "optional_parameter", "formal_parameters", "arrow_function",
        "catch_clause", "for_in_statement", "short_var_declaration", "var_spec", "const_spec", "range_clause",
        "parameter_declaration", "variadic_parameter_declaration", "formal_parameter", "catch_formal_parameter",
        "enhanced_for_statement", "resource", "inferred_parameters", "lambda_expression",
    )
)  # fmt: skip
