use anstream::ColorChoice;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR or CLICOLOR_FORCE say otherwise.
    Auto,
    Always,
    Never,
}

impl When {
    /// Decides for a stream, to `Always` or `Never`.
    pub(super) fn choose(self, stream: &impl anstream::stream::RawStream) -> ColorChoice {
        let choice = match self {
            Self::Auto => anstream::AutoStream::choice(stream),
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        };
        match choice {
            ColorChoice::Never => ColorChoice::Never,
            _ => ColorChoice::Always,
        }
    }

    /// Whether a stream has colours.
    pub(super) fn colours(self, stream: &impl anstream::stream::RawStream) -> bool {
        self.choose(stream) != ColorChoice::Never
    }
}
