/// What `--chmod` does to a file's mode: octal, or symbolic as in chmod(1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chmod {
    Octal(u32),
    Symbolic(Vec<Clause>),
}

/// One `u+x` of a symbolic mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// Whether it concerns the owner. Git, and so this gate, looks at the owner's bit alone.
    owner: bool,
    operation: char,
    /// `x`, or `X` for folders and what is already executable.
    execute: Option<char>,
}

impl Chmod {
    /// # Errors
    /// When it is neither an octal number up to 07777 nor a symbolic mode.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let refuse = || {
            format!("`--chmod={text}` is neither an octal number up to 07777 nor a symbolic mode")
        };
        if text.bytes().next().is_some_and(|c| c.is_ascii_digit()) {
            return match u32::from_str_radix(text, 8) {
                Ok(mode) if mode <= 0o7777 => Ok(Self::Octal(mode)),
                _ => Err(refuse()),
            };
        }
        let mut clauses = Vec::new();
        for part in text.split(',') {
            let operator = part.find(['+', '-', '=']).ok_or_else(refuse)?;
            let who = &part[..operator];
            if !who.bytes().all(|c| b"ugoa".contains(&c)) {
                return Err(refuse());
            }
            let mut rest = &part[operator..];
            // One list of people can have several operations: `u+x-w`.
            while let Some(operation) = rest.chars().next() {
                let end = rest[1..]
                    .find(['+', '-', '='])
                    .map_or(rest.len(), |at| at + 1);
                let permissions = &rest[1..end];
                if !permissions.bytes().all(|c| b"rwxXstugo".contains(&c)) {
                    return Err(refuse());
                }
                if permissions.contains(['u', 'g', 'o']) {
                    return Err(format!(
                        "`--chmod={text}` copies permissions of others, which depends on the build"
                    ));
                }
                clauses.push(Clause {
                    owner: who.is_empty() || who.contains(['u', 'a']),
                    operation,
                    execute: permissions.chars().find(|c| matches!(c, 'x' | 'X')),
                });
                rest = &rest[end..];
            }
        }
        Ok(Self::Symbolic(clauses))
    }

    /// Whether a regular file is executable after it.
    pub(super) fn apply(&self, executable: bool) -> bool {
        match self {
            Self::Octal(mode) => mode & 0o100 != 0,
            Self::Symbolic(clauses) => clauses.iter().fold(executable, |now, clause| {
                let named = match clause.execute {
                    Some('x') => true,
                    Some(_) => now,
                    None => false,
                };
                match clause.operation {
                    _ if !clause.owner => now,
                    '+' => now || named,
                    '-' => now && !named,
                    _ => named,
                }
            }),
        }
    }

    /// The outcome where it does not depend on the mode before.
    pub(super) fn settled(&self) -> Option<bool> {
        let (from_plain, from_executable) = (self.apply(false), self.apply(true));
        (from_plain == from_executable).then_some(from_plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_decide_about_the_owners_execute_bit() {
        for (mode, plain, executable) in [
            ("755", true, true),
            ("0644", false, false),
            ("4755", true, true),
            ("011", false, false),
            ("+x", true, true),
            ("u+x", true, true),
            ("g+x", false, true),
            ("a=rX", false, true),
            ("u=rw,go=r", false, false),
            ("u=rwX,go=rX", false, true),
            ("u+x-x", false, false),
            ("-x", false, false),
            ("o-x", false, true),
        ] {
            let chmod = Chmod::parse(mode).expect(mode);
            assert_eq!(chmod.apply(false), plain, "{mode} on a plain file");
            assert_eq!(chmod.apply(true), executable, "{mode} on an executable");
        }
    }

    #[test]
    fn what_is_no_mode_is_refused() {
        for mode in ["", "9", "77777", "u", "rwx", "u+q", "z+x", "u=g", "7x"] {
            assert!(Chmod::parse(mode).is_err(), "{mode}");
        }
    }
}
