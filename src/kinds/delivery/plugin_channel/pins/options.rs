/// The words of a command line, taken apart as the command does.
#[derive(Debug, Default)]
pub(super) struct Options<'w> {
    /// Options that have a value, with it.
    pub valued: Vec<(&'w str, &'w str)>,
    /// Options without one.
    pub flags: Vec<&'w str>,
    /// The first word that is no option, and what follows it.
    pub rest: &'w [String],
}

/// How a command writes options.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grammar {
    /// Options that take the next word for their value. `None`: all long ones but those of `flags`.
    pub valued: Option<&'static [&'static str]>,
    /// Long options without a value, and letters that short ones may be put together of.
    pub flags: &'static [&'static str],
    /// Letters of short options with a value, which may stand behind others in one word.
    pub letters: &'static str,
}

impl Grammar {
    /// Options that take the next word for their value; all others have none.
    pub(super) const fn valued(valued: &'static [&'static str]) -> Self {
        Self {
            valued: Some(valued),
            flags: &[],
            letters: "",
        }
    }

    /// The same, with letters of short options that take a value.
    pub(super) const fn with_letters(self, letters: &'static str) -> Self {
        Self { letters, ..self }
    }
}

impl<'w> Options<'w> {
    pub(super) fn of(words: &'w [String], grammar: Grammar) -> Self {
        let mut options = Self::default();
        let mut index = 0;
        while let Some(word) = words.get(index) {
            if word == "--" {
                options.rest = words.get(index + 1..).unwrap_or_default();
                return options;
            }
            if !word.starts_with('-') || word == "-" {
                break;
            }
            index += 1;
            let next = words.get(index).map(String::as_str);
            if let Some((name, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
                options.valued.push((name, value));
            } else if takes_next(word, grammar) {
                options.valued.push((word, next.unwrap_or_default()));
                index += 1;
            } else {
                options.flags.push(word);
            }
        }
        options.rest = words.get(index..).unwrap_or_default();
        options
    }

    pub(super) fn values(&self, names: &[&str]) -> Vec<&'w str> {
        let named = self.valued.iter().filter(|(name, _)| names.contains(name));
        named.map(|(_, value)| *value).collect()
    }
}

fn takes_next(word: &str, grammar: Grammar) -> bool {
    match grammar.valued {
        Some(valued) => {
            valued.contains(&word)
                || (!word.starts_with("--")
                    && ends_with_first(word, |c| grammar.letters.contains(c)))
        }
        None if word.starts_with("--") => !grammar.flags.contains(&word),
        // Letters put together: the first that takes a value takes what is left of the word, or the next one.
        None => {
            let is_flag = |letter: char| grammar.flags.contains(&letter.to_string().as_str());
            ends_with_first(word, |letter| !is_flag(letter))
        }
    }
}

/// Whether the first of a word's letters that takes a value is its last one, so that the value is the next word.
fn ends_with_first(word: &str, is_valued: impl Fn(char) -> bool) -> bool {
    word[1..]
        .char_indices()
        .find(|(_, letter)| is_valued(*letter))
        .is_some_and(|(at, letter)| 1 + at + letter.len_utf8() == word.len())
}
