use uuid::Uuid;

/// Whose credentials go with a request.
#[derive(Debug, Clone)]
pub(in crate::kinds::lifecycle) enum Who {
    /// None at all.
    Nobody,
    /// The server's own admin token.
    Admin,
    /// A token, named for reports.
    Token { name: String, token: String },
    /// A workspace with its token, which also says who it is.
    Workspace { id: Uuid, token: String },
    /// Somebody who says to be a workspace, and shows nothing for it.
    Claimed(String),
}

impl Who {
    pub(in crate::kinds::lifecycle) fn token(name: &str, token: &str) -> Self {
        Self::Token {
            name: name.to_owned(),
            token: token.to_owned(),
        }
    }

    /// As reports name it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::Admin => "admin".to_owned(),
            Self::Token { name, .. } => name.clone(),
            Self::Workspace { id, .. } => format!("workspace {id}"),
            Self::Claimed(id) => format!("{id}, without a token"),
        }
    }
}
