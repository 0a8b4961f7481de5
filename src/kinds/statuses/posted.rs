use super::state::State;

/// One status that was posted for a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    pub id: u64,
    pub context: String,
    pub state: State,
    /// As the forge writes the state.
    pub word: String,
    pub description: String,
    /// Who posted it, where the forge says so.
    pub creator: Option<String>,
    /// The run of a workflow that posted it, where its link leads to a job of one (Gitea, Forgejo).
    pub run: Option<String>,
    /// The app that a check run is of, by its id (GitHub).
    pub app: Option<u64>,
    /// The suite of a check run: runs of two suites bear one name, and neither takes the other's place.
    pub suite: Option<u64>,
    /// The commit that it is about, where the forge says so.
    pub commit: Option<String>,
}

impl Posted {
    /// The context, and who posted it: `test (by the app 15368)`.
    pub(super) fn by(&self) -> String {
        match (self.app, self.suite) {
            (Some(app), _) => format!("{} (by the app {app})", self.context),
            (None, Some(_)) => format!("{} (by an app that the forge does not name)", self.context),
            (None, None) => format!(
                "{} (a status; of whose app it is, it does not tell)",
                self.context
            ),
        }
    }

    /// The state with what the forge says about it: `red: Failing after 4s`.
    pub fn told(&self) -> String {
        let said = if self.description.is_empty() {
            &self.word
        } else {
            &self.description
        };
        format!("{}: {said}", self.state)
    }
}
