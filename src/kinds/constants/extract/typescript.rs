use std::ops::Range;

use tree_sitter::Node;

use super::changes::Changes;
use super::constant::{Constant, double_quoted};
use super::extraction::with_comma;
use super::go::{origin, rename};
use super::syntax::{MAX_DEPTH, Syntax, children, descendants};
use super::typescript_changes::TypeScriptRules;
use super::typescript_value::{bare, evaluate};
use super::{Edit, Extraction, Failure, Insertion, Member, SourceText};

/// Which shape a set has in TypeScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Shape {
    Object,
    KeysOf,
    Union,
    Enum,
    Array,
}

pub(super) fn extract(
    file: usize,
    source: &SourceText,
    shape: Shape,
    name: &str,
) -> Result<Extraction, Failure> {
    // A type assertion `<T>x` is JSX in any other file than these.
    let plain = [".ts", ".mts", ".cts"]
        .iter()
        .any(|ending| source.path.as_bytes().ends_with(ending.as_bytes()));
    let language = if plain {
        tree_sitter_typescript::LANGUAGE_TYPESCRIPT
    } else {
        tree_sitter_typescript::LANGUAGE_TSX
    };
    let syntax = Syntax::parse(file, source, &language.into())?;
    match shape {
        Shape::Object => object(&syntax, name, false),
        Shape::KeysOf => object(&syntax, name, true),
        Shape::Array => array(&syntax, name),
        Shape::Enum => enumeration(&syntax, name),
        Shape::Union => union(&syntax, name),
    }
}

/// The declarations at the top level, exported or not.
fn declarations<'t>(syntax: &'t Syntax<'_>) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    for mut node in children(syntax.root()) {
        while matches!(node.kind(), "export_statement" | "ambient_declaration") {
            match node
                .child_by_field_name("declaration")
                .or_else(|| children(node).last().copied())
            {
                Some(inner) => node = inner,
                None => break,
            }
        }
        found.push(node);
    }
    found
}

/// The name node and the value of a variable at the top level.
pub(super) fn find_value<'t>(
    syntax: &'t Syntax<'_>,
    name: &str,
) -> Result<Option<(Node<'t>, Node<'t>)>, Failure> {
    let mut found = None;
    for declaration in declarations(syntax) {
        if !["lexical_declaration", "variable_declaration"].contains(&declaration.kind()) {
            continue;
        }
        for declarator in children(declaration) {
            let Some(name_node) = declarator.child_by_field_name("name") else {
                continue;
            };
            if syntax.text(name_node) == name {
                if found.is_some() {
                    return Err(twice(syntax, name, declarator));
                }
                syntax.sound(declarator)?;
                let value = declarator.child_by_field_name("value").ok_or_else(|| {
                    syntax.unreadable(format!("`{name}` has no value"), declarator)
                })?;
                found = Some((name_node, value));
            }
        }
    }
    if let Some((name_node, _)) = found {
        syntax.settled(name, name_node.start_byte(), |syntax| {
            Changes::collect(syntax.root(), &TypeScriptRules(syntax))
        })?;
    }
    Ok(found)
}

fn twice(syntax: &Syntax<'_>, name: &str, node: Node<'_>) -> Failure {
    syntax.unreadable(format!("`{name}` is declared more than once"), node)
}

/// The one declaration of a name; two of an enum are merged by the compiler, and refused here.
fn named<'t>(
    syntax: &'t Syntax<'_>,
    kind: &str,
    name: &str,
) -> Result<Option<(Node<'t>, Node<'t>)>, Failure> {
    let mut found = declarations(syntax)
        .into_iter()
        .filter(|node| node.kind() == kind)
        .filter_map(|node| Some((node, node.child_by_field_name("name")?)))
        .filter(|(_, name_node)| syntax.text(*name_node) == name);
    match (found.next(), found.next()) {
        (_, Some((second, _))) => Err(twice(syntax, name, second)),
        (first, None) => Ok(first),
    }
}

fn member(value: Constant, syntax: &Syntax<'_>, node: Node<'_>) -> Member {
    let span = node.byte_range();
    match value {
        Constant::Text(text) => Member::text(text, syntax.file, span),
        Constant::Number(n) => Member::text(n.to_string(), syntax.file, span).number(true),
    }
}

fn object(syntax: &Syntax<'_>, name: &str, keys: bool) -> Result<Extraction, Failure> {
    let what = format!("{} {name}", if keys { "keys of object" } else { "object" });
    let (name_node, value) = find_value(syntax, name)?.ok_or_else(|| syntax.absent(&what))?;
    let body = bare(syntax, value);
    if body.kind() != "object" {
        return Err(syntax.unreadable(format!("`{name}` is not written as an object"), value));
    }
    let mut extraction = Extraction::new(what, origin(syntax.file, name_node), double_quoted);
    let pairs = children(body);
    let spans: Vec<Range<usize>> = pairs.iter().map(Node::byte_range).collect();
    for (index, pair) in pairs.iter().enumerate() {
        let refuse = |what: &str| syntax.unreadable(format!("{what} in `{name}`"), *pair);
        let new = match pair.kind() {
            "pair" if keys => {
                let key = pair
                    .child_by_field_name("key")
                    .ok_or_else(|| refuse("no key"))?;
                member(key_name(syntax, key)?, syntax, key)
            }
            "pair" => {
                let node = pair
                    .child_by_field_name("value")
                    .ok_or_else(|| refuse("no value"))?;
                member(evaluate(syntax, node, 0)?.0, syntax, node)
            }
            "shorthand_property_identifier" if keys => {
                let name = Constant::Text(syntax.text(*pair).to_owned());
                let mut new = member(name, syntax, *pair);
                new.literal = false;
                new
            }
            "shorthand_property_identifier" => {
                let (_, value) = find_value(syntax, syntax.text(*pair))?
                    .ok_or_else(|| refuse("a name from elsewhere"))?;
                member(evaluate(syntax, value, 0)?.0, syntax, *pair).implied()
            }
            "spread_element" => return Err(refuse("a spread")),
            _ => return Err(refuse("something other than a property")),
        };
        extraction
            .members
            .push(match with_comma(syntax.text, &spans, index) {
                Some(item) => new.item(item),
                None => new,
            });
    }
    if let Some(last) = spans.last() {
        let after = pairs
            .last()
            .and_then(|pair| pair.child_by_field_name("value"))
            .map(|value| format!(": {}", syntax.text(value)));
        extraction.insertion = match (keys, after) {
            (true, None) => None,
            (true, Some(after)) => Some((", ".to_owned(), after)),
            (false, _) => Some((", driftgatePlanted: ".to_owned(), String::new())),
        }
        .map(|(before, after)| Insertion {
            file: syntax.file,
            at: last.end,
            before,
            after,
        });
    }
    extraction.emptied = vec![Edit::new(syntax.file, body.byte_range(), "{}")];
    extraction.renamed = vec![rename(syntax.file, name_node, name)];
    Ok(extraction)
}

fn key_name(syntax: &Syntax<'_>, key: Node<'_>) -> Result<Constant, Failure> {
    match key.kind() {
        "property_identifier" => Ok(Constant::Text(syntax.text(key).to_owned())),
        "string" => Ok(evaluate(syntax, key, 0)?.0),
        // Property names are strings, however they are written.
        "number" => match evaluate(syntax, key, 0)?.0 {
            Constant::Number(n) => Ok(Constant::Text(n.to_string())),
            text @ Constant::Text(_) => Ok(text),
        },
        _ => Err(syntax.unreadable("a computed key", key)),
    }
}

fn array(syntax: &Syntax<'_>, name: &str) -> Result<Extraction, Failure> {
    let what = format!("array {name}");
    let (name_node, value) = find_value(syntax, name)?.ok_or_else(|| syntax.absent(&what))?;
    let mut body = bare(syntax, value);
    if body.kind() == "new_expression" {
        let is_set = body
            .child_by_field_name("constructor")
            .is_some_and(|constructor| ["Set", "ReadonlySet"].contains(&syntax.text(constructor)));
        let argument = body
            .child_by_field_name("arguments")
            .and_then(|arguments| children(arguments).first().copied());
        if let (true, Some(argument)) = (is_set, argument) {
            body = bare(syntax, argument);
        }
    }
    if body.kind() != "array" {
        return Err(syntax.unreadable(format!("`{name}` is not written as an array"), value));
    }
    let mut extraction = Extraction::new(what, origin(syntax.file, name_node), double_quoted);
    let elements = children(body);
    let spans: Vec<Range<usize>> = elements.iter().map(Node::byte_range).collect();
    for (index, element) in elements.iter().enumerate() {
        let new = member(evaluate(syntax, *element, 0)?.0, syntax, *element);
        extraction
            .members
            .push(match with_comma(syntax.text, &spans, index) {
                Some(item) => new.item(item),
                None => new,
            });
    }
    extraction.insertion = spans.last().map(|last| Insertion {
        file: syntax.file,
        at: last.end,
        before: ", ".to_owned(),
        after: String::new(),
    });
    extraction.emptied = vec![Edit::new(syntax.file, body.byte_range(), "[]")];
    extraction.renamed = vec![rename(syntax.file, name_node, name)];
    Ok(extraction)
}

fn enumeration(syntax: &Syntax<'_>, name: &str) -> Result<Extraction, Failure> {
    let what = format!("enum {name}");
    let (node, name_node) =
        named(syntax, "enum_declaration", name)?.ok_or_else(|| syntax.absent(&what))?;
    syntax.sound(node)?;
    let body = node
        .child_by_field_name("body")
        .ok_or_else(|| syntax.unreadable(format!("`{name}` has no body"), node))?;
    let mut extraction = Extraction::new(what, origin(syntax.file, name_node), double_quoted);
    let elements = children(body);
    let spans: Vec<Range<usize>> = elements.iter().map(Node::byte_range).collect();
    let names: Vec<&str> = elements
        .iter()
        .map(|element| element.child_by_field_name("name").unwrap_or(*element))
        .map(|node| syntax.text(node))
        .collect();
    let mut next = Some(0i128);
    for (index, element) in elements.iter().enumerate() {
        let value = match element.kind() {
            "enum_assignment" => element.child_by_field_name("value"),
            _ => None,
        };
        let new = match value {
            Some(node) => {
                // In an enum, a name is its member first of all.
                let own = descendants(node, &["identifier"]);
                if let Some(other) = own.into_iter().find(|n| names.contains(&syntax.text(*n))) {
                    let text = syntax.text(other);
                    return Err(
                        syntax.unreadable(format!("`{text}` is another member of `{name}`"), other)
                    );
                }
                let (value, _) = evaluate(syntax, node, 0)?;
                next = match value {
                    Constant::Number(n) => n.checked_add(1),
                    Constant::Text(_) => None,
                };
                member(value, syntax, node)
            }
            None => {
                let n = next.ok_or_else(|| {
                    syntax.unreadable("a member without a value after one with a string", *element)
                })?;
                next = n.checked_add(1);
                member(Constant::Number(n), syntax, *element).implied()
            }
        };
        extraction
            .members
            .push(match with_comma(syntax.text, &spans, index) {
                Some(item) => new.item(item),
                None => new,
            });
    }
    extraction.insertion = spans.last().map(|last| Insertion {
        file: syntax.file,
        at: last.end,
        before: ", DriftgatePlanted = ".to_owned(),
        after: String::new(),
    });
    extraction.emptied = vec![Edit::new(syntax.file, body.byte_range(), "{}")];
    extraction.renamed = vec![rename(syntax.file, name_node, name)];
    Ok(extraction)
}

fn union(syntax: &Syntax<'_>, name: &str) -> Result<Extraction, Failure> {
    let what = format!("type {name}");
    let (node, name_node) =
        named(syntax, "type_alias_declaration", name)?.ok_or_else(|| syntax.absent(&what))?;
    syntax.sound(node)?;
    let value = node
        .child_by_field_name("value")
        .ok_or_else(|| syntax.unreadable(format!("`{name}` has no value"), node))?;
    let mut extraction = Extraction::new(what, origin(syntax.file, name_node), double_quoted);
    collect_union(syntax, value, 0, &mut extraction.members)?;
    let own = |member: &Member| value.byte_range().contains(&member.at.span.start);
    let spans: Vec<Range<usize>> = extraction
        .members
        .iter()
        .filter(|member| own(member))
        .map(|member| member.at.span.clone())
        .collect();
    // Only a union without references and parentheses can be cut by its literals alone.
    let is_flat = spans.len() == extraction.members.len()
        && !syntax.text(value).contains('(')
        && spans.len() > 1;
    if is_flat {
        for (index, member) in extraction.members.iter_mut().enumerate() {
            member.item = with_comma(syntax.text, &spans, index);
        }
    }
    extraction.insertion = Some(Insertion {
        file: syntax.file,
        at: value.end_byte(),
        before: " | ".to_owned(),
        after: String::new(),
    });
    extraction.emptied = vec![Edit::new(syntax.file, value.byte_range(), "never")];
    extraction.renamed = vec![rename(syntax.file, name_node, name)];
    Ok(extraction)
}

fn collect_union(
    syntax: &Syntax<'_>,
    node: Node<'_>,
    depth: usize,
    members: &mut Vec<Member>,
) -> Result<(), Failure> {
    // Each `|` nests once more, so this is also the longest union.
    if depth > 16 * MAX_DEPTH {
        return Err(syntax.unreadable("the type is nested too deeply", node));
    }
    let text = syntax.text(node);
    match node.kind() {
        "union_type" | "parenthesized_type" => children(node)
            .into_iter()
            .try_for_each(|child| collect_union(syntax, child, depth + 1, members)),
        "literal_type" => {
            let Some(literal) = node.named_child(0) else {
                // `null` and `undefined` say that there may be no value.
                return Ok(());
            };
            match literal.kind() {
                "null" | "undefined" => Ok(()),
                _ => {
                    members.push(member(evaluate(syntax, literal, 0)?.0, syntax, literal));
                    Ok(())
                }
            }
        }
        // Without a substitution it is a plain string.
        "template_literal_type" if !text.contains(['$', '\\', '\r']) => {
            let value = Constant::Text(text.trim_matches('`').to_owned());
            members.push(member(value, syntax, node));
            Ok(())
        }
        "predefined_type" if text == "never" => Ok(()),
        "type_identifier" => {
            let (alias, _) = named(syntax, "type_alias_declaration", text)?.ok_or_else(|| {
                syntax.unreadable(format!("type `{text}` is not declared in this file"), node)
            })?;
            syntax.sound(alias)?;
            match alias.child_by_field_name("value") {
                Some(value) => collect_union(syntax, value, depth + MAX_DEPTH, members),
                None => Ok(()),
            }
        }
        _ => Err(syntax.unreadable(format!("`{text}` is not a literal type"), node)),
    }
}
