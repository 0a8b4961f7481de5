use crate::gate::Code;

pub(crate) static JSON_SYNTAX: Code = Code {
    name: "json-syntax",
    what: "A file that must be JSON is not.",
    why: "Some readers fall back to built-in lists when a manifest does not parse, and only a log line says so.",
    mend: "Mend the text at the place named.",
};

pub(crate) static JSON_COMMENT: Code = Code {
    name: "json-comment",
    what: "A JSON file has a comment in it.",
    why: "One reader strips the line, the next one refuses the whole file: they see different manifests, and nobody is told.",
    mend: "Delete the comment, or keep it in a key that starts with `_`.",
};

pub(crate) static JSON_TRAILING_COMMA: Code = Code {
    name: "json-trailing-comma",
    what: "A JSON list or object ends in a comma.",
    why: "Tolerant readers accept it and strict ones refuse the whole file.",
    mend: "Delete the comma.",
};

pub(crate) static JSON_DUPLICATE_KEY: Code = Code {
    name: "json-duplicate-key",
    what: "A JSON object has the same key twice.",
    why: "One reader takes the first value, another one the last; the file says both.",
    mend: "Delete one of the two.",
};

pub(crate) static MANIFEST_SHAPE: Code = Code {
    name: "manifest-shape",
    what: "A manifest has a key, type or value that it cannot have.",
    why: "A misspelt key is silently ignored by every reader, and the entry then means something else.",
    mend: "Follow the shape: lists `plugins`, `workspace_templates` and `org_templates` of entries with `name`, `repo`, `ref` and optionally `runtime`, `provider` and `private`.",
};

pub(crate) static NAME_DUPLICATE: Code = Code {
    name: "name-duplicate",
    what: "Two entries of one list of the manifest have the same name.",
    why: "Which of the two is meant depends on the reader.",
    mend: "Rename or delete one of them.",
};

pub(crate) static PROVIDER_UNKNOWN: Code = Code {
    name: "provider-unknown",
    what: "A manifest entry names a provider that driftgate.yaml does not have, or names none where none is the default.",
    why: "Nobody can know where the repository is.",
    mend: "Add the provider to `providers` in driftgate.yaml, or correct its name in the manifest.",
};

pub(crate) static MANIFEST_MISSING: Code = Code {
    name: "manifest-missing",
    what: "There is no manifest where one is read.",
    why: "Without it nobody can say what the sources are.",
    mend: "Write the manifest, or name it with `manifest` in driftgate.yaml.",
};

pub(crate) static LOCK_MALFORMED: Code = Code {
    name: "lock-malformed",
    what: "driftgate.lock cannot be read.",
    why: "A lock that is half understood pins something else than what was reviewed.",
    mend: "Restore it from version control, or delete it and run `driftgate sync`.",
};

pub(crate) static LOCK_UNWRITABLE: Code = Code {
    name: "lock-unwritable",
    what: "driftgate.lock cannot be written.",
    why: "The commits that were found are nowhere written down, and the next run could look at others.",
    mend: "Make its folder writable, or free some space; where nothing may change, run `driftgate sync --locked`.",
};

pub(crate) static LOCK_STALE: Code = Code {
    name: "lock-stale",
    what: "driftgate.lock disagrees with the manifest.",
    why: "The gates would look at another commit than the one that the manifest names.",
    mend: "Run `driftgate sync`, and commit driftgate.lock together with the manifest.",
};

pub(crate) static SOURCE_UNLOCKED: Code = Code {
    name: "source-unlocked",
    what: "The manifest has the source, and driftgate.lock does not.",
    why: "Without a locked commit two runs could look at two different sources.",
    mend: "Run `driftgate sync`, and commit driftgate.lock.",
};

pub(crate) static SOURCE_NOT_CACHED: Code = Code {
    name: "source-not-cached",
    what: "The source is not in the cache, and the network may not be used.",
    why: "What is not there has not been looked at.",
    mend: "Run `driftgate sync` without `--offline` first.",
};

pub(crate) static SOURCE_ADDRESS: Code = Code {
    name: "source-address",
    what: "The repository or ref of a source is not one that may be handed to git.",
    why: "A leading dash, `..` or a `::` transport turns data into options, other paths or commands.",
    mend: "Write the repository as `owner/name`, and the ref as a commit, tag or branch.",
};

pub(crate) static SOURCE_TOKEN_MISSING: Code = Code {
    name: "source-token-missing",
    what: "A private source cannot be read, for its access token is not there.",
    why: "Skipping private sources where a token is missing makes a run green that looked at half of them.",
    mend: "Set the environment variable that the provider names in `token_env`.",
};

pub(crate) static SOURCE_TOKEN_UNUSABLE: Code = Code {
    name: "source-token-unusable",
    what: "An access token cannot be sent safely.",
    why: "A token with line breaks could smuggle headers, and one sent over plain http is there for everybody to read.",
    mend: "Set the variable to the bare token, and give the provider an https url.",
};

pub(crate) static SOURCE_AUTHENTICATION: Code = Code {
    name: "source-authentication",
    what: "The host of a source refused access.",
    why: "It answered: nothing was looked at, and trying again will not help.",
    mend: "Check the access token (its variable, scopes and end date) or the ssh key.",
};

pub(crate) static SOURCE_REPOSITORY_MISSING: Code = Code {
    name: "source-repository-missing",
    what: "The host of a source says that there is no such repository.",
    why: "Everything that clones this manifest entry fails, or silently goes without it.",
    mend: "Correct `repo` in the manifest; if the repository is private, set its access token.",
};

pub(crate) static SOURCE_COMMIT_MISSING: Code = Code {
    name: "source-commit-missing",
    what: "The repository of a source does not have the commit.",
    why: "A mistyped or garbage-collected pin cannot be cloned by anybody.",
    mend: "Pin a commit that is in the repository.",
};

pub(crate) static SOURCE_REF_MISSING: Code = Code {
    name: "source-ref-missing",
    what: "The repository of a source has no such branch or tag, or has both with different commits.",
    why: "A ref that was deleted, renamed or is ambiguous names no commit.",
    mend: "Pin a commit.",
};

pub(crate) static SOURCE_REDIRECTED: Code = Code {
    name: "source-redirected",
    what: "The host of a source redirects to another address.",
    why: "An access token is never sent to an address that the provider did not name.",
    mend: "Write the new address into the provider's `url` or the entry's `repo`.",
};

pub(crate) static SOURCE_UNREACHABLE: Code = Code {
    name: "source-unreachable",
    what: "The host of a source gave no answer.",
    why: "Nothing was looked at; it may work the next time.",
    mend: "Run it again; check the network, the proxy and the host's status page.",
};

pub(crate) static GIT_MISSING: Code = Code {
    name: "git-missing",
    what: "The `git` program is needed and cannot be started.",
    why: "Sources that are not in the cache are fetched with it.",
    mend: "Install git, and see that it is on PATH.",
};

pub(crate) static GIT_FAILED: Code = Code {
    name: "git-failed",
    what: "The `git` program failed in a way that is none of the known ones.",
    why: "What failed for an unknown reason has not been looked at.",
    mend: "Read what git said; `git fetch` with the same address, run by hand, says more.",
};

pub(crate) static CACHE_UNUSABLE: Code = Code {
    name: "cache-unusable",
    what: "The cache folder cannot be read or written.",
    why: "Sources are kept there; without it there is nothing to compare with.",
    mend: "Mend its permissions or free some space, or name another folder with `cache` in driftgate.yaml.",
};

pub(crate) static WORKING_COPY_MISSING: Code = Code {
    name: "working-copy-missing",
    what: "The folder that `--source` names is not there.",
    why: "A gate that compares with nothing is blind.",
    mend: "Name the folder of a working copy.",
};

/// The codes that getting at a source can end with.
pub const CODES: &[&Code] = &[
    &JSON_SYNTAX,
    &JSON_COMMENT,
    &JSON_TRAILING_COMMA,
    &JSON_DUPLICATE_KEY,
    &MANIFEST_SHAPE,
    &NAME_DUPLICATE,
    &PROVIDER_UNKNOWN,
    &MANIFEST_MISSING,
    &LOCK_MALFORMED,
    &LOCK_UNWRITABLE,
    &LOCK_STALE,
    &SOURCE_UNLOCKED,
    &SOURCE_NOT_CACHED,
    &SOURCE_ADDRESS,
    &SOURCE_TOKEN_MISSING,
    &SOURCE_TOKEN_UNUSABLE,
    &SOURCE_AUTHENTICATION,
    &SOURCE_REPOSITORY_MISSING,
    &SOURCE_COMMIT_MISSING,
    &SOURCE_REF_MISSING,
    &SOURCE_REDIRECTED,
    &SOURCE_UNREACHABLE,
    &GIT_MISSING,
    &GIT_FAILED,
    &CACHE_UNUSABLE,
    &WORKING_COPY_MISSING,
];
