use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use sqlparser::ast::{BinaryOperator, Expr, Spanned, Value};
use sqlparser::tokenizer::Token;

use super::super::extraction::with_comma;
use super::super::syntax::whole_lines;
use super::super::{Edit, Extraction, Failure, Insertion, Member, Origin, SourceText};
use super::migration::Migration;
use super::schema::{Check, EnumType, Schema};
use super::script::Placed;
use super::statements::{Piece, first_word, is, words};
use super::wanted::Wanted;

/// The wanted set as the migrations leave it.
pub(in super::super) fn extract(
    sources: &[SourceText],
    wanted: &Wanted,
) -> Result<Extraction, Failure> {
    let mut schema = Schema::default();
    let mut passed_over = 0;
    for (file, source) in sources.iter().enumerate() {
        let fresh;
        let migration = match source.parses() {
            Some(parses) => parses.migration(|| Migration::read(&source.text)),
            None => {
                fresh = Migration::read(&source.text);
                &fresh
            }
        };
        if let Some(at) = migration.included {
            return Err(Failure::unreadable(
                "another script is included here",
                file,
                at,
            ));
        }
        let pieces = match &migration.pieces {
            Ok(pieces) => pieces,
            Err(error) if wanted.may_concern_text(error.script.text(), false) => {
                let message = format!("failed to read this migration: {}", error.message);
                return Err(Failure::unreadable(message, file, error.at));
            }
            Err(_) => {
                passed_over += 1;
                continue;
            }
        };
        for piece in pieces {
            passed_over += usize::from(!apply(&mut schema, piece, file, wanted)?);
        }
    }
    let mut extraction = match wanted {
        Wanted::Enum(name) => {
            let found = schema.enums.get(name);
            enum_labels(
                found.ok_or_else(|| gone(&schema, wanted, &[name]))?,
                wanted,
                sources,
            )
        }
        Wanted::Check { table, name } => {
            let found: Vec<(&String, &Check)> = schema
                .tables
                .iter()
                .filter(|(of, _)| table.as_ref().is_none_or(|table| table == *of))
                .flat_map(|(table, of)| of.checks.iter().map(move |check| (table, check)))
                .filter(|(_, check)| check.name == *name)
                .collect();
            match found.as_slice() {
                [] => {
                    return Err(gone(
                        &schema,
                        wanted,
                        &[name, table.as_ref().unwrap_or(name)],
                    ));
                }
                [(of, check)] => {
                    let before = check.before.as_ref();
                    if let Some((then, columns)) =
                        before.filter(|(then, _)| table.is_none() || then == *of)
                    {
                        let list = |columns: &BTreeSet<String>| {
                            let columns: Vec<_> = columns.iter().map(String::as_str).collect();
                            columns.join(", ")
                        };
                        return Err(Failure::unreadable(
                            format!(
                                "constraint {name} was about {then}.{}, and is about {of}.{} here; name the column with `check_column`",
                                list(columns),
                                list(&check.columns)
                            ),
                            check.script.file,
                            check.at,
                        ));
                    }
                    check_values(check, wanted, sources)?
                }
                [_, (_, second), ..] => {
                    return Err(Failure::unreadable(
                        format!(
                            "constraint {name} is there on several tables; write `table.{name}`"
                        ),
                        second.script.file,
                        second.at,
                    ));
                }
            }
        }
        Wanted::Column { table, column } => column_values(&schema, wanted, table, column, sources)?,
    };
    extraction.passed_over = passed_over;
    Ok(extraction)
}

fn gone(schema: &Schema, wanted: &Wanted, names: &[&String]) -> Failure {
    let what = wanted.describe();
    match names.iter().find_map(|name| schema.dropped.get(*name)) {
        Some((file, at)) => Failure::missing_at(format!("{what} (dropped here)"), *file, *at),
        None => Failure::missing(what),
    }
}

/// Applies a statement to the schema; `false` where it was not understood, and does not matter.
fn apply(
    schema: &mut Schema,
    piece: &Piece,
    file: usize,
    wanted: &Wanted,
) -> Result<bool, Failure> {
    let word = first_word(&piece.tokens);
    let start = piece
        .tokens
        .iter()
        .find(|token| !matches!(token.token, Token::Whitespace(_)))
        .map_or(0, |token| piece.script.byte(token.span.start));
    let end = piece
        .tokens
        .last()
        .map_or(start, |token| piece.script.byte(token.span.end));
    let unreadable = |message: String| Failure::unreadable(message, file, start);
    if is(word, "EXECUTE") || is(word, "DO") {
        let mut text = String::new();
        for token in &piece.tokens {
            text.push(' ');
            match &token.token {
                Token::SingleQuotedString(said) | Token::EscapedStringLiteral(said) => {
                    text.push_str(said);
                }
                Token::DollarQuotedString(said) => text.push_str(&said.value),
                other => text.push_str(&other.to_string()),
            }
        }
        let open = text.contains('%')
            || (piece.tokens.iter()).any(|token| token.token == Token::StringConcat);
        let about = wanted.may_concern_text(&text, open);
        return match about {
            true => Err(unreadable(format!(
                "a statement that is put together at run time may change {}",
                wanted.describe()
            ))),
            false => Ok(false),
        };
    }
    let said: Vec<String> = words(&piece.tokens).take(6).collect();
    let says = |wanted: &[&str]| said.iter().any(|word| wanted.contains(&word.as_str()));
    let catalogs = [
        "pg_attribute",
        "pg_class",
        "pg_constraint",
        "pg_enum",
        "pg_type",
    ];
    if ["INSERT", "UPDATE", "DELETE"]
        .iter()
        .any(|verb| is(word, verb))
        && said
            .iter()
            .skip(1)
            .take(3)
            .any(|word| catalogs.contains(&word.as_str()))
    {
        return Err(unreadable(
            "this writes into the catalogs of the database".to_owned(),
        ));
    }
    if is(word, "DROP") && says(&["owned"]) {
        return Err(unreadable(
            "what this drops depends on who owns it".to_owned(),
        ));
    }
    if (is(word, "ROLLBACK") || is(word, "ABORT")) && !says(&["to", "prepared"]) {
        return Err(unreadable(
            "this takes back what was done before".to_owned(),
        ));
    }
    if is(word, "CREATE") && says(&["function", "procedure"]) {
        let changes = piece.tokens.iter().any(|token| match &token.token {
            Token::DollarQuotedString(body) => wanted.may_be_changed_by(&body.value),
            Token::SingleQuotedString(body) => wanted.may_be_changed_by(body),
            _ => false,
        });
        if changes {
            return Err(unreadable(format!(
                "a call of this function may change {}",
                wanted.describe()
            )));
        }
    }
    if !["ALTER", "CREATE", "DROP"]
        .iter()
        .any(|verb| is(word, verb))
    {
        return Ok(true);
    }
    let statement = match piece.statement() {
        Ok(statement) => statement,
        Err(error) if wanted.may_concern(&piece.tokens) => {
            return Err(unreadable(format!(
                "this statement may concern {}, and was not understood: {error}",
                wanted.describe()
            )));
        }
        Err(_) => return Ok(false),
    };
    if piece.uncertain && wanted.may_concern(&piece.tokens) {
        return Err(unreadable(format!(
            "only running this branch tells whether it changes {}",
            wanted.describe()
        )));
    }
    let strings: Vec<Range<usize>> = piece
        .tokens
        .iter()
        .filter(|token| {
            matches!(
                token.token,
                Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_)
            )
        })
        .map(|token| piece.script.range(token.span))
        .collect();
    let script = Placed {
        file,
        script: Arc::clone(&piece.script),
    };
    match schema.apply(statement, &script, start..end, &strings) {
        Ok(()) => Ok(true),
        Err(conflict) if wanted.may_concern(&piece.tokens) => Err(unreadable(conflict.0)),
        Err(_) => Ok(false),
    }
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn enum_labels(found: &EnumType, wanted: &Wanted, sources: &[SourceText]) -> Extraction {
    let declared = Origin {
        file: found.file,
        span: found.name_span.clone(),
    };
    let mut extraction = Extraction::new(wanted.describe(), declared, quoted);
    let listed: Vec<_> = found.labels.iter().filter(|label| label.listed).collect();
    let spans: Vec<Range<usize>> = listed.iter().map(|label| label.span.clone()).collect();
    let mut position = 0;
    for label in &found.labels {
        let mut member = Member::text(&label.value, label.file, label.span.clone());
        let text = sources
            .get(label.file)
            .map_or("", |source| source.text.as_str());
        if label.listed {
            member.item = with_comma(text, &spans, position);
            position += 1;
        } else {
            member.item = label
                .statement
                .clone()
                .map(|range| whole_lines(text, range));
        }
        extraction.members.push(member);
    }
    if let (Some(first), Some(last)) = (listed.first(), listed.last()) {
        extraction.insertion = Some(Insertion {
            file: last.file,
            at: last.span.end,
            before: ", ".to_owned(),
            after: String::new(),
        });
        extraction.emptied = vec![Edit::new(first.file, first.span.start..last.span.end, "")];
        for label in found.labels.iter().filter(|label| !label.listed) {
            match &label.statement {
                Some(statement) => {
                    extraction
                        .emptied
                        .push(Edit::new(label.file, statement.clone(), ""));
                }
                // A renamed label cannot be cut out by itself.
                None => {
                    extraction.emptied.clear();
                    break;
                }
            }
        }
    }
    extraction.renamed = vec![Edit::new(
        found.file,
        found.name_span.end..found.name_span.end,
        "_renamed",
    )];
    extraction
}

fn column_values(
    schema: &Schema,
    wanted: &Wanted,
    table: &String,
    column: &str,
    sources: &[SourceText],
) -> Result<Extraction, Failure> {
    let full = format!("{table}.{column}");
    let found = schema.tables.get(table);
    let about: Vec<&Check> = found
        .map(|of| of.checks.as_slice())
        .unwrap_or_default()
        .iter()
        .filter(|check| check.columns.len() == 1 && check.columns.contains(column))
        .collect();
    // A column may have other checks beside the one that lists its values.
    let read: Vec<_> = about
        .iter()
        .map(|check| check_values(check, wanted, sources))
        .collect();
    let sets = read.iter().filter(|set| set.is_ok()).count();
    if sets > 1 {
        let second = about
            .last()
            .map_or((0, 0), |check| (check.script.file, check.at));
        return Err(Failure::unreadable(
            format!("{full} has several checks that list values; name one with `check`"),
            second.0,
            second.1,
        ));
    }
    let mut failure = gone(schema, wanted, &[&full, table]);
    // Another check that names one of the values takes it away again.
    for (set, check) in read.iter().zip(&about) {
        let Ok(set) = set else { continue };
        for other in about.iter().filter(|other| other.name != check.name) {
            let said = other.expr.to_string();
            if let Some(member) = set
                .members
                .iter()
                .find(|m| said.contains(&quoted(&m.value)))
            {
                return Err(Failure::unreadable(
                    format!("another check on {full} is about `{}` too", member.value),
                    other.script.file,
                    other.at,
                ));
            }
        }
    }
    for (set, check) in read.into_iter().zip(&about) {
        match set {
            Ok(mut extraction) => {
                // The name of the column is the name of the set.
                extraction.renamed = check
                    .column_spans
                    .iter()
                    .map(|span| Edit::new(check.script.file, span.end..span.end, "_renamed"))
                    .collect();
                return Ok(extraction);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn check_values(
    check: &Check,
    wanted: &Wanted,
    sources: &[SourceText],
) -> Result<Extraction, Failure> {
    let file = check.script.file;
    let declared = Origin {
        file,
        span: check.name_span.clone().unwrap_or(check.at..check.at),
    };
    let mut extraction = Extraction::new(wanted.describe(), declared, quoted);
    let mut values = Vec::new();
    let mut column = None;
    let mut pending = vec![&check.expr];
    let mut alternatives = 0;
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::Nested(inner) => pending.push(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } => {
                pending.push(right);
                pending.push(left);
            }
            // That a column may be NULL adds no value to it.
            Expr::IsNull(inner) => same_column(check, inner, &mut column)?,
            Expr::InList {
                expr,
                list,
                negated: false,
            } => {
                same_column(check, expr, &mut column)?;
                values.extend(list.iter());
                alternatives += 1;
            }
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } => {
                same_column(check, left, &mut column)?;
                values.push(&**right);
                alternatives += 2;
            }
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => {
                same_column(check, left, &mut column)?;
                match bare(right) {
                    Expr::Array(array) => values.extend(array.elem.iter()),
                    other => return Err(not_a_list(check, other)),
                }
                alternatives += 1;
            }
            other => return Err(not_a_list(check, other)),
        }
    }
    let text = sources.get(file).map_or("", |source| source.text.as_str());
    let mut spans = Vec::new();
    for value in values {
        let literal = match bare(value) {
            Expr::Value(literal) => literal,
            other => return Err(not_a_list(check, other)),
        };
        let span = check.script.range(literal.span);
        let member = match &literal.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                Member::text(text, file, span.clone())
            }
            Value::Number(number, _) => {
                Member::text(number.to_string(), file, span.clone()).number(true)
            }
            _ => return Err(not_a_list(check, value)),
        };
        spans.push(span);
        extraction.members.push(member);
    }
    // One list can be cut and added to; a chain of alternatives cannot.
    if alternatives == 1 {
        if spans.len() > 1 {
            for (index, member) in extraction.members.iter_mut().enumerate() {
                member.item = with_comma(text, &spans, index);
            }
        }
        extraction.insertion = spans.last().map(|last| Insertion {
            file,
            at: last.end,
            before: ", ".to_owned(),
            after: String::new(),
        });
    }
    extraction.renamed = check
        .name_span
        .iter()
        .map(|span| {
            let inside = span.end - usize::from(text[..span.end].ends_with('"'));
            Edit::new(file, inside..inside, "_renamed")
        })
        .collect();
    Ok(extraction)
}

/// Takes casts and parentheses off.
fn bare(mut expr: &Expr) -> &Expr {
    while let Expr::Cast { expr: inner, .. } | Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

/// All alternatives must be about the same column.
fn same_column(check: &Check, expr: &Expr, column: &mut Option<String>) -> Result<(), Failure> {
    let name = match bare(expr) {
        Expr::Identifier(ident) => ident.value.to_lowercase(),
        Expr::CompoundIdentifier(parts) => parts
            .last()
            .map(|ident| ident.value.to_lowercase())
            .unwrap_or_default(),
        other => return Err(not_a_list(check, other)),
    };
    match column {
        Some(first) if *first != name => Err(not_a_list(check, expr)),
        _ => {
            *column = Some(name);
            Ok(())
        }
    }
}

fn not_a_list(check: &Check, expr: &Expr) -> Failure {
    let span = expr.span();
    let at = if span.start.line == 0 {
        check.at
    } else {
        check.script.byte(span.start)
    };
    let text: String = expr.to_string().chars().take(80).collect();
    Failure::unreadable(
        format!(
            "constraint {} is not a list of values: `{text}`",
            check.name
        ),
        check.script.file,
        at,
    )
}
