use crate::context::Environment;

/// A text of a gate in which `${NAME}` stands for an environment variable: where a server is, only the job knows that
/// started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvText {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Plain(String),
    Variable(String),
}

impl EnvText {
    /// # Errors
    /// What is wrong with a variable.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            if start > 0 {
                parts.push(Part::Plain(rest[..start].to_owned()));
            }
            let Some((name, after)) = rest[start + 2..].split_once('}') else {
                return Err(format!("`{text}` has a `${{` without its `}}`"));
            };
            if !is_variable(name) {
                return Err(format!(
                    "`{name}` is not the name of an environment variable"
                ));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Plain(rest.to_owned()));
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    /// As the gate has it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn has_variables(&self) -> bool {
        (self.parts.iter()).any(|part| matches!(part, Part::Variable(_)))
    }

    /// The names of its variables.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Plain(_) => None,
            Part::Variable(name) => Some(name.as_str()),
        })
    }

    /// # Errors
    /// The name of a variable that is not set.
    pub(crate) fn fill(&self, environment: &Environment) -> Result<String, String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Plain(text) => filled.push_str(text),
                Part::Variable(name) => {
                    filled.push_str(environment.get(name).ok_or_else(|| name.clone())?);
                }
            }
        }
        Ok(filled)
    }
}

/// Whether a text can be the name of a variable.
pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_wherever_they_stand() {
        let environment: Environment = [("BASE", "http://h:1"), ("ID", "7")].into_iter().collect();
        let text = EnvText::parse("${BASE}/w/${ID}/x").expect("a text");
        assert_eq!(text.fill(&environment).as_deref(), Ok("http://h:1/w/7/x"));
        let text = EnvText::parse("${NOWHERE}/x").expect("a text");
        assert_eq!(text.fill(&environment), Err("NOWHERE".to_owned()));
        let plain = EnvText::parse("http://h/{path}?a=$b").expect("a text");
        assert!(!plain.has_variables());
        assert_eq!(
            plain.fill(&environment).as_deref(),
            Ok("http://h/{path}?a=$b")
        );
    }

    #[test]
    fn what_is_no_variable_is_said_at_once() {
        for bad in ["${A", "${}", "${A B}", "${1}"] {
            assert!(EnvText::parse(bad).is_err(), "{bad}");
        }
    }
}
