use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::data::{Data, DataQuery, Entry, Layout, Shape, select};
use super::syntax::MAX_DEPTH;
use super::{Extraction, Failure, SourceText};

pub(super) fn extract(
    file: usize,
    source: &SourceText,
    query: &DataQuery,
) -> Result<Extraction, Failure> {
    let document = Document::parse(source.text.as_str()).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Failure::unreadable(error.message().to_owned(), file, at)
    })?;
    let root = item(document.as_item(), file, 0)?;
    select(&root, query, file, &source.text)
}

fn item(item: &Item, file: usize, depth: usize) -> Result<Data, Failure> {
    let span = item.span().unwrap_or(0..0);
    if depth > MAX_DEPTH {
        return Err(Failure::unreadable("nested too deeply", file, span.start));
    }
    let shape = match item {
        Item::None => Shape::Null,
        Item::Value(of) => return value(of, span, file, depth),
        Item::Table(of) => Shape::Map(entries(of, file, depth)?, Layout::Lines),
        Item::ArrayOfTables(of) => Shape::List(
            of.iter()
                .map(|table| {
                    Ok(Data {
                        span: table.span().unwrap_or(0..0),
                        shape: Shape::Map(entries(table, file, depth)?, Layout::Lines),
                    })
                })
                .collect::<Result<_, _>>()?,
            Layout::Lines,
        ),
    };
    Ok(Data { span, shape })
}

fn value(of: &Value, span: Range<usize>, file: usize, depth: usize) -> Result<Data, Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::unreadable("nested too deeply", file, span.start));
    }
    let shape = match of {
        Value::String(text) => Shape::Text(text.value().clone()),
        Value::Integer(number) => Shape::Number(number.value().to_string()),
        Value::Float(number) => Shape::Number(number.value().to_string()),
        Value::Boolean(flag) => Shape::Number(flag.value().to_string()),
        Value::Datetime(time) => Shape::Number(time.value().to_string()),
        Value::Array(array) => Shape::List(
            array
                .iter()
                .map(|element| {
                    let span = element.span().unwrap_or(0..0);
                    value(element, span, file, depth + 1)
                })
                .collect::<Result<_, _>>()?,
            Layout::Commas,
        ),
        Value::InlineTable(table) => Shape::Map(entries(table, file, depth)?, Layout::Commas),
    };
    Ok(Data { span, shape })
}

fn entries(table: &dyn TableLike, file: usize, depth: usize) -> Result<Vec<Entry>, Failure> {
    table
        .iter()
        .map(|(name, of)| {
            let key = table.key(name);
            Ok(Entry {
                key: name.to_owned(),
                key_span: key.and_then(toml_edit::Key::span).unwrap_or(0..0),
                value: item(of, file, depth + 1)?,
            })
        })
        .collect()
}
