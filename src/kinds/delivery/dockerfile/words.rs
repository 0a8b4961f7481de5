/// Splits the arguments of `ENV` and `ARG` into words. Quotes and escapes are kept in the words, for
/// expansion takes them away later; they only keep spaces from splitting.
pub(super) fn split_words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut in_word = false;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            if in_word {
                words.push(std::mem::take(&mut word));
                in_word = false;
            }
            continue;
        }
        in_word = true;
        if c == escape && quote != Some('\'') {
            // An escape at the very end stands for nothing.
            if let Some(next) = chars.next() {
                word.push(c);
                word.push(next);
            }
            continue;
        }
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        word.push(c);
    }
    if in_word && !word.is_empty() {
        words.push(word);
    }
    words
}

/// The names and values of an `ENV`, unexpanded: `a=b c="d e"`, or the old form `a b c` in which all
/// after the first space is one value.
///
/// # Errors
/// Says what the builder would.
pub(super) fn split_env(text: &str, escape: char) -> Result<Vec<(String, String)>, String> {
    let words = split_words(text, escape);
    let Some(first) = words.first() else {
        return Err("ENV needs an argument".to_owned());
    };
    if !first.contains('=') {
        let Some((name, value)) = text.trim().split_once(char::is_whitespace) else {
            return Err(format!("ENV {first} has no value"));
        };
        return Ok(vec![(name.to_owned(), value.trim_start().to_owned())]);
    }
    words
        .iter()
        .map(|word| match word.split_once('=') {
            Some(("", _)) => Err(format!("`{word}` has no name before the `=`")),
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!("`{word}` in ENV has no `=`")),
        })
        .collect()
}

/// The names and defaults of an `ARG`, unexpanded.
///
/// # Errors
/// Says what the builder would.
pub(super) fn split_arg(text: &str, escape: char) -> Result<Vec<(String, Option<String>)>, String> {
    split_words(text, escape)
        .iter()
        .map(|word| match word.split_once('=') {
            Some(("", _)) => Err(format!("`{word}` has no name before the `=`")),
            Some((name, value)) => Ok((name.to_owned(), Some(value.to_owned()))),
            None => Ok((word.clone(), None)),
        })
        .collect()
}

/// Takes quotes and escapes away from the value of an instruction's flag.
///
/// # Errors
/// When a quote is left open, which means that the value had a space in it.
pub(super) fn unquote_flag(text: &str, escape: char) -> Result<String, String> {
    let mut value = String::new();
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match quote {
            _ if c == escape => value.extend(chars.next()),
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => value.push(c),
        }
    }
    match quote {
        None => Ok(value),
        Some(_) => Err("a flag whose quoted value contains a space".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes_keep_spaces_from_splitting_and_stay_in_the_words() {
        assert_eq!(
            split_words(r#"a=b  c="d e" f=g\ h 'i j'"#, '\\'),
            [r"a=b", r#"c="d e""#, r"f=g\ h", "'i j'"]
        );
        assert_eq!(split_words("a=b` c", '`'), ["a=b` c"]);
        assert_eq!(split_words("a\\", '\\'), ["a"]);
        assert_eq!(split_words("''", '\\'), ["''"]);
    }

    #[test]
    fn env_without_an_equals_sign_in_its_first_word_takes_the_whole_line_as_value() {
        assert_eq!(
            split_env("a b c=d", '\\'),
            Ok(vec![("a".to_owned(), "b c=d".to_owned())])
        );
        assert_eq!(
            split_env("a=1 b=2", '\\'),
            Ok(vec![
                ("a".to_owned(), "1".to_owned()),
                ("b".to_owned(), "2".to_owned())
            ])
        );
        assert!(split_env("a=1 b", '\\').is_err());
        assert!(split_env("a", '\\').is_err());
        assert!(split_env("=1", '\\').is_err());
    }

    #[test]
    fn one_arg_instruction_declares_many_with_and_without_default() {
        assert_eq!(
            split_arg("a b= c=d", '\\'),
            Ok(vec![
                ("a".to_owned(), None),
                ("b".to_owned(), Some(String::new())),
                ("c".to_owned(), Some("d".to_owned()))
            ])
        );
    }

    #[test]
    fn a_flag_loses_its_quotes_and_an_open_one_is_refused() {
        assert_eq!(unquote_flag(r#""*.md""#, '\\'), Ok("*.md".to_owned()));
        assert_eq!(unquote_flag(r"a\ b", '\\'), Ok("a b".to_owned()));
        assert!(unquote_flag("\"a", '\\').is_err());
    }
}
