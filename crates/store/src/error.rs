/// What can go wrong between the product and its database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database could not be opened or reached.
    #[error("the database `{location}` cannot be opened")]
    Open {
        /// Where it was looked for, without the password.
        location: String,
        /// What the driver said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row that must exist does not.
    #[error("no row answers `{0}`")]
    NoRow(String),
    /// A value is already taken.
    #[error("a row with this value exists already ({0})")]
    Unique(String),
    /// A row refers to one that does not exist, or is still referred to.
    #[error("a referenced row is missing or still in use ({0})")]
    ForeignKey(String),
    /// A column does not hold what the program expects there.
    #[error("column `{column}` cannot be read: {message}")]
    Column {
        /// The column.
        column: String,
        /// What is wrong with it.
        message: String,
    },
    /// A statement has more or fewer `?` than values: a mistake in the program.
    #[error("{places} places but {values} values in `{statement}`")]
    Placeholders {
        /// Its beginning.
        statement: String,
        /// Number of `?`.
        places: usize,
        /// Number of values.
        values: usize,
    },
    /// The schema and the program do not fit together.
    #[error(transparent)]
    Migration(#[from] crate::MigrationError),
    /// All connections were in use for too long, or two changes stood in each other's way and one had to give in.
    #[error("the database is busy: the change did not come to its turn")]
    Busy,
    /// The database cannot be talked to right now: it stopped, restarts, or the way to it is broken.
    #[error("the database does not answer")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The market is fenced: nothing may be written for now.
    #[error("the market takes no changes at the moment: {reason}")]
    Fenced {
        /// Why, as whoever put up the fence said.
        reason: String,
    },
    /// The database failed while it committed. Whether the change was made is not known; only asking it will tell.
    #[error("the database failed while it committed a change; whether the change was made is unknown")]
    CommitUnknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A statement of the transaction failed before, so nothing of it can be kept.
    #[error("the transaction failed before and was rolled back")]
    TxFailed,
    /// There is no room left on the disk.
    #[error("the disk of the database is full")]
    NoSpace(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The item was leased by somebody else in the meantime.
    #[error("the lease ran out and somebody else took over")]
    LeaseLost,
    /// The request was claimed by somebody else in the meantime.
    #[error("the request took too long and its claim was given to another attempt")]
    ClaimLost,
    /// An image that cannot be read, or does not fit.
    #[error("the image cannot be used: {0}")]
    Image(String),
    /// The operating system refused something about a file.
    #[error("the file `{path}` cannot be used")]
    File {
        /// The file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A name or password that must not go into a statement.
    #[error("`{0}` is not a valid name of a database or role")]
    Name(String),
    /// What several callers who shared a transaction are told alike.
    #[error(transparent)]
    Shared(#[from] std::sync::Arc<StoreError>),
    /// Anything else the database said.
    #[error("the database refused a statement")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// What it was, when several callers share it.
    fn itself(&self) -> &Self {
        if let Self::Shared(shared) = self { shared.itself() } else { self }
    }

    /// Whether a value was already taken.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self.itself(), Self::Unique(_))
    }

    /// Whether a row referred to one that does not exist, or is still referred to.
    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self.itself(), Self::ForeignKey(_))
    }

    /// Whether the same may work in a moment: the database is busy, or cannot be reached.
    pub fn is_temporary(&self) -> bool {
        matches!(self.itself(), Self::Busy | Self::Unreachable(_))
    }

    /// Whether the market is fenced.
    pub fn is_fenced(&self) -> bool {
        matches!(self.itself(), Self::Fenced { .. })
    }

    /// Whether nobody knows if the change was made: see [`StoreError::CommitUnknown`].
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self.itself(), Self::CommitUnknown(_))
    }

    /// What a driver's error during a commit means: what the database refused did not happen, what it failed at may have.
    pub(crate) fn of_commit(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|refusal| refusal.code().map(|code| code.into_owned()));
        let is_refusal = match code.as_deref() {
            None => false,
            // PostgreSQL's codes have five characters. Stopped or crashed, a failing disk: nobody knows.
            Some(code) if code.len() == 5 => {
                !["57P", "58", "53", "XX", "08"].iter().any(|class| code.starts_with(class))
            }
            // SQLite: only a lock that was not granted and a broken constraint (5, 19 in the lowest byte) leave it as it was.
            Some(code) => matches!(code.parse::<u32>().map(|code| code & 0xff), Ok(5 | 19)),
        };
        if is_refusal { error.into() } else { Self::CommitUnknown(Box::new(error)) }
    }

    /// The error of a file that the operating system refused.
    pub(crate) fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), source }
    }

    /// The error of a column that cannot be read.
    pub fn column(column: &str, message: impl std::fmt::Display) -> Self {
        Self::Column { column: column.to_owned(), message: message.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::PoolTimedOut = error {
            return Self::Busy;
        }
        if let sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed = error {
            return Self::Unreachable(Box::new(error));
        }
        if let Some(refusal) = error.as_database_error() {
            // PostgreSQL: stopped, crashed, or not up yet.
            if let Some("57P01" | "57P02" | "57P03") = refusal.code().as_deref() {
                return Self::Unreachable(Box::new(error));
            }
            // PostgreSQL: disk full. SQLite: the same.
            if let Some("53100" | "13") = refusal.code().as_deref() {
                return Self::NoSpace(Box::new(error));
            }
            // SQLite: another process holds the lock. PostgreSQL: each of two waits for the other.
            if let Some("5" | "261" | "517" | "40001" | "40P01") = refusal.code().as_deref() {
                return Self::Busy;
            }
            if refusal.is_unique_violation() {
                return Self::Unique(refusal.constraint().unwrap_or(refusal.message()).to_owned());
            }
            if refusal.is_foreign_key_violation() {
                return Self::ForeignKey(refusal.constraint().unwrap_or(refusal.message()).to_owned());
            }
        }
        Self::Database(Box::new(error))
    }
}
