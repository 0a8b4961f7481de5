use super::evaluate::Value;
use crate::kinds::workflows::yaml::{Node, Shape, Text};

/// How many jobs a matrix can make: GitHub's own limit is 256 a workflow.
const MAX_JOBS: usize = 1024;

/// The jobs that a matrix makes.
#[derive(Debug, Clone, PartialEq)]
pub enum Expansion {
    Known(Vec<Combination>),
    /// Why they are known only once the workflow runs.
    Unknown(String),
}

/// The values of one job of a matrix, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Combination {
    pub values: Vec<(String, Node)>,
}

impl Combination {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.values
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    }

    fn set(&mut self, key: &str, value: &Node) {
        match self.values.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value.clone(),
            None => self.values.push((key.to_owned(), value.clone())),
        }
    }

    /// The values as they stand behind a job's name: `(a, b)`. `None` where a value has parts.
    pub(super) fn suffix(&self, in_order: bool) -> Option<String> {
        let mut values: Vec<_> = self.values.iter().collect();
        if !in_order {
            values.sort_by(|a, b| a.0.cmp(&b.0));
        }
        let mut shown = Vec::new();
        for (_, value) in values {
            let text = Value::of(value.as_text()?).to_text();
            if !text.is_empty() || !in_order {
                shown.push(text);
            }
        }
        Some(if shown.is_empty() {
            String::new()
        } else {
            format!(" ({})", shown.join(", "))
        })
    }
}

/// Expands a matrix: every combination of the lists, the first key slowest, without those of
/// `exclude`; then each of `include` is added to the combinations whose own values it does not
/// change, or is one more. (docs.github.com, workflow syntax, `jobs.<job_id>.strategy.matrix`.)
pub fn expand(matrix: &Node) -> Expansion {
    let entries = match &matrix.shape {
        Shape::Map(entries) => entries,
        _ => return Expansion::Unknown("its matrix is an expression".to_owned()),
    };
    let mut combinations = vec![Combination::default()];
    let mut keys = Vec::new();
    for entry in entries.iter() {
        let key = entry.key.as_str();
        if key == "include" || key == "exclude" {
            continue;
        }
        let values = match &entry.value.shape {
            Shape::List(values) => values,
            _ => return Expansion::Unknown(format!("`{key}` of its matrix is an expression")),
        };
        if values.is_empty() {
            return Expansion::Unknown(format!("`{key}` of its matrix is empty"));
        }
        if values.iter().any(has_expression) {
            return Expansion::Unknown(format!("`{key}` of its matrix has expressions"));
        }
        keys.push(key.to_owned());
        combinations = combinations
            .iter()
            .flat_map(|before| {
                values.iter().map(move |value| {
                    let mut after = before.clone();
                    after.set(key, value);
                    after
                })
            })
            .collect();
        if combinations.len() > MAX_JOBS {
            return Expansion::Unknown("its matrix is too large".to_owned());
        }
    }
    if keys.is_empty() {
        combinations.clear();
    }
    let list = |key: &str| match matrix.get(key) {
        None => Ok(Vec::new()),
        Some(value) => match value.as_list() {
            Some(items) if !items.iter().any(has_expression) => Ok(items.to_vec()),
            _ => Err(Expansion::Unknown(format!(
                "`{key}` of its matrix has expressions"
            ))),
        },
    };
    let (excludes, includes) = match (list("exclude"), list("include")) {
        (Ok(excludes), Ok(includes)) => (excludes, includes),
        (Err(unknown), _) | (_, Err(unknown)) => return unknown,
    };
    combinations.retain(|combination| !excludes.iter().any(|e| covers(e, combination)));
    include(&mut combinations, &keys, &includes);
    Expansion::Known(combinations)
}

fn include(combinations: &mut Vec<Combination>, keys: &[String], includes: &[Node]) {
    let originals = combinations.len();
    for include in includes {
        let entries = include.as_map().unwrap_or_default();
        let mut added = false;
        for combination in combinations.iter_mut().take(originals) {
            let changes_nothing = entries.iter().all(|entry| {
                !keys.contains(&entry.key.value)
                    || combination
                        .get(&entry.key.value)
                        .is_some_and(|own| same(own, &entry.value))
            });
            if changes_nothing {
                added = true;
                for entry in entries {
                    combination.set(&entry.key.value, &entry.value);
                }
            }
        }
        if !added {
            let mut more = Combination::default();
            for entry in entries {
                more.set(&entry.key.value, &entry.value);
            }
            combinations.push(more);
        }
    }
}

/// Whether an `exclude` takes a combination away: it has all values that are named.
fn covers(exclude: &Node, combination: &Combination) -> bool {
    let entries = exclude.as_map().unwrap_or_default();
    !entries.is_empty()
        && entries.iter().all(|entry| {
            combination
                .get(&entry.key.value)
                .is_some_and(|own| same(own, &entry.value))
        })
}

/// Whether two values are equal, wherever they stand and however they are written.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.shape, &b.shape) {
        (Shape::Scalar(a), Shape::Scalar(b)) => Value::of(a) == Value::of(b),
        (Shape::List(a), Shape::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Shape::Map(a), Shape::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|entry| {
                    b.iter().any(|other| {
                        other.key.value == entry.key.value && same(&other.value, &entry.value)
                    })
                })
        }
        _ => false,
    }
}

fn has_expression(node: &Node) -> bool {
    node.scalars()
        .into_iter()
        .map(Text::as_str)
        .any(|text| text.contains("${{"))
}
