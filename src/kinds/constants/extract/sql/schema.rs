use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

use sqlparser::ast::{
    AlterTable, AlterTableOperation, AlterTypeOperation, CheckConstraint, ColumnDef, ColumnOption,
    CreateTable, Expr, Ident, ObjectName, ObjectType, RenameTableNameKind, Statement,
    TableConstraint, UserDefinedTypeRepresentation, visit_expressions,
};

use super::script::Placed;
use super::wanted::stored;

/// What the migrations so far have made. Only what can carry a set of constants is kept.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub(super) tables: BTreeMap<String, Table>,
    pub(super) enums: BTreeMap<String, EnumType>,
    /// Where a constraint, table or type was dropped last, by its name.
    pub(super) dropped: BTreeMap<String, (usize, usize)>,
    /// The table and the columns of a constraint that was dropped last, by its name.
    was_about: BTreeMap<String, (String, BTreeSet<String>)>,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    columns: BTreeSet<String>,
    pub(super) checks: Vec<Check>,
}

#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) name: String,
    /// Where the name is written; `None` for an implied one.
    pub(super) name_span: Option<Range<usize>>,
    pub(super) expr: Expr,
    pub(super) columns: BTreeSet<String>,
    /// Where the columns are named: in the expression, and in an inline definition.
    pub(super) column_spans: Vec<Range<usize>>,
    pub(super) script: Placed,
    /// Where the constraint begins.
    pub(super) at: usize,
    /// The table and the columns that a constraint of this name was about before it was dropped, if
    /// they were others.
    pub(super) before: Option<(String, BTreeSet<String>)>,
}

#[derive(Debug, Clone)]
pub(super) struct EnumType {
    pub(super) file: usize,
    pub(super) name_span: Range<usize>,
    pub(super) labels: Vec<Label>,
}

#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) value: String,
    pub(super) file: usize,
    pub(super) span: Range<usize>,
    /// The statement that adds this one alone.
    pub(super) statement: Option<Range<usize>>,
    /// Whether it stands in the list of the type's own definition.
    pub(super) listed: bool,
}

/// A statement that cannot happen, or happens only under a condition that is not known here.
pub(super) struct Conflict(pub(super) String);

fn of(ident: &Ident) -> String {
    stored(&ident.value, ident.quote_style.is_some())
}

/// The last part of a name.
fn last(name: &ObjectName) -> Option<&Ident> {
    name.0.last().and_then(|part| part.as_ident())
}

/// A name with its schema, unless that is the default one.
fn name_of(name: &ObjectName) -> String {
    let name_only = last(name).map(of).unwrap_or_default();
    let before = name.0.len().checked_sub(2).and_then(|at| name.0.get(at));
    match before.and_then(|part| part.as_ident()).map(of) {
        Some(schema) if schema != "public" => format!("{schema}.{name_only}"),
        _ => name_only,
    }
}

/// The schema in front of a name, with its dot.
fn schema_of(name: &str) -> &str {
    name.rfind('.').map_or("", |dot| &name[..=dot])
}

impl Schema {
    /// Applies a statement. `range` are its bytes, and `strings` those of its string literals:
    /// the parser does not say where the labels of enums stand.
    pub(super) fn apply(
        &mut self,
        statement: &Statement,
        script: &Placed,
        range: Range<usize>,
        strings: &[Range<usize>],
    ) -> Result<(), Conflict> {
        match statement {
            Statement::CreateTable(create) => self.create_table(create, script),
            Statement::AlterTable(alter) => self.alter_table(alter, script, range.start),
            Statement::CreateType {
                name,
                representation: Some(UserDefinedTypeRepresentation::Enum { labels }),
            } => self.create_enum(name, labels, script, strings),
            Statement::AlterType(alter) => {
                let name = name_of(&alter.name);
                self.alter_type(&name, &alter.operation, script, range, strings)
            }
            Statement::Drop {
                object_type, names, ..
            } => {
                for name in names {
                    let name = name_of(name);
                    if *object_type == ObjectType::Schema {
                        self.drop_schema(&name, (script.file, range.start));
                        continue;
                    }
                    let gone = match object_type {
                        ObjectType::Table => self.tables.remove(&name).is_some(),
                        ObjectType::Type => self.enums.remove(&name).is_some(),
                        _ => false,
                    };
                    if gone {
                        self.dropped.insert(name, (script.file, range.start));
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn drop_schema(&mut self, name: &str, at: (usize, usize)) {
        let prefix = match name {
            "public" => String::new(),
            other => format!("{other}."),
        };
        let tables = self.tables.keys().filter(|of| schema_of(of) == prefix);
        let enums = self.enums.keys().filter(|of| schema_of(of) == prefix);
        for gone in tables.chain(enums).cloned().collect::<Vec<_>>() {
            for check in self.tables.remove(&gone).unwrap_or_default().checks {
                self.dropped.insert(check.name, at);
            }
            self.enums.remove(&gone);
            self.dropped.insert(gone, at);
        }
    }

    fn create_table(&mut self, create: &CreateTable, script: &Placed) -> Result<(), Conflict> {
        let name = name_of(&create.name);
        // A second CREATE TABLE IF NOT EXISTS does nothing.
        if self
            .tables
            .get(&name)
            .is_some_and(|table| !table.columns.is_empty())
        {
            return Ok(());
        }
        self.tables.entry(name.clone()).or_default();
        for column in &create.columns {
            self.add_column(&name, column, script)?;
        }
        for constraint in &create.constraints {
            if let TableConstraint::Check(check) = constraint {
                self.add_check(&name, check.name.as_ref(), check, None, script)?;
            }
        }
        Ok(())
    }

    fn add_column(
        &mut self,
        table: &str,
        column: &ColumnDef,
        script: &Placed,
    ) -> Result<(), Conflict> {
        let entry = self.tables.entry(table.to_owned()).or_default();
        if !entry.columns.insert(of(&column.name)) {
            // ADD COLUMN IF NOT EXISTS of one that is there does nothing.
            return Ok(());
        }
        for option in &column.options {
            if let ColumnOption::Check(check) = &option.option {
                let name = check.name.as_ref().or(option.name.as_ref());
                self.add_check(table, name, check, Some(&column.name), script)?;
            }
        }
        Ok(())
    }

    fn add_check(
        &mut self,
        table: &str,
        name: Option<&Ident>,
        check: &CheckConstraint,
        inline: Option<&Ident>,
        script: &Placed,
    ) -> Result<(), Conflict> {
        // PostgreSQL 18 has constraints that nobody enforces.
        if check.enforced == Some(false) {
            let name = name.map(of).unwrap_or_default();
            return Err(Conflict(format!(
                "constraint {name} is NOT ENFORCED, and keeps no value out"
            )));
        }
        let mut columns = BTreeSet::new();
        let mut column_spans = Vec::new();
        let _ = visit_expressions(&*check.expr, |expr| {
            let ident = match expr {
                Expr::Identifier(ident) => Some(ident),
                Expr::CompoundIdentifier(parts) => parts.last(),
                _ => None,
            };
            if let Some(ident) = ident {
                columns.insert(of(ident));
                column_spans.push(script.range(ident.span));
            }
            ControlFlow::<()>::Continue(())
        });
        let at = column_spans.first().map_or(0, |span| span.start);
        column_spans.extend(inline.map(|ident| script.range(ident.span)));
        let checks = &mut self.tables.entry(table.to_owned()).or_default().checks;
        let name_span = name.map(|ident| script.range(ident.span));
        let name = match name {
            Some(ident) => of(ident),
            None => implied_name(table, &columns, checks),
        };
        let before = self.was_about.get(&name);
        let before = before.filter(|(of, about)| of != table || *about != columns);
        let new = Check {
            before: before.cloned(),
            name,
            at: name_span.as_ref().map_or(at, |span| span.start),
            name_span,
            expr: (*check.expr).clone(),
            columns,
            column_spans,
            script: script.clone(),
        };
        match checks.iter().find(|old| old.name == new.name) {
            None => checks.push(new),
            Some(old) if old.expr.to_string() == new.expr.to_string() => {}
            Some(_) => {
                return Err(Conflict(format!(
                    "constraint {} is added again with another condition, and was not dropped before",
                    new.name
                )));
            }
        }
        Ok(())
    }

    fn alter_table(
        &mut self,
        alter: &AlterTable,
        script: &Placed,
        at: usize,
    ) -> Result<(), Conflict> {
        let mut table = name_of(&alter.name);
        for operation in &alter.operations {
            match operation {
                AlterTableOperation::AddConstraint {
                    constraint: TableConstraint::Check(check),
                    ..
                } => self.add_check(&table, check.name.as_ref(), check, None, script)?,
                AlterTableOperation::AddColumn { column_def, .. } => {
                    self.add_column(&table, column_def, script)?;
                }
                AlterTableOperation::DropConstraint { name, .. } => {
                    let name = of(name);
                    if let Some(entry) = self.tables.get_mut(&table) {
                        let gone = entry.checks.iter().position(|check| check.name == name);
                        if let Some(index) = gone {
                            let check = entry.checks.remove(index);
                            self.was_about
                                .insert(name.clone(), (table.clone(), check.columns));
                            self.dropped.insert(name, (script.file, at));
                        }
                    }
                }
                AlterTableOperation::DropColumn { column_names, .. } => {
                    if let Some(entry) = self.tables.get_mut(&table) {
                        for column in column_names.iter().map(of) {
                            entry.columns.remove(&column);
                            entry
                                .checks
                                .retain(|check| !check.columns.contains(&column));
                            self.dropped
                                .insert(format!("{table}.{column}"), (script.file, at));
                        }
                    }
                }
                AlterTableOperation::RenameTable { table_name } => {
                    let (RenameTableNameKind::To(new) | RenameTableNameKind::As(new)) = table_name;
                    let new = format!("{}{}", schema_of(&table), name_of(new));
                    if let Some(entry) = self.tables.remove(&table) {
                        self.tables.insert(new.clone(), entry);
                    }
                    for (of, _) in self.was_about.values_mut().filter(|(of, _)| *of == table) {
                        of.clone_from(&new);
                    }
                    table = new;
                }
                AlterTableOperation::RenameColumn {
                    old_column_name,
                    new_column_name,
                } => self.rename_column(&table, &of(old_column_name), &of(new_column_name)),
                AlterTableOperation::RenameConstraint { old_name, new_name } => {
                    let (old, new) = (of(old_name), of(new_name));
                    if let Some(entry) = self.tables.get_mut(&table) {
                        for check in entry.checks.iter_mut().filter(|check| check.name == old) {
                            check.name.clone_from(&new);
                            check.name_span = Some(script.range(new_name.span));
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn rename_column(&mut self, table: &str, old: &str, new: &str) {
        for (_, columns) in self.was_about.values_mut().filter(|(of, _)| of == table) {
            if columns.remove(old) {
                columns.insert(new.to_owned());
            }
        }
        if let Some(entry) = self.tables.get_mut(table) {
            if entry.columns.remove(old) {
                entry.columns.insert(new.to_owned());
            }
            for check in &mut entry.checks {
                if check.columns.remove(old) {
                    check.columns.insert(new.to_owned());
                    // What names the column is now the renaming.
                    check.column_spans.clear();
                }
            }
        }
    }

    fn create_enum(
        &mut self,
        name: &ObjectName,
        labels: &[Ident],
        script: &Placed,
        strings: &[Range<usize>],
    ) -> Result<(), Conflict> {
        let Some(ident) = last(name) else {
            return Ok(());
        };
        if labels.len() != strings.len() {
            return Err(Conflict(format!(
                "the labels of type {} are not plain strings",
                of(ident)
            )));
        }
        let labels: Vec<Label> = labels
            .iter()
            .zip(strings)
            .map(|(label, span)| Label {
                value: label.value.clone(),
                file: script.file,
                span: span.clone(),
                statement: None,
                listed: true,
            })
            .collect();
        if let Some(old) = self.enums.get(&name_of(name)) {
            let values = |labels: &[Label]| -> Vec<String> {
                labels.iter().map(|label| label.value.clone()).collect()
            };
            if values(&old.labels) != values(&labels) {
                return Err(Conflict(format!(
                    "type {} is created again with other labels, and was not dropped before",
                    of(ident)
                )));
            }
            return Ok(());
        }
        self.enums.insert(
            name_of(name),
            EnumType {
                file: script.file,
                name_span: script.range(ident.span),
                labels,
            },
        );
        Ok(())
    }

    fn alter_type(
        &mut self,
        name: &str,
        operation: &AlterTypeOperation,
        script: &Placed,
        range: Range<usize>,
        strings: &[Range<usize>],
    ) -> Result<(), Conflict> {
        let string = |index: usize| {
            let span = strings.get(index).cloned();
            span.ok_or_else(|| Conflict(format!("a label of type {name} is not a plain string")))
        };
        match operation {
            AlterTypeOperation::Rename(rename) => {
                if let Some(mut entry) = self.enums.remove(name) {
                    entry.file = script.file;
                    entry.name_span = script.range(rename.new_name.span);
                    let new = format!("{}{}", schema_of(name), of(&rename.new_name));
                    self.enums.insert(new, entry);
                }
            }
            AlterTypeOperation::AddValue(add) => {
                if let Some(entry) = self.enums.get_mut(name) {
                    let is_there = entry.labels.iter().any(|l| l.value == add.value.value);
                    if !(is_there && add.if_not_exists) {
                        entry.labels.push(Label {
                            value: add.value.value.clone(),
                            file: script.file,
                            span: string(0)?,
                            statement: Some(range),
                            listed: false,
                        });
                    }
                }
            }
            AlterTypeOperation::RenameValue(rename) => {
                if let Some(entry) = self.enums.get_mut(name) {
                    let label = entry
                        .labels
                        .iter_mut()
                        .find(|label| label.value == rename.from.value)
                        .ok_or_else(|| {
                            Conflict(format!("type {name} has no label {}", rename.from.value))
                        })?;
                    label.value.clone_from(&rename.to.value);
                    label.file = script.file;
                    label.span = string(1)?;
                    label.statement = None;
                    label.listed = false;
                }
            }
        }
        Ok(())
    }
}

/// The name that PostgreSQL gives to a nameless constraint.
fn implied_name(table: &str, columns: &BTreeSet<String>, taken: &[Check]) -> String {
    let mut only = columns.iter();
    let base = match (only.next(), only.next()) {
        (Some(column), None) => format!("{table}_{column}_check"),
        _ => format!("{table}_check"),
    };
    let base = base[schema_of(table).len()..].to_owned();
    let mut name = base.clone();
    let mut number = 0;
    while taken.iter().any(|check| check.name == name) {
        number += 1;
        name = format!("{base}{number}");
    }
    name
}
