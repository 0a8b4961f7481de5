use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, ValueHint};

use super::stdout::Answer;
use crate::config::{ForgeName, parse_duration};
use crate::kinds::statuses::{
    EXPECTED_EVENTS, Skipped, Suffix, USUAL_RETRIES, check_commit, check_repository,
};

/// Say whether a head is mergeable, context by context
///
/// Holds the commit statuses of a head against the contexts that are required: green, red, pending, skipped,
/// cancelled, stale or missing, each with its reason. The statuses are recorded (--statuses), or the forge is
/// asked (--forge, --repo, --sha or --pull). With --expect, what the workflows of the commit have to have
/// posted is held against them as well. With --post, sets a status for each gate of a run instead.
///
/// Ends with 0 for a mergeable head, with 1 for one that is not, with 3 where something prevents checking or
/// nothing is required, and with 4 where the forge gives no answer or the statuses are unsettled.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is required")]
pub struct Args {
    /// A list of required contexts: one a line, `#` for comments, what stands below a line
    /// `# pending-#123` is not enforced; repeatable
    #[arg(long, value_name = "FILE", env = "DRIFTGATE_STATUSES_REQUIRED", hide_env = true, value_hint = ValueHint::FilePath)]
    pub(super) required: Vec<PathBuf>,

    /// A snapshot of a branch's protection, as the forge's interface answers it
    #[arg(long, value_name = "FILE", env = "DRIFTGATE_STATUSES_PROTECTION", hide_env = true, value_hint = ValueHint::FilePath)]
    pub(super) protection: Option<PathBuf>,

    /// A branch; what its protection requires is asked from the forge
    #[arg(
        long,
        value_name = "B",
        env = "DRIFTGATE_STATUSES_BRANCH",
        hide_env = true
    )]
    pub(super) branch: Option<String>,

    /// A required context, or a pattern for such; repeatable
    #[arg(
        long = "context",
        value_name = "NAME",
        env = "DRIFTGATE_STATUSES_CONTEXT",
        hide_env = true
    )]
    pub(super) contexts: Vec<String>,

    /// How a context with several event suffixes is judged
    #[arg(
        long,
        value_name = "HOW",
        env = "DRIFTGATE_STATUSES_SUFFIX",
        hide_env = true,
        default_value = "worst"
    )]
    pub(super) suffix: SuffixArg,

    /// What becomes of a context that was skipped, and that only a pattern requires
    #[arg(
        long,
        value_name = "HOW",
        env = "DRIFTGATE_STATUSES_SKIPPED",
        hide_env = true,
        default_value = "block"
    )]
    pub(super) skipped: SkippedArg,

    /// A context of the run that asks: while it is pending it is not waited for; repeatable
    #[arg(
        long,
        value_name = "NAME",
        env = "DRIFTGATE_STATUSES_OWN",
        hide_env = true
    )]
    pub(super) own: Vec<String>,

    /// Demand what the workflows of the commit post for these events, with commas between them; the repository of
    /// the checkout has to have the commit
    /// [default of the value: pull_request,pull_request_target]
    #[arg(
        long,
        value_name = "EVENTS",
        env = "DRIFTGATE_STATUSES_EXPECT",
        hide_env = true,
        value_delimiter = ',',
        num_args = 0..=1,
        require_equals = true,
        default_missing_values = EXPECTED_EVENTS
    )]
    pub(super) expect: Vec<String>,

    /// The branch that the change is proposed to, which decides about filters on branches; nobody is asked for it
    /// [default: that of --branch, or of the change]
    #[arg(
        long,
        value_name = "B",
        env = "DRIFTGATE_STATUSES_EXPECT_BRANCH",
        hide_env = true,
        requires = "expect"
    )]
    pub(super) expect_branch: Option<String>,

    /// Demand so many approvals of this very commit
    #[arg(
        long,
        value_name = "N",
        env = "DRIFTGATE_STATUSES_APPROVALS",
        hide_env = true
    )]
    pub(super) approvals: Option<std::num::NonZeroUsize>,

    /// Who may approve, with commas between them [default: whoever the forge says has a say, but the author]
    #[arg(
        long,
        value_name = "LOGINS",
        env = "DRIFTGATE_STATUSES_ROSTER",
        hide_env = true,
        value_delimiter = ',',
        requires = "approvals"
    )]
    pub(super) roster: Vec<String>,

    /// Recorded reviews, with --author and --sha [default: those of the change are asked for]
    #[arg(long, value_name = "FILE", env = "DRIFTGATE_STATUSES_REVIEWS", hide_env = true, requires_all = ["approvals", "author", "sha"], value_hint = ValueHint::FilePath)]
    pub(super) reviews: Option<PathBuf>,

    /// Whose change it is, with recorded reviews
    #[arg(
        long,
        value_name = "LOGIN",
        env = "DRIFTGATE_STATUSES_AUTHOR",
        hide_env = true,
        requires = "reviews"
    )]
    pub(super) author: Option<String>,

    /// Recorded statuses: what GET /repos/{owner}/{repo}/commits/{sha}/status answers
    #[arg(long, value_name = "FILE", env = "DRIFTGATE_STATUSES_STATUSES", hide_env = true, value_hint = ValueHint::FilePath, help_heading = "What was posted")]
    pub(super) statuses: Option<PathBuf>,

    /// The forge to ask [default: that of driftgate.yaml]
    #[arg(
        long,
        value_name = "FORGE",
        env = "DRIFTGATE_STATUSES_FORGE",
        hide_env = true,
        help_heading = "What was posted"
    )]
    pub(super) forge: Option<ForgeArg>,

    /// The forge's address [default: that of driftgate.yaml; https://github.com for GitHub]
    #[arg(long, value_name = "URL", env = "DRIFTGATE_STATUSES_URL", hide_env = true, value_hint = ValueHint::Url, help_heading = "What was posted")]
    pub(super) url: Option<String>,

    /// The repository
    #[arg(long, value_name = "OWNER/NAME", env = "DRIFTGATE_STATUSES_REPO", hide_env = true, value_parser = repository, help_heading = "What was posted")]
    pub(super) repo: Option<String>,

    /// The commit that is to be merged
    #[arg(long, value_name = "COMMIT", env = "DRIFTGATE_STATUSES_SHA", hide_env = true, value_parser = commit, help_heading = "What was posted")]
    pub(super) sha: Option<String>,

    /// The proposed change; without --sha its head is looked at
    #[arg(long, value_name = "NUMBER", env = "DRIFTGATE_STATUSES_PULL", hide_env = true, value_parser = clap::value_parser!(u64).range(1..), help_heading = "What was posted")]
    pub(super) pull: Option<u64>,

    /// The name of the environment variable with the access token
    #[arg(
        long,
        value_name = "NAME",
        env = "DRIFTGATE_STATUSES_TOKEN_ENV",
        hide_env = true,
        help_heading = "What was posted"
    )]
    pub(super) token_env: Option<String>,

    /// Look again until nothing that matters is under way, for so long at most
    #[arg(long, value_name = "TIME", env = "DRIFTGATE_STATUSES_SETTLE", hide_env = true, value_parser = parse_duration, help_heading = "How it is asked")]
    pub(super) settle: Option<Duration>,

    /// The pause between two looks [default: 5s]
    #[arg(long, value_name = "TIME", env = "DRIFTGATE_STATUSES_EVERY", hide_env = true, value_parser = parse_duration, help_heading = "How it is asked")]
    pub(super) every: Option<Duration>,

    /// The time for one answer [default: 30s]
    #[arg(long, value_name = "TIME", env = "DRIFTGATE_STATUSES_TIMEOUT", hide_env = true, value_parser = parse_duration, help_heading = "How it is asked")]
    pub(super) timeout: Option<Duration>,

    /// How often what got no answer is asked again
    #[arg(long, value_name = "N", env = "DRIFTGATE_RETRIES", hide_env = true, default_value_t = USUAL_RETRIES, help_heading = "How it is asked")]
    pub(super) retries: u32,

    /// Never touch the network
    #[arg(long, env = "DRIFTGATE_OFFLINE", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new(), help_heading = "How it is asked")]
    pub(super) offline: bool,

    /// Set a status for each gate of this report of a run (driftgate run --output json=FILE)
    #[arg(long, value_name = "REPORT", env = "DRIFTGATE_STATUSES_POST", hide_env = true, value_hint = ValueHint::FilePath, requires = "sha", help_heading = "Setting statuses")]
    pub(super) post: Option<PathBuf>,

    /// What the contexts that are set begin with: PREFIX / GATE
    #[arg(
        long,
        value_name = "TEXT",
        env = "DRIFTGATE_STATUSES_PREFIX",
        hide_env = true,
        default_value = "driftgate",
        help_heading = "Setting statuses"
    )]
    pub(super) prefix: String,

    /// Where the statuses lead who clicks on them
    #[arg(long, value_name = "URL", env = "DRIFTGATE_STATUSES_LINK", hide_env = true, value_hint = ValueHint::Url, help_heading = "Setting statuses")]
    pub(super) link: Option<String>,

    /// The account that sets them, where the forge does not tell it of the token
    #[arg(
        long,
        value_name = "LOGIN",
        env = "DRIFTGATE_STATUSES_LOGIN",
        hide_env = true,
        help_heading = "Setting statuses"
    )]
    pub(super) login: Option<String>,

    /// How to answer
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        env = "DRIFTGATE_STATUSES_OUTPUT",
        hide_env = true,
        default_value = "human",
        help_heading = "Options"
    )]
    pub(super) output: Answer,
}

/// `--suffix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SuffixArg {
    /// By the worst of them.
    Worst,
    /// Each by itself; required names are taken as they are written.
    Exact,
}

impl From<SuffixArg> for Suffix {
    fn from(arg: SuffixArg) -> Self {
        match arg {
            SuffixArg::Worst => Self::Worst,
            SuffixArg::Exact => Self::Exact,
        }
    }
}

/// `--skipped`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SkippedArg {
    /// It blocks: its check did not run.
    Block,
    /// It passes where the forge lets it, and is told.
    Forge,
}

impl From<SkippedArg> for Skipped {
    fn from(arg: SkippedArg) -> Self {
        match arg {
            SkippedArg::Block => Self::Block,
            SkippedArg::Forge => Self::Forge,
        }
    }
}

/// `--forge`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ForgeArg {
    Gitea,
    Forgejo,
    Github,
}

impl From<ForgeArg> for ForgeName {
    fn from(arg: ForgeArg) -> Self {
        match arg {
            ForgeArg::Gitea => Self::Gitea,
            ForgeArg::Forgejo => Self::Forgejo,
            ForgeArg::Github => Self::Github,
        }
    }
}

fn repository(text: &str) -> Result<String, String> {
    check_repository(text).map(|()| text.to_owned())
}

fn commit(text: &str) -> Result<String, String> {
    check_commit(text).map(|()| text.to_owned())
}
