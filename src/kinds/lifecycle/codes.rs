use std::sync::LazyLock;

use super::registry::all_checks;
use crate::gate::Code;

pub(super) static CHECK_NOT_REACHED: Code = Code {
    name: "check-not-reached",
    what: "Checks of a life were not reached, because one that they rest on did not come through.",
    why: "What was not looked at is not green: an early failure can hide any number of later ones.",
    mend: "Mend what the check that they rest on found; its own finding stands beside this one.",
};

pub(super) static CHECK_TIMED_OUT: Code = Code {
    name: "check-timed-out",
    what: "A check of a life did not end within its deadline.",
    why: "A server that hangs is neither right nor wrong; waiting for ever would only move the question to somebody else.",
    mend: "See what it was waiting for in its evidence. Where the machine is slow, raise `deadlines`.",
};

pub(super) static SERVER_SILENT: Code = Code {
    name: "server-silent",
    what: "The server under test gave no answer.",
    why: "Nothing can be said about a server that does not answer.",
    mend: "See its log; the request that it left open stands in the message.",
};

pub(super) static ANSWER_MALFORMED: Code = Code {
    name: "answer-malformed",
    what: "The server's answer is not JSON, or not of the shape that can be judged.",
    why: "A page of HTML with status 200 is what proxies, login walls and wrong ports answer with.",
    mend: "Check that `base_url` is the server itself.",
};

pub(super) static ANSWER_TOO_LARGE: Code = Code {
    name: "answer-too-large",
    what: "The server's answer is larger than any that the contract knows.",
    why: "Reading on would only spend memory.",
    mend: "See what it sends; the contract's own answers stay below 8 MiB.",
};

pub(super) static ANSWER_REDIRECTS: Code = Code {
    name: "answer-redirects",
    what: "The server answers with a redirect.",
    why: "Following it would send the admin token somewhere else, and check another server than the one named.",
    mend: "Name the address where the server really is.",
};

pub(super) static ADMIN_REFUSED: Code = Code {
    name: "admin-token-refused",
    what: "The server refuses the admin token of the gate.",
    why: "Without it nothing of a concierge's life can be lived, let alone checked.",
    mend: "Give the gate the token that the server was started with.",
};

pub(super) static DATABASE_SILENT: Code = Code {
    name: "database-silent",
    what: "The database of the server under test could not be read.",
    why: "What the server says about its rows is checked against the rows themselves.",
    mend: "Check the database's address; where it cannot be reached from here, declare `without: [database]`.",
};

pub(super) static WORLD_SILENT: Code = Code {
    name: "world-silent",
    what: "The containers of the server under test could not be inspected.",
    why: "What the server says about its containers is checked against the containers themselves.",
    mend: "Check that the Docker daemon answers, or the state folder is readable; where neither can be, declare `without: [world]`.",
};

/// All codes of this kind: those above, and one for each check.
pub(super) static CODES: LazyLock<Vec<&'static Code>> = LazyLock::new(|| {
    let own = [
        &CHECK_NOT_REACHED,
        &CHECK_TIMED_OUT,
        &SERVER_SILENT,
        &ANSWER_MALFORMED,
        &ANSWER_TOO_LARGE,
        &ANSWER_REDIRECTS,
        &ADMIN_REFUSED,
        &DATABASE_SILENT,
        &WORLD_SILENT,
    ];
    own.into_iter()
        .chain(all_checks().map(|check| &check.code))
        .collect()
});
