use std::sync::Arc;

use granit_parser::{Event, Parser, ScanError};

use super::build::Builder;
use super::decode::decode;
use super::{Fault, FaultKind, Node, Span};

/// A comment, which may be a directive to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlComment {
    /// What follows the `#`.
    pub text: String,
    pub span: Span,
}

/// A file as it was read.
#[derive(Debug, Clone)]
pub struct Document {
    /// As UTF-8, without a byte order mark; spans count in it.
    pub text: Arc<str>,
    /// `None` where it cannot be read, or holds nothing.
    pub root: Option<Node>,
    pub comments: Vec<YamlComment>,
    pub faults: Vec<Fault>,
}

/// Reads the first document of a file, with all that is wrong with it.
pub fn read_document(bytes: &[u8]) -> Document {
    let (text, fault) = match decode(bytes) {
        Ok(decoded) => decoded,
        Err(fault) => {
            return Document {
                text: Arc::from(""),
                root: None,
                comments: Vec::new(),
                faults: vec![fault],
            };
        }
    };
    let mut builder = Builder::new(&text);
    builder.faults.extend(fault);
    let options = granit_parser::options! {
        emit_comments: true,
        max_buffered_comment_events: usize::MAX,
        emit_anchor_events: true,
    };
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(&text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                builder.faults.push(unreadable(&error));
                builder.give_up();
                break;
            }
        };
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                builder.fault(
                    FaultKind::SecondDocument,
                    "a second document begins here",
                    &span,
                );
                break;
            }
        }
        builder.take(event, &span);
        if builder.is_over() {
            break;
        }
    }
    let (root, comments, mut faults) = builder.finish();
    faults.sort_by_key(|fault| fault.span);
    Document {
        text: Arc::from(text),
        root,
        comments,
        faults,
    }
}

fn unreadable(error: &ScanError) -> Fault {
    let marker = error.marker();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let at = marker.byte_offset().unwrap_or(0);
    let span = Span {
        start: at,
        end: at,
        line: number(marker.line()),
        column: number(marker.col() + 1),
    };
    Fault::new(FaultKind::Unreadable, error.info().to_owned(), span)
}
