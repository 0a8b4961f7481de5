use std::ops::Range;

use tree_sitter::Node;

use super::changes::Changes;
use super::constant::{Constant, double_quoted};
use super::extraction::with_comma;
use super::go::{origin, rename};
use super::python_changes::PythonRules;
use super::python_literal::collect_literal;
use super::python_value::evaluate;
use super::syntax::{Syntax, children, descendants, whole_lines};
use super::{Edit, Extraction, Failure, Insertion, Member, SourceText};

/// Which shape a set has in Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Shape {
    Constants(Vec<String>),
    Enum(String),
    Literal(String),
    Sequence(String),
    DictKeys(String),
}

pub(super) fn extract(
    file: usize,
    source: &SourceText,
    shape: &Shape,
) -> Result<Extraction, Failure> {
    let syntax = Syntax::parse(file, source, &tree_sitter_python::LANGUAGE.into())?;
    match shape {
        Shape::Constants(names) => constants(&syntax, names),
        Shape::Enum(name) => enumeration(&syntax, name),
        Shape::Literal(name) => literal(&syntax, name),
        Shape::Sequence(name) => sequence(&syntax, name),
        Shape::DictKeys(name) => dict_keys(&syntax, name),
    }
}

/// The assignments directly in a module or in the body of a class.
fn assignments<'t>(block: Node<'t>) -> Vec<(Node<'t>, Node<'t>)> {
    children(block)
        .into_iter()
        .filter(|statement| statement.kind() == "expression_statement")
        .filter_map(|statement| {
            let assignment = children(statement).first().copied()?;
            ["assignment", "augmented_assignment"]
                .contains(&assignment.kind())
                .then_some((statement, assignment))
        })
        .collect()
}

/// The one assignment to a name, with its statement.
fn find_assignment<'t>(
    syntax: &Syntax<'_>,
    block: Node<'t>,
    name: &str,
) -> Result<Option<(Node<'t>, Node<'t>)>, Failure> {
    let mut found = None;
    for (statement, assignment) in assignments(block) {
        let is_wanted = assignment
            .child_by_field_name("left")
            .is_some_and(|left| left.kind() == "identifier" && syntax.text(left) == name);
        if !is_wanted {
            continue;
        }
        if found.is_some() || assignment.kind() == "augmented_assignment" {
            return Err(syntax.unreadable(
                format!("`{name}` is assigned more than once; only running the file would tell which counts"),
                assignment,
            ));
        }
        syntax.sound(statement)?;
        found = Some((statement, assignment));
    }
    if let Some((statement, _)) = found
        && block == syntax.root()
    {
        settled(syntax, name, statement.start_byte())?;
    }
    Ok(found)
}

fn settled(syntax: &Syntax<'_>, name: &str, defined: usize) -> Result<(), Failure> {
    syntax.settled(name, defined, |syntax| {
        Changes::collect(syntax.root(), &PythonRules(syntax))
    })
}

/// The name node and the value of a variable of the module.
pub(super) fn find_value<'t>(
    syntax: &'t Syntax<'_>,
    name: &str,
) -> Result<Option<(Node<'t>, Node<'t>)>, Failure> {
    let Some((_, assignment)) = find_assignment(syntax, syntax.root(), name)? else {
        return Ok(None);
    };
    let left = assignment.child_by_field_name("left");
    let right = assignment.child_by_field_name("right");
    match left.zip(right) {
        Some(both) => Ok(Some(both)),
        None => Err(syntax.unreadable(format!("`{name}` has no value"), assignment)),
    }
}

fn new_member(value: Constant, syntax: &Syntax<'_>, node: Node<'_>) -> Member {
    let span = node.byte_range();
    match value {
        Constant::Text(text) => Member::text(text, syntax.file, span),
        Constant::Number(n) => Member::text(n.to_string(), syntax.file, span).number(true),
    }
}

fn constants(syntax: &Syntax<'_>, names: &[String]) -> Result<Extraction, Failure> {
    let mut members = Vec::new();
    let mut first = None;
    for name in names {
        let (statement, assignment) = find_assignment(syntax, syntax.root(), name)?
            .ok_or_else(|| syntax.absent(format!("constant `{name}`")))?;
        let (name_node, value) = assignment
            .child_by_field_name("left")
            .zip(assignment.child_by_field_name("right"))
            .ok_or_else(|| syntax.unreadable(format!("`{name}` has no value"), assignment))?;
        first.get_or_insert((name_node, name));
        members.push(
            new_member(evaluate(syntax, value, 0)?.0, syntax, value)
                .item(whole_lines(syntax.text, statement.byte_range())),
        );
    }
    let Some((node, name)) = first else {
        return Err(Failure::missing("any constant"));
    };
    let mut extraction = Extraction::new(
        format!("constants {}", names.join(", ")),
        origin(syntax.file, node),
        double_quoted,
    );
    extraction.members = members;
    extraction.named_members = true;
    extraction.renamed = vec![rename(syntax.file, node, name)];
    Ok(extraction)
}

fn find_class<'t>(syntax: &'t Syntax<'_>, name: &str) -> Option<(Node<'t>, Node<'t>, Node<'t>)> {
    children(syntax.root())
        .into_iter()
        .filter_map(|node| match node.kind() {
            "class_definition" => Some(node),
            "decorated_definition" => node.child_by_field_name("definition"),
            _ => None,
        })
        .find_map(|class| {
            let name_node = class.child_by_field_name("name")?;
            let body = class.child_by_field_name("body")?;
            (class.kind() == "class_definition" && syntax.text(name_node) == name)
                .then_some((class, name_node, body))
        })
}

/// An assignment of the module to a name.
fn bound_again<'t>(syntax: &'t Syntax<'_>, name: &str) -> Option<(Node<'t>, Node<'t>)> {
    assignments(syntax.root())
        .into_iter()
        .find(|(_, assignment)| {
            assignment
                .child_by_field_name("left")
                .is_some_and(|left| syntax.text(left) == name)
        })
}

fn enumeration(syntax: &Syntax<'_>, name: &str) -> Result<Extraction, Failure> {
    let what = format!("enum {name}");
    let (class, name_node, body) = find_class(syntax, name).ok_or_else(|| syntax.absent(&what))?;
    syntax.sound(class)?;
    settled(syntax, name, name_node.start_byte())?;
    if let Some((again, _)) = bound_again(syntax, name) {
        return Err(syntax.unreadable(
            format!("`{name}` is assigned here too; only running the file would tell which counts"),
            again,
        ));
    }
    only_definitions(syntax, body)?;
    let mut extraction = Extraction::new(what, origin(syntax.file, name_node), double_quoted);
    let mut last = None;
    let mut ignored = None;
    let mut names = Vec::new();
    for (statement, assignment) in assignments(body) {
        let Some(left) = assignment.child_by_field_name("left") else {
            continue;
        };
        let member_name = syntax.text(left);
        if left.kind() != "identifier" {
            return Err(syntax.unreadable("only a plain name can be a member here", left));
        }
        if member_name == "_ignore_" {
            ignored = Some(assignment);
        }
        // Nor are bare annotations, below.
        if is_no_member(member_name) {
            continue;
        }
        names.push(member_name);
        let Some(value) = assignment.child_by_field_name("right") else {
            continue;
        };
        if syntax.text(value).ends_with("auto()") {
            return Err(syntax.unreadable(
                format!("`{member_name}` is worth auto(), which only running the file would tell"),
                value,
            ));
        }
        extraction.members.push(
            new_member(evaluate(syntax, value, 0)?.0, syntax, value)
                .item(whole_lines(syntax.text, statement.byte_range())),
        );
        last = Some(statement);
    }
    if let Some(ignored) = ignored {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut words = syntax.text(ignored).split(|c| !is_word(c));
        if let Some(name) = words.find(|word| names.contains(word)) {
            return Err(syntax.unreadable(format!("`_ignore_` takes `{name}` away"), ignored));
        }
    }
    if let Some(last) = last {
        let line = syntax.text[..last.start_byte()]
            .rfind('\n')
            .map_or(0, |n| n + 1);
        let indent = &syntax.text[line..last.start_byte()];
        if indent.trim().is_empty() {
            extraction.insertion = Some(Insertion {
                file: syntax.file,
                at: last.end_byte(),
                before: format!("\n{indent}DRIFTGATE_PLANTED = "),
                after: String::new(),
            });
        }
    }
    extraction.emptied = vec![Edit::new(syntax.file, body.byte_range(), "pass")];
    // A class whose only statements are members would be left without a body.
    if children(body).len() == 1 {
        for member in &mut extraction.members {
            member.item = None;
        }
    }
    extraction.renamed = vec![rename(syntax.file, name_node, name)];
    Ok(extraction)
}

/// `_name_` and `__name__` mean something to the enum, and `__name` is private to the class; `_name`
/// is a member like any other.
fn is_no_member(name: &str) -> bool {
    name.starts_with("__") || (name.starts_with('_') && name.ends_with('_'))
}

/// Whether a statement in the body of an enum decides what its members are worth.
fn makes_values(syntax: &Syntax<'_>, statement: Node<'_>) -> bool {
    let functions = descendants(statement, &["function_definition"]);
    let is_constructor = |function: &Node<'_>| {
        function
            .child_by_field_name("name")
            .is_some_and(|name| syntax.text(name) == "__new__")
    };
    let sets = descendants(statement, &["assignment", "augmented_assignment"]);
    let is_telling = |assignment: &Node<'_>| {
        assignment.child_by_field_name("left").is_some_and(|left| {
            let left = syntax.text(left);
            left.ends_with("._value_")
        })
    };
    functions.iter().any(is_constructor) || sets.iter().any(is_telling)
}

/// # Errors
/// When something else than definitions stands in the body of an enum: it may make members.
fn only_definitions(syntax: &Syntax<'_>, body: Node<'_>) -> Result<(), Failure> {
    for statement in children(body) {
        let is_known = match statement.kind() {
            "expression_statement" => children(statement).iter().all(|expression| {
                ["assignment", "string", "concatenated_string", "ellipsis"]
                    .contains(&expression.kind())
            }),
            kind => [
                "class_definition",
                "decorated_definition",
                "function_definition",
                "pass_statement",
            ]
            .contains(&kind),
        };
        if !is_known || makes_values(syntax, statement) {
            return Err(syntax.unreadable(
                "only running the file would tell which members this makes",
                statement,
            ));
        }
    }
    Ok(())
}

/// `NAME = Literal[…]`, `NAME: Literal[…] = …`, `type NAME = Literal[…]`, or `Class.field`.
fn literal(syntax: &Syntax<'_>, name: &str) -> Result<Extraction, Failure> {
    let what = format!("literal {name}");
    let (block, short) = match name.split_once('.') {
        Some((class, field)) => {
            let (_, _, body) = find_class(syntax, class).ok_or_else(|| syntax.absent(&what))?;
            (body, field)
        }
        None => (syntax.root(), name),
    };
    let (name_node, said) = match find_assignment(syntax, block, short)? {
        Some((_, assignment)) => {
            let annotation = assignment.child_by_field_name("type");
            let is_alias = annotation.is_none_or(|node| syntax.text(node).ends_with("TypeAlias"));
            let said = if is_alias {
                assignment.child_by_field_name("right")
            } else {
                annotation
            };
            assignment
                .child_by_field_name("left")
                .zip(said)
                .ok_or_else(|| syntax.unreadable(format!("`{name}` has no value"), assignment))?
        }
        None => type_statement(syntax, block, short).ok_or_else(|| syntax.absent(&what))?,
    };
    syntax.sound(said)?;
    let mut extraction = Extraction::new(what, origin(syntax.file, name_node), double_quoted);
    let mut nodes = Vec::new();
    collect_literal(syntax, said, false, 0, &mut nodes)?;
    let own = said.byte_range();
    let spans: Vec<Range<usize>> = nodes.iter().map(Node::byte_range).collect();
    let all_here = spans.iter().all(|span| own.contains(&span.start));
    let is_flat = all_here && syntax.text(said).matches('[').count() == 1;
    for (index, node) in nodes.iter().enumerate() {
        let new = new_member(evaluate(syntax, *node, 0)?.0, syntax, *node);
        let item = (is_flat && spans.len() > 1)
            .then(|| with_comma(syntax.text, &spans, index))
            .flatten();
        extraction.members.push(match item {
            Some(item) => new.item(item),
            None => new,
        });
    }
    extraction.insertion = spans.last().filter(|_| all_here).map(|last| Insertion {
        file: syntax.file,
        at: last.end,
        before: ", ".to_owned(),
        after: String::new(),
    });
    extraction.renamed = vec![rename(syntax.file, name_node, short)];
    Ok(extraction)
}

pub(super) fn type_statement<'t>(
    syntax: &Syntax<'_>,
    block: Node<'t>,
    name: &str,
) -> Option<(Node<'t>, Node<'t>)> {
    children(block)
        .into_iter()
        .filter(|node| node.kind() == "type_alias_statement")
        .find_map(|node| {
            let left = node.child_by_field_name("left")?;
            let right = node.child_by_field_name("right")?;
            (syntax.text(left) == name).then_some((left, right))
        })
}

/// A tuple, list or set; also in `frozenset(…)`, `set(…)`, `tuple(…)` and `list(…)`.
fn sequence(syntax: &Syntax<'_>, name: &str) -> Result<Extraction, Failure> {
    let what = format!("sequence {name}");
    let (name_node, value) = find_value(syntax, name)?.ok_or_else(|| syntax.absent(&what))?;
    let refuse = || syntax.unreadable(format!("`{name}` is not written as a sequence"), value);
    let mut extraction = Extraction::new(what, origin(syntax.file, name_node), double_quoted);
    extraction.renamed = vec![rename(syntax.file, name_node, name)];
    let mut body = value;
    if body.kind() == "call" {
        let function = body
            .child_by_field_name("function")
            .map_or("", |f| syntax.text(f));
        if !["frozenset", "set", "tuple", "list"].contains(&function) {
            return Err(refuse());
        }
        let arguments = body.child_by_field_name("arguments").ok_or_else(refuse)?;
        match children(arguments).as_slice() {
            [] => return Ok(extraction),
            [only] => body = *only,
            _ => return Err(refuse()),
        }
    }
    if !["tuple", "list", "set", "expression_list"].contains(&body.kind()) {
        return Err(refuse());
    }
    let elements = children(body);
    let spans: Vec<Range<usize>> = elements.iter().map(Node::byte_range).collect();
    for (index, element) in elements.iter().enumerate() {
        let new = new_member(evaluate(syntax, *element, 0)?.0, syntax, *element);
        // A tuple of one needs its comma.
        let loses_comma = ["tuple", "expression_list"].contains(&body.kind()) && spans.len() == 2;
        let item = if loses_comma {
            let rest = syntax.text[spans[1].end..body.end_byte()].trim_start();
            match (index, rest.starts_with(',')) {
                (1, false) => Some(spans[1].clone()),
                (_, true) => with_comma(syntax.text, &spans, index),
                _ => None,
            }
        } else {
            with_comma(syntax.text, &spans, index)
        };
        extraction.members.push(match item {
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
    extraction.emptied = vec![Edit::new(syntax.file, body.byte_range(), "()")];
    Ok(extraction)
}

fn dict_keys(syntax: &Syntax<'_>, name: &str) -> Result<Extraction, Failure> {
    let what = format!("keys of dict {name}");
    let (name_node, value) = find_value(syntax, name)?.ok_or_else(|| syntax.absent(&what))?;
    if value.kind() != "dictionary" {
        return Err(syntax.unreadable(format!("`{name}` is not written as a dict"), value));
    }
    let mut extraction = Extraction::new(what, origin(syntax.file, name_node), double_quoted);
    let pairs = children(value);
    let spans: Vec<Range<usize>> = pairs.iter().map(Node::byte_range).collect();
    for (index, pair) in pairs.iter().enumerate() {
        let key = (pair.kind() == "pair")
            .then(|| pair.child_by_field_name("key"))
            .flatten()
            .ok_or_else(|| syntax.unreadable(format!("a splat in `{name}`"), *pair))?;
        let new = new_member(evaluate(syntax, key, 0)?.0, syntax, key);
        extraction
            .members
            .push(match with_comma(syntax.text, &spans, index) {
                Some(item) => new.item(item),
                None => new,
            });
    }
    if let (Some(last), Some(span)) = (pairs.last(), spans.last())
        && let Some(said) = last.child_by_field_name("value")
    {
        extraction.insertion = Some(Insertion {
            file: syntax.file,
            at: span.end,
            before: ", ".to_owned(),
            after: format!(": {}", syntax.text(said)),
        });
    }
    extraction.emptied = vec![Edit::new(syntax.file, value.byte_range(), "{}")];
    extraction.renamed = vec![rename(syntax.file, name_node, name)];
    Ok(extraction)
}
