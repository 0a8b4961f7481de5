use std::ops::Range;

use tree_sitter::Node;

use super::changes::Changes;
use super::constant::double_quoted;
use super::extraction::with_comma;
use super::go::{Package, new_member, origin, rename};
use super::go_changes::GoRules;
use super::go_value::evaluate;
use super::syntax::{Syntax, children};
use super::{Edit, Extraction, Failure, Insertion};

impl<'a, 't> Package<'a, 't> {
    /// The elements of a slice or array, or the keys of a map.
    pub(super) fn list(&self, name: &str, keys: bool) -> Result<Extraction, Failure> {
        let noun = if keys { "keys of map" } else { "slice" };
        let (syntax, name_node, literal) = self.composite(name, noun)?;
        syntax.sound(literal)?;
        for syntax in self.files {
            syntax.settled(name, 0, |syntax| {
                Changes::collect(syntax.root(), &GoRules(syntax))
            })?;
        }
        let kind = literal
            .child_by_field_name("type")
            .map_or("", |node| node.kind());
        if keys != (kind == "map_type") {
            return Err(syntax.unreadable(
                format!("`{name}` is not a {}", if keys { "map" } else { "slice" }),
                literal,
            ));
        }
        let body = literal
            .child_by_field_name("body")
            .ok_or_else(|| syntax.unreadable("no literal", literal))?;
        let mut extraction = Extraction::new(
            format!("{noun} {name}"),
            origin(syntax.file, name_node),
            double_quoted,
        );
        let elements = children(body);
        let spans: Vec<Range<usize>> = elements.iter().map(Node::byte_range).collect();
        for (index, element) in elements.iter().enumerate() {
            let said = match (keys, element.kind()) {
                (true, "keyed_element") => element.child_by_field_name("key"),
                (false, "literal_element") => Some(*element),
                _ => None,
            };
            let expression = said
                .map(|node| {
                    if node.kind() == "literal_element" {
                        node.named_child(0)
                    } else {
                        Some(node)
                    }
                })
                .and_then(|node| node)
                .ok_or_else(|| {
                    syntax.unreadable("this element is not a plain constant", *element)
                })?;
            let (refers, value) = match expression.kind() {
                "identifier" => {
                    let (origin, value) = self.resolve(syntax, expression, 0)?;
                    (Some(origin), value)
                }
                _ => (None, evaluate(self, syntax, expression, None, 0)?),
            };
            let mut member = new_member(&value.value, syntax.file, expression.byte_range());
            member.refers = refers;
            member.item = with_comma(syntax.text, &spans, index);
            extraction.members.push(member);
        }
        if let Some(last) = spans.last() {
            extraction.insertion = Some(Insertion {
                file: syntax.file,
                at: last.end,
                before: ", ".to_owned(),
                after: match elements
                    .last()
                    .and_then(|node| node.child_by_field_name("value"))
                {
                    Some(value) if keys => format!(": {}", syntax.text(value)),
                    _ => String::new(),
                },
            });
        }
        extraction.emptied = vec![Edit::new(syntax.file, body.byte_range(), "{}")];
        extraction.renamed = vec![rename(syntax.file, name_node, name)];
        Ok(extraction)
    }

    fn composite(
        &self,
        name: &str,
        noun: &str,
    ) -> Result<(&'t Syntax<'a>, Node<'t>, Node<'t>), Failure> {
        for syntax in self.files {
            for declaration in children(syntax.root()) {
                if declaration.kind() != "var_declaration" {
                    continue;
                }
                let specs = children(declaration).into_iter().flat_map(|child| {
                    if child.kind() == "var_spec_list" {
                        children(child)
                    } else {
                        vec![child]
                    }
                });
                for spec in specs {
                    let Some(name_node) = spec.child_by_field_name("name") else {
                        continue;
                    };
                    if syntax.text(name_node) != name {
                        continue;
                    }
                    let value = spec
                        .child_by_field_name("value")
                        .and_then(|list| list.named_child(0))
                        .filter(|value| value.kind() == "composite_literal");
                    return match value {
                        Some(value) => Ok((syntax, name_node, value)),
                        None => Err(syntax
                            .unreadable(format!("`{name}` is not written as a literal"), spec)),
                    };
                }
            }
        }
        Err(self.absent(&format!("{noun} {name}")))
    }
}
