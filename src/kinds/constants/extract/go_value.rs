use std::ops::Range;

use tree_sitter::Node;

use super::Failure;
use super::constant::{Constant, combine, integer};
use super::go::Package;
use super::syntax::{MAX_DEPTH, Syntax, children};

/// A value, the literal that says it where there is a plain one, and the type it was converted to.
#[derive(Debug, Clone)]
pub(super) struct Evaluated {
    pub(super) value: Constant,
    pub(super) literal: Option<Range<usize>>,
    pub(super) converted: Option<String>,
}

impl Evaluated {
    fn computed(value: Constant) -> Self {
        Self {
            value,
            literal: None,
            converted: None,
        }
    }
}

/// Works out a constant expression.
pub(super) fn evaluate(
    package: &Package<'_, '_>,
    syntax: &Syntax<'_>,
    node: Node<'_>,
    iota: Option<i128>,
    depth: usize,
) -> Result<Evaluated, Failure> {
    if depth > MAX_DEPTH {
        return Err(syntax.unreadable("the expression is nested too deeply", node));
    }
    syntax.step(node)?;
    let inner = |node: Node<'_>| evaluate(package, syntax, node, iota, depth + 1);
    let text = syntax.text(node);
    let refuse = || syntax.unreadable(format!("`{text}` is not a plain constant"), node);
    match node.kind() {
        "interpreted_string_literal" => Ok(Evaluated {
            value: Constant::Text(unescape(text).ok_or_else(refuse)?),
            literal: Some(node.byte_range()),
            converted: None,
        }),
        // Carriage returns are not part of a raw string.
        "raw_string_literal" => Ok(Evaluated {
            value: Constant::Text(text.trim_matches('`').replace('\r', "")),
            literal: Some(node.byte_range()),
            converted: None,
        }),
        "int_literal" => Ok(Evaluated {
            value: Constant::Number(integer(text).ok_or_else(refuse)?),
            literal: Some(node.byte_range()),
            converted: None,
        }),
        "iota" => Ok(Evaluated::computed(Constant::Number(
            iota.ok_or_else(refuse)?,
        ))),
        "identifier" => match (text, iota) {
            ("iota", Some(iota)) => Ok(Evaluated::computed(Constant::Number(iota))),
            _ => {
                let (_, value) = package.resolve(syntax, node, depth + 1)?;
                Ok(Evaluated {
                    literal: None,
                    ..value
                })
            }
        },
        "parenthesized_expression" => match children(node).as_slice() {
            [only] => inner(*only),
            _ => Err(refuse()),
        },
        "type_conversion_expression" => {
            let operand = node.child_by_field_name("operand").ok_or_else(refuse)?;
            let to = node.child_by_field_name("type").ok_or_else(refuse)?;
            convert(inner(operand)?, syntax.text(to)).ok_or_else(refuse)
        }
        "call_expression" => {
            let function = node.child_by_field_name("function").ok_or_else(refuse)?;
            let arguments = node.child_by_field_name("arguments").ok_or_else(refuse)?;
            let is_type = matches!(
                function.kind(),
                "identifier" | "selector_expression" | "parenthesized_expression"
            );
            match children(arguments).as_slice() {
                // Built-in functions of constants (`len`) are not conversions.
                [only]
                    if is_type
                        && !["len", "cap", "real", "imag"].contains(&syntax.text(function)) =>
                {
                    convert(
                        inner(*only)?,
                        syntax.text(function).trim_matches(['(', ')']),
                    )
                    .ok_or_else(refuse)
                }
                _ => Err(refuse()),
            }
        }
        "unary_expression" => {
            let operand = inner(node.child_by_field_name("operand").ok_or_else(refuse)?)?;
            let operator = node.child_by_field_name("operator").map(|o| syntax.text(o));
            match (operator, operand.value) {
                (Some("-"), Constant::Number(n)) => {
                    let value = n.checked_neg().ok_or_else(refuse)?;
                    Ok(Evaluated {
                        value: Constant::Number(value),
                        literal: operand.literal.map(|_| node.byte_range()),
                        converted: operand.converted,
                    })
                }
                (Some("+"), value @ Constant::Number(_)) => Ok(Evaluated {
                    converted: operand.converted,
                    ..Evaluated::computed(value)
                }),
                // Of a type, it depends on how wide that is.
                (Some("^"), Constant::Number(n)) if operand.converted.is_none() => {
                    Ok(Evaluated::computed(Constant::Number(!n)))
                }
                _ => Err(refuse()),
            }
        }
        "binary_expression" => {
            let left = inner(node.child_by_field_name("left").ok_or_else(refuse)?)?;
            let right = inner(node.child_by_field_name("right").ok_or_else(refuse)?)?;
            let operator = node
                .child_by_field_name("operator")
                .map_or("", |operator| syntax.text(operator));
            let value = combine(operator, left.value, right.value).ok_or_else(refuse)?;
            let is_shift = ["<<", ">>"].contains(&operator);
            Ok(Evaluated {
                converted: left.converted.or(right.converted.filter(|_| !is_shift)),
                ..Evaluated::computed(value)
            })
        }
        _ => Err(refuse()),
    }
}

/// A conversion keeps the value, except that a string made of a number is a character.
fn convert(from: Evaluated, to: &str) -> Option<Evaluated> {
    if to == "string" && matches!(from.value, Constant::Number(_)) {
        return None;
    }
    Some(Evaluated {
        converted: Some(to.to_owned()),
        ..from
    })
}

/// The value of an interpreted string literal; `None` where an escape is not one, or makes bytes
/// that are not UTF-8.
pub(super) fn unescape(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(position) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..position]);
        let escape = &rest[position + 1..];
        let mut push_char = |c: char| {
            let mut buffer = [0; 4];
            bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        };
        let used = match escape.chars().next()? {
            'a' => {
                push_char('\u{7}');
                1
            }
            'b' => {
                push_char('\u{8}');
                1
            }
            'f' => {
                push_char('\u{c}');
                1
            }
            'n' => {
                push_char('\n');
                1
            }
            'r' => {
                push_char('\r');
                1
            }
            't' => {
                push_char('\t');
                1
            }
            'v' => {
                push_char('\u{b}');
                1
            }
            '\\' => {
                push_char('\\');
                1
            }
            '"' => {
                push_char('"');
                1
            }
            'x' => {
                bytes.push(u8::from_str_radix(escape.get(1..3)?, 16).ok()?);
                3
            }
            'u' => {
                push_char(char::from_u32(
                    u32::from_str_radix(escape.get(1..5)?, 16).ok()?,
                )?);
                5
            }
            'U' => {
                push_char(char::from_u32(
                    u32::from_str_radix(escape.get(1..9)?, 16).ok()?,
                )?);
                9
            }
            '0'..='7' => {
                bytes.push(u8::from_str_radix(escape.get(..3)?, 8).ok()?);
                3
            }
            _ => return None,
        };
        rest = &escape[used..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}
