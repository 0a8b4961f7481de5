use super::extract::Member;

/// A step between what stands in a file and what is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    StripPrefix(String),
    StripSuffix(String),
    Lower,
    Map(Vec<(String, String)>),
    Add(Vec<String>),
    Remove(Vec<String>),
}

/// A member as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) value: String,
    /// Index of the member it was made from; `None` for one that the gate adds.
    pub(super) member: Option<usize>,
}

/// Applies the steps in order. The second list says which of them had nothing to work on.
pub(super) fn transform(members: &[Member], steps: &[Step]) -> (Vec<Compared>, Vec<String>) {
    let mut values: Vec<Compared> = members
        .iter()
        .enumerate()
        .map(|(index, member)| Compared {
            value: member.value.clone(),
            member: Some(index),
        })
        .collect();
    let mut dead = Vec::new();
    for step in steps {
        match step {
            Step::StripPrefix(prefix) => {
                if !replace(&mut values, |value| value.strip_prefix(prefix.as_str())) {
                    dead.push(format!("`strip_prefix: {prefix}` fits no member"));
                }
            }
            Step::StripSuffix(suffix) => {
                if !replace(&mut values, |value| value.strip_suffix(suffix.as_str())) {
                    dead.push(format!("`strip_suffix: {suffix}` fits no member"));
                }
            }
            Step::Lower => {
                let mut changed = false;
                for one in &mut values {
                    let lower = one.value.to_lowercase();
                    changed |= lower != one.value;
                    one.value = lower;
                }
                if !changed {
                    dead.push("`lower` changes no member".to_owned());
                }
            }
            Step::Map(entries) => {
                let mut used = vec![false; entries.len()];
                for one in &mut values {
                    let entry = entries.iter().position(|(from, _)| *from == one.value);
                    if let Some(index) = entry {
                        used[index] = true;
                        one.value.clone_from(&entries[index].1);
                    }
                }
                for ((from, _), _) in entries.iter().zip(used).filter(|(_, used)| !used) {
                    dead.push(format!("`map` names `{from}`, which is no member"));
                }
            }
            Step::Add(added) => {
                for value in added {
                    if values.iter().any(|one| one.value == *value) {
                        dead.push(format!("`add` names `{value}`, which is a member already"));
                    } else {
                        values.push(Compared {
                            value: value.clone(),
                            member: None,
                        });
                    }
                }
            }
            Step::Remove(removed) => {
                for value in removed {
                    let before = values.len();
                    values.retain(|one| one.value != *value);
                    if values.len() == before {
                        dead.push(format!("`remove` names `{value}`, which is no member"));
                    }
                }
            }
        }
    }
    (values, dead)
}

fn replace(values: &mut [Compared], strip: impl Fn(&str) -> Option<&str>) -> bool {
    let mut any = false;
    for one in values {
        if let Some(rest) = strip(&one.value) {
            one.value = rest.to_owned();
            any = true;
        }
    }
    any
}
