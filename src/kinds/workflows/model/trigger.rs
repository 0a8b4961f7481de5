use crate::kinds::workflows::yaml::{Node, Span, Text};

/// What starts a workflow: the key `on`.
#[derive(Debug, Clone, Default)]
pub struct Triggers {
    /// The key itself.
    pub key: Span,
    /// The value.
    pub span: Span,
    pub all: Vec<Trigger>,
}

impl Triggers {
    pub fn get(&self, event: &str) -> Option<&Trigger> {
        self.all.iter().find(|trigger| trigger.event.value == event)
    }

    pub fn has(&self, event: &str) -> bool {
        self.get(event).is_some()
    }
}

/// One event, with what narrows it.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// Its name: `pull_request`.
    pub event: Text,
    /// What is written below it.
    pub body: Option<Node>,
    pub branches: Option<Filter>,
    pub branches_ignore: Option<Filter>,
    pub tags: Option<Filter>,
    pub tags_ignore: Option<Filter>,
    pub paths: Option<Filter>,
    pub paths_ignore: Option<Filter>,
    /// The activity types; the forge's default ones without the key.
    pub types: Option<Filter>,
    /// The times of a `schedule`.
    pub crons: Vec<Text>,
}

impl Trigger {
    /// The filters on branches and paths, which can keep the whole workflow from running.
    pub fn path_filters(&self) -> impl Iterator<Item = &Filter> {
        self.paths.iter().chain(&self.paths_ignore)
    }

    /// The filters on branches.
    pub fn branch_filters(&self) -> impl Iterator<Item = &Filter> {
        self.branches.iter().chain(&self.branches_ignore)
    }
}

/// A list of patterns.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The key: `paths-ignore`.
    pub key: Text,
    pub patterns: Vec<Text>,
    pub span: Span,
}

impl Filter {
    pub fn values(&self) -> Vec<&str> {
        self.patterns.iter().map(Text::as_str).collect()
    }
}
