use std::collections::HashMap;
use std::ops::Range;

use tree_sitter::Node;

use super::constant::{Constant, double_quoted};
use super::go_value::{Evaluated, evaluate};
use super::syntax::{MAX_DEPTH, Syntax, children, descendants, whole_lines};
use super::{Edit, Extraction, Failure, Insertion, Member, Origin, SourceText};

/// The name of a constant that `prove` plants.
const PLANTED: &str = "DriftgatePlanted";

/// A constant at the top level of a file.
struct Const<'t> {
    name: Node<'t>,
    file: usize,
    /// The `const` declaration it stands in.
    block: Node<'t>,
    spec: Node<'t>,
    /// The type that stands at it, or at the one that it repeats.
    type_node: Option<Node<'t>>,
    /// The expression that says its value, its own or the one that it repeats.
    value: Option<Node<'t>>,
    /// Whether the expression stands at this very constant, and at no other.
    own_value: bool,
    iota: i128,
    /// Whether its line declares it alone.
    alone: bool,
}

/// The files of a package, or those of them that the gate names.
pub(super) struct Package<'a, 't> {
    pub(super) files: &'t [Syntax<'a>],
    consts: Vec<Const<'t>>,
    by_name: HashMap<&'a str, usize>,
    /// Names that are declared more than once: build tags tell which counts.
    twice: HashMap<&'a str, usize>,
}

pub(super) fn parse(sources: &[SourceText]) -> Result<Vec<Syntax<'_>>, Failure> {
    let language = tree_sitter_go::LANGUAGE.into();
    sources
        .iter()
        .enumerate()
        .map(|(file, source)| {
            let syntax = Syntax::parse(file, source, &language)?;
            always_built(&syntax)?;
            Ok(syntax)
        })
        .collect::<Result<Vec<_>, _>>()
        .and_then(one_package)
}

/// # Errors
/// When a build constraint stands before the package clause: the compiler may never see the file.
/// <https://pkg.go.dev/cmd/go#hdr-Build_constraints>
fn always_built(syntax: &Syntax<'_>) -> Result<(), Failure> {
    let is_constraint = |node: &Node<'_>| {
        let text = syntax.text(*node);
        text.starts_with("//go:build ")
            || text
                .strip_prefix("//")
                .is_some_and(|rest| rest.trim_start().starts_with("+build "))
    };
    let mut cursor = syntax.root().walk();
    let constraint = syntax
        .root()
        .named_children(&mut cursor)
        .take_while(|node| node.kind() == "comment")
        .find(is_constraint);
    match constraint {
        Some(node) => Err(syntax.unreadable(
            "only the build tags tell whether this file is compiled",
            node,
        )),
        None => Ok(()),
    }
}

/// # Errors
/// When the files are not of one package: names of one mean nothing in the other.
fn one_package(files: Vec<Syntax<'_>>) -> Result<Vec<Syntax<'_>>, Failure> {
    let mut first: Option<&str> = None;
    for syntax in &files {
        let clause = children(syntax.root())
            .into_iter()
            .find(|node| node.kind() == "package_clause");
        let Some(clause) = clause else { continue };
        let package = children(clause)
            .first()
            .map_or("", |name| syntax.text(*name));
        if *first.get_or_insert(package) != package {
            return Err(syntax.unreadable(
                format!(
                    "package {package} beside package {}",
                    first.unwrap_or_default()
                ),
                clause,
            ));
        }
    }
    Ok(files)
}

impl<'a, 't> Package<'a, 't> {
    pub(super) fn new(files: &'t [Syntax<'a>]) -> Self {
        let mut consts = Vec::new();
        for syntax in files {
            for block in children(syntax.root()) {
                if block.kind() == "const_declaration" {
                    collect_block(syntax.file, block, &mut consts);
                }
            }
        }
        let mut by_name = HashMap::new();
        let mut twice = HashMap::new();
        for (index, one) in consts.iter().enumerate() {
            let name = files[one.file].text(one.name);
            if name != "_" && by_name.insert(name, index).is_some() {
                twice.insert(name, index);
            }
        }
        Self {
            files,
            consts,
            by_name,
            twice,
        }
    }

    /// The one constant of a name.
    fn find(&self, name: &str) -> Result<Option<&Const<'t>>, Failure> {
        if let Some(second) = self.twice.get(name).map(|index| &self.consts[*index]) {
            return Err(self.files[second.file].unreadable(
                format!("constant `{name}` is declared more than once; only the build tells which counts"),
                second.name,
            ));
        }
        Ok(self.by_name.get(name).map(|index| &self.consts[*index]))
    }

    fn name(&self, one: &Const<'_>) -> &'a str {
        self.files[one.file].text(one.name)
    }

    pub(super) fn absent(&self, what: &str) -> Failure {
        self.files
            .iter()
            .map(|syntax| syntax.absent(what))
            .reduce(|first, next| match first {
                Failure::Missing { .. } => next,
                Failure::Unreadable { .. } => first,
            })
            .unwrap_or_else(|| Failure::missing(what))
    }

    fn evaluate(&self, one: &Const<'t>, depth: usize) -> Result<Evaluated, Failure> {
        let syntax = &self.files[one.file];
        syntax.sound(one.spec)?;
        let Some(value) = one.value else {
            return Err(syntax.unreadable(
                format!("constant `{}` has no value", self.name(one)),
                one.spec,
            ));
        };
        let mut evaluated = evaluate(self, syntax, value, Some(one.iota), depth)?;
        if !one.own_value {
            evaluated.literal = None;
        }
        if let Some(node) = one.type_node {
            evaluated.converted = Some(syntax.text(node).to_owned());
        }
        Ok(evaluated)
    }

    /// The constant that an identifier names.
    pub(super) fn resolve(
        &self,
        syntax: &Syntax<'_>,
        node: Node<'_>,
        depth: usize,
    ) -> Result<(Origin, Evaluated), Failure> {
        let name = syntax.text(node);
        if depth > MAX_DEPTH {
            return Err(syntax.unreadable("constants refer to each other in a circle", node));
        }
        let Some(one) = self.find(name)? else {
            return Err(Failure::missing_at(
                format!("constant `{name}`, which is referred to here,"),
                syntax.file,
                node.start_byte(),
            ));
        };
        let value = self.evaluate(one, depth + 1)?;
        let span = value.literal.clone().unwrap_or(one.spec.byte_range());
        Ok((
            Origin {
                file: one.file,
                span,
            },
            value,
        ))
    }

    fn member(&self, one: &Const<'t>) -> Result<Member, Failure> {
        let value = self.evaluate(one, 0)?;
        let span = value.literal.clone().unwrap_or(one.spec.byte_range());
        let mut member = new_member(&value.value, one.file, span);
        member.literal = value.literal.is_some();
        if one.alone {
            let declaration = if children(one.block).len() == 1 {
                one.block
            } else {
                one.spec
            };
            let text = self.files[one.file].text;
            member.item = Some(whole_lines(text, declaration.byte_range()));
        }
        Ok(member)
    }

    /// Named constants.
    pub(super) fn named(&self, names: &[String]) -> Result<Extraction, Failure> {
        let mut extraction = None;
        for name in names {
            let one = self
                .find(name)?
                .ok_or_else(|| self.absent(&format!("constant `{name}`")))?;
            let extraction = extraction.get_or_insert_with(|| {
                let mut new =
                    Extraction::new(subject_of(names), origin(one.file, one.name), double_quoted);
                new.named_members = true;
                new.renamed = vec![rename(one.file, one.name, name)];
                new
            });
            extraction.members.push(self.member(one)?);
        }
        extraction.ok_or_else(|| self.absent("any constant"))
    }

    /// All constants of a type.
    pub(super) fn of_type(&self, wanted: &str) -> Result<Extraction, Failure> {
        let types = self.type_names(wanted);
        let names = self.aliases_of(wanted);
        let is_it = |name: &str| names.contains(&name);
        let mut found: Vec<&Const<'t>> = Vec::new();
        for one in &self.consts {
            if self.name(one) == "_" {
                continue;
            }
            let syntax = &self.files[one.file];
            let is_wanted = match (one.type_node, one.value) {
                (Some(node), _) => is_it(syntax.text(node)),
                // `const A = T("a")`, or `const A = B + "a"` where B is of the type: only then
                // is it worth working the value out.
                (None, Some(value)) if !value.kind().ends_with("_literal") => self
                    .evaluate(one, 0)
                    .is_ok_and(|value| value.converted.as_deref().is_some_and(is_it)),
                _ => false,
            };
            if is_wanted {
                found.push(one);
            }
        }
        let what = format!("type {wanted}");
        let declared = match (types.first(), found.first()) {
            (Some((file, node)), _) => origin(*file, *node),
            (None, Some(one)) => origin(one.file, one.name),
            (None, None) => return Err(self.absent(&format!("{what} or a constant of it"))),
        };
        for syntax in self.files {
            // A syntax error can hide a constant of the type.
            syntax.sound(syntax.root())?;
        }
        let mut extraction =
            Extraction::new(format!("constants of {what}"), declared, double_quoted);
        // `const Default = A` is another name for a member, and not another member.
        let (references, own): (Vec<_>, Vec<_>) = found
            .iter()
            .partition(|one| one.value.is_some_and(|node| node.kind() == "identifier"));
        for one in own.into_iter().chain(references) {
            self.find(self.name(one))?;
            let new = self.member(one)?;
            let refers = one.value.is_some_and(|node| {
                node.kind() == "identifier" && self.files[one.file].text(node) != "iota"
            });
            if !(refers && extraction.members.iter().any(|m| m.value == new.value)) {
                extraction.members.push(new);
            }
        }
        if let Some(last) = found.last() {
            extraction.insertion = Some(self.after(last, Some(wanted)));
        }
        // The type is named where it is declared, at its constants, and in conversions to it.
        let mut names: Vec<(usize, Node<'t>)> = types;
        for one in &found {
            let syntax = &self.files[one.file];
            let named = descendants(one.spec, &["type_identifier", "identifier"]);
            let named = named
                .into_iter()
                .filter(|node| syntax.text(*node) == wanted);
            names.extend(named.map(|node| (one.file, node)));
        }
        extraction.renamed = names
            .iter()
            .map(|(file, node)| rename(*file, *node, wanted))
            .collect();
        if !self.type_names(wanted).is_empty() {
            extraction.emptied = remove_all(&extraction.members);
        }
        Ok(extraction)
    }

    /// The names of a type: its own, and those of `type Other = Wanted`.
    fn aliases_of<'n>(&self, wanted: &'n str) -> Vec<&'n str>
    where
        'a: 'n,
    {
        let pairs: Vec<(&'a str, &'a str)> = self
            .files
            .iter()
            .flat_map(|syntax| {
                children(syntax.root())
                    .into_iter()
                    .filter(|node| node.kind() == "type_declaration")
                    .flat_map(children)
                    .filter(|spec| spec.kind() == "type_alias")
                    .filter_map(|spec| {
                        let name = spec.child_by_field_name("name")?;
                        let of = spec.child_by_field_name("type")?;
                        Some((syntax.text(name), syntax.text(of)))
                    })
            })
            .collect();
        let mut names = vec![wanted];
        let mut next = 0;
        while let Some(of) = names.get(next).copied() {
            for (name, target) in &pairs {
                if *target == of && !names.contains(name) {
                    names.push(name);
                }
            }
            next += 1;
        }
        names
    }

    fn type_names(&self, wanted: &str) -> Vec<(usize, Node<'t>)> {
        let mut found = Vec::new();
        for syntax in self.files {
            for declaration in children(syntax.root()) {
                if declaration.kind() != "type_declaration" {
                    continue;
                }
                for spec in children(declaration) {
                    if let Some(name) = spec.child_by_field_name("name")
                        && syntax.text(name) == wanted
                    {
                        found.push((syntax.file, name));
                    }
                }
            }
        }
        found
    }

    /// Every constant of the `const` block in which `name` stands.
    pub(super) fn block_of(&self, name: &str) -> Result<Extraction, Failure> {
        let one = self
            .find(name)?
            .ok_or_else(|| self.absent(&format!("the const block with `{name}`")))?;
        self.files[one.file].sound(one.block)?;
        let mut extraction = Extraction::new(
            format!("const block with {name}"),
            origin(one.file, one.name),
            double_quoted,
        );
        let mut last = one;
        for other in &self.consts {
            if other.file == one.file && other.block == one.block && self.name(other) != "_" {
                extraction.members.push(self.member(other)?);
                last = other;
            }
        }
        if self.files[one.file].text(one.block).contains('(') {
            let type_text = last.type_node.map(|node| self.files[last.file].text(node));
            extraction.insertion = Some(self.after(last, type_text));
        }
        extraction.renamed = vec![rename(one.file, one.name, name)];
        Ok(extraction)
    }

    fn after(&self, last: &Const<'t>, type_text: Option<&str>) -> Insertion {
        let syntax = &self.files[last.file];
        let is_block = last.block.child(1).is_some_and(|child| child.kind() == "(");
        let keyword = if is_block { "\t" } else { "const " };
        let type_text = type_text.map(|name| format!(" {name}")).unwrap_or_default();
        let end = if is_block { last.spec } else { last.block };
        // On a line of its own after the last one; `const (A = 1; B = 2)` needs no other care.
        let line_end = syntax.text[end.end_byte()..]
            .find('\n')
            .map_or(syntax.text.len(), |newline| end.end_byte() + newline);
        let rest = syntax.text[end.end_byte()..line_end].trim();
        let at = if rest.is_empty() || rest.starts_with("//") {
            line_end
        } else {
            end.end_byte()
        };
        Insertion {
            file: last.file,
            at,
            before: format!("\n{keyword}{PLANTED}{type_text} = "),
            after: String::new(),
        }
    }
}

fn subject_of(names: &[String]) -> String {
    match names {
        [one] => format!("constant {one}"),
        many => format!("constants {}", many.join(", ")),
    }
}

pub(super) fn origin(file: usize, node: Node<'_>) -> Origin {
    Origin {
        file,
        span: node.byte_range(),
    }
}

pub(super) fn rename(file: usize, node: Node<'_>, name: &str) -> Edit {
    Edit::new(file, node.byte_range(), format!("{name}Renamed"))
}

pub(super) fn new_member(value: &Constant, file: usize, span: Range<usize>) -> Member {
    match value {
        Constant::Text(text) => Member::text(text, file, span),
        Constant::Number(number) => Member::text(number.to_string(), file, span).number(true),
    }
}

/// Edits that cut every member out; none where one of them cannot be.
pub(super) fn remove_all(members: &[Member]) -> Vec<Edit> {
    members
        .iter()
        .map(|member| Some(Edit::new(member.at.file, member.item.clone()?, "")))
        .collect::<Option<Vec<_>>>()
        .unwrap_or_default()
}

fn collect_block<'t>(file: usize, block: Node<'t>, consts: &mut Vec<Const<'t>>) {
    let specs = children(block);
    let mut repeated: Vec<Node<'t>> = Vec::new();
    let mut repeated_type = None;
    let start = consts.len();
    for (iota, spec) in specs
        .into_iter()
        .filter(|spec| spec.kind() == "const_spec")
        .enumerate()
    {
        let mut cursor = spec.walk();
        let names: Vec<Node<'t>> = spec
            .children_by_field_name("name", &mut cursor)
            .filter(|node| node.kind() == "identifier")
            .collect();
        let own = spec.child_by_field_name("value");
        if let Some(list) = own {
            repeated = children(list);
            repeated_type = spec.child_by_field_name("type");
        } else {
            // The one that says the value now says it for others too.
            for before in &mut consts[start..] {
                if repeated.iter().any(|node| before.value == Some(*node)) {
                    before.own_value = false;
                }
            }
        }
        let alone = names.len() == 1;
        for (index, name) in names.into_iter().enumerate() {
            consts.push(Const {
                name,
                file,
                block,
                spec,
                type_node: repeated_type,
                value: repeated.get(index).copied(),
                own_value: own.is_some(),
                iota: iota as i128,
                alone,
            });
        }
    }
}
