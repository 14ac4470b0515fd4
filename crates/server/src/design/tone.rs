/// What a colour means. A tone is never the only bearer of its meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// Ours: the product's own colour.
    Accent,
    /// As hoped.
    Good,
    /// Look at it.
    Warn,
    /// Wrong.
    Bad,
    /// Worth knowing.
    Info,
}

impl Tone {
    /// Every tone, for the style guide.
    pub const ALL: &'static [Self] =
        &[Self::Plain, Self::Accent, Self::Good, Self::Warn, Self::Bad, Self::Info];

    /// The class that style sheets know it by.
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Accent => "accent",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
        }
    }
}
