use tree_sitter::Node;

use super::Failure;
use super::constant::{Constant, combine, hex_escape, integer};
use super::syntax::{MAX_DEPTH, Syntax, children};
use super::typescript::find_value;

/// Takes `as const`, `satisfies T`, parentheses and `Object.freeze(…)` off an expression.
pub(super) fn bare<'t>(syntax: &Syntax<'_>, mut node: Node<'t>) -> Node<'t> {
    for _ in 0..MAX_DEPTH {
        let inner = match node.kind() {
            "as_expression"
            | "satisfies_expression"
            | "parenthesized_expression"
            | "non_null_expression" => node.named_child(0),
            "type_assertion" => node.named_child(1),
            "call_expression"
                if node
                    .child_by_field_name("function")
                    .is_some_and(|function| syntax.text(function) == "Object.freeze") =>
            {
                node.child_by_field_name("arguments")
                    .and_then(|arguments| children(arguments).first().copied())
            }
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

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
    let node = bare(syntax, node);
    let text = syntax.text(node);
    let refuse = || syntax.unreadable(format!("`{text}` is not a plain constant"), node);
    let field = |name| node.child_by_field_name(name).ok_or_else(refuse);
    match node.kind() {
        "string" => {
            let inner = text
                .get(1..text.len().saturating_sub(1))
                .ok_or_else(refuse)?;
            Ok((Constant::Text(unescape(inner).ok_or_else(refuse)?), true))
        }
        "template_string"
            if children(node)
                .iter()
                .all(|c| c.kind() != "template_substitution") =>
        {
            let inner = text
                .get(1..text.len().saturating_sub(1))
                .ok_or_else(refuse)?;
            let inner = inner.replace("\r\n", "\n");
            Ok((Constant::Text(unescape(&inner).ok_or_else(refuse)?), true))
        }
        "number" => Ok((Constant::Number(integer(text).ok_or_else(refuse)?), true)),
        "unary_expression" => {
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
        "binary_expression" => {
            let operator = syntax.text(field("operator")?);
            let (left, _) = evaluate(syntax, field("left")?, depth + 1)?;
            let (right, _) = evaluate(syntax, field("right")?, depth + 1)?;
            // Division makes fractions, and `&^` is Go's.
            if ["/", "&^"].contains(&operator) {
                return Err(refuse());
            }
            let value = combine(operator, left, right).ok_or_else(refuse)?;
            // Its bits are those of 32, and its numbers exact up to 53.
            let bits = ["<<", ">>", "&", "|", "^"].contains(&operator);
            match value {
                Constant::Number(n) if bits && i32::try_from(n).is_err() => Err(refuse()),
                Constant::Number(n) if n.unsigned_abs() > 1 << 53 => Err(refuse()),
                value => Ok((value, false)),
            }
        }
        "identifier" => {
            let value = find_value(syntax, text)?.ok_or_else(|| {
                Failure::missing_at(
                    format!("constant `{text}`, which is referred to here,"),
                    syntax.file,
                    node.start_byte(),
                )
            })?;
            Ok((evaluate(syntax, value.1, depth + 1)?.0, false))
        }
        "member_expression" => {
            let object = syntax.text(field("object")?);
            let property = syntax.text(field("property")?);
            let value = find_value(syntax, object)?.ok_or_else(refuse)?;
            let pairs = children(bare(syntax, value.1));
            // What is spread in may say otherwise.
            if pairs.iter().any(|pair| pair.kind() == "spread_element") {
                return Err(refuse());
            }
            let pair = pairs
                .into_iter()
                .filter(|pair| pair.kind() == "pair")
                .find(|pair| {
                    pair.child_by_field_name("key")
                        .is_some_and(|key| syntax.text(key) == property)
                })
                .and_then(|pair| pair.child_by_field_name("value"))
                .ok_or_else(refuse)?;
            Ok((evaluate(syntax, pair, depth + 1)?.0, false))
        }
        _ => Err(refuse()),
    }
}

/// The text between the quotes with its escapes read; `None` where one is not an escape.
fn unescape(inner: &str) -> Option<String> {
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(position) = rest.find('\\') {
        value.push_str(&rest[..position]);
        let escape = &rest[position + 1..];
        let first = escape.chars().next()?;
        let mut used = first.len_utf8();
        match first {
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            'b' => value.push('\u{8}'),
            'f' => value.push('\u{c}'),
            'v' => value.push('\u{b}'),
            '\n' => {}
            '\r' => used += usize::from(escape[1..].starts_with('\n')),
            '0' if !escape[1..].starts_with(|c: char| c.is_ascii_digit()) => value.push('\0'),
            '0'..='9' => return None,
            'x' => {
                value.push(hex_escape(escape, 2)?);
                used = 3;
            }
            'u' if escape[1..].starts_with('{') => {
                let end = escape.find('}')?;
                let digits = escape.get(2..end).filter(|digits| digits.len() <= 8)?;
                value.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                used = end + 1;
            }
            'u' => {
                let (c, length) = utf16_escape(escape)?;
                value.push(c);
                used = length;
            }
            other => value.push(other),
        }
        rest = &escape[used..];
    }
    value.push_str(rest);
    Some(value)
}

/// `uNNNN`, or a surrogate pair `uNNNN\uNNNN`; and how many bytes it takes.
fn utf16_escape(escape: &str) -> Option<(char, usize)> {
    let unit = |text: &str| u16::from_str_radix(text.get(1..5)?, 16).ok();
    let first = unit(escape)?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Some((c, 5));
    }
    let second = unit(
        escape
            .get(5..)?
            .strip_prefix('\\')
            .filter(|r| r.starts_with('u'))?,
    )?;
    let c = char::decode_utf16([first, second]).next()?.ok()?;
    Some((c, 11))
}
