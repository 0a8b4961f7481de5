use tree_sitter::Node;

use super::Failure;
use super::constant::{Constant, combine, hex_escape, integer};
use super::python::find_value;
use super::syntax::{MAX_DEPTH, Syntax, children};

/// Works out a constant expression. The flag says whether it is a plain literal.
pub(super) fn evaluate(
    syntax: &Syntax<'_>,
    node: Node<'_>,
    depth: usize,
) -> Result<(Constant, bool), Failure> {
    if depth > MAX_DEPTH {
        return Err(syntax.unreadable("the expression is nested too deeply", node));
    }
    syntax.step(node)?;
    let text = syntax.text(node);
    let refuse = || syntax.unreadable(format!("`{text}` is not a plain constant"), node);
    let field = |name| node.child_by_field_name(name).ok_or_else(refuse);
    match node.kind() {
        "string" => Ok((
            Constant::Text(string(syntax, node).ok_or_else(refuse)?),
            true,
        )),
        "concatenated_string" => {
            let parts: Option<String> = children(node)
                .into_iter()
                .map(|part| string(syntax, part))
                .collect();
            Ok((Constant::Text(parts.ok_or_else(refuse)?), true))
        }
        "integer" => Ok((Constant::Number(integer(text).ok_or_else(refuse)?), true)),
        "parenthesized_expression" => match children(node).as_slice() {
            [only] => evaluate(syntax, *only, depth + 1),
            _ => Err(refuse()),
        },
        "unary_operator" => {
            let (value, literal) = evaluate(syntax, field("argument")?, depth + 1)?;
            match (syntax.text(field("operator")?), value) {
                ("-", Constant::Number(n)) => Ok((
                    Constant::Number(n.checked_neg().ok_or_else(refuse)?),
                    literal,
                )),
                ("+", Constant::Number(n)) => Ok((Constant::Number(n), literal)),
                ("~", Constant::Number(n)) => Ok((Constant::Number(!n), false)),
                _ => Err(refuse()),
            }
        }
        "binary_operator" => {
            let operator = syntax.text(field("operator")?);
            let (left, _) = evaluate(syntax, field("left")?, depth + 1)?;
            let (right, _) = evaluate(syntax, field("right")?, depth + 1)?;
            // Division makes fractions or rounds down, `%` formats strings.
            if ["/", "%", "&^"].contains(&operator) {
                return Err(refuse());
            }
            Ok((combine(operator, left, right).ok_or_else(refuse)?, false))
        }
        "identifier" => {
            let (_, value) = find_value(syntax, text)?.ok_or_else(|| {
                Failure::missing_at(
                    format!("constant `{text}`, which is referred to here,"),
                    syntax.file,
                    node.start_byte(),
                )
            })?;
            Ok((evaluate(syntax, value, depth + 1)?.0, false))
        }
        _ => Err(refuse()),
    }
}

/// The value of a string literal; `None` for bytes, and for a format string that formats.
fn string(syntax: &Syntax<'_>, node: Node<'_>) -> Option<String> {
    if node.kind() != "string" || children(node).iter().any(|c| c.kind() == "interpolation") {
        return None;
    }
    let text = syntax.text(node);
    let quote_at = text.find(['"', '\''])?;
    let prefix = text[..quote_at].to_ascii_lowercase();
    if prefix.contains(['b', 't']) {
        return None;
    }
    let quoted = &text[quote_at..];
    let quote = if quoted.starts_with("\"\"\"") || quoted.starts_with("'''") {
        &quoted[..3]
    } else {
        &quoted[..1]
    };
    let inner = quoted
        .get(quote.len()..)?
        .strip_suffix(quote)?
        .replace("\r\n", "\n");
    let value = if prefix.contains('r') {
        inner
    } else {
        unescape(&inner)?
    };
    Some(if prefix.contains('f') {
        value.replace("{{", "{").replace("}}", "}")
    } else {
        value
    })
}

fn unescape(inner: &str) -> Option<String> {
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(position) = rest.find('\\') {
        value.push_str(&rest[..position]);
        let escape = &rest[position + 1..];
        let first = escape.chars().next()?;
        let mut used = first.len_utf8();
        match first {
            '\n' => {}
            '\\' | '\'' | '"' => value.push(first),
            'a' => value.push('\u{7}'),
            'b' => value.push('\u{8}'),
            'f' => value.push('\u{c}'),
            'n' => value.push('\n'),
            'r' => value.push('\r'),
            't' => value.push('\t'),
            'v' => value.push('\u{b}'),
            '0'..='7' => {
                let digits: String = escape
                    .chars()
                    .take(3)
                    .take_while(|c| ('0'..='7').contains(c))
                    .collect();
                value.push(char::from_u32(u32::from_str_radix(&digits, 8).ok()?)?);
                used = digits.len();
            }
            'x' | 'u' | 'U' => {
                let digits = match first {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                value.push(hex_escape(escape, digits)?);
                used = 1 + digits;
            }
            // The names of characters are not known here.
            'N' => return None,
            // What is no escape stands for itself, backslash and all.
            other => {
                value.push('\\');
                value.push(other);
            }
        }
        rest = &escape[used..];
    }
    value.push_str(rest);
    Some(value)
}
