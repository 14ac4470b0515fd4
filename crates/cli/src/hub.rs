//! Where a hub lives on this machine, and how a command gets at it.

use std::{
    future::Future,
    path::{Path, PathBuf},
};

use directory::{Directory, LINK_LIFETIME, Token, User};
use growth::Growth;
use store::Db;

use crate::{
    clock,
    config::Config,
    exit::{During, Failure, Outcome},
};

/// The name of the product's directory among those of other products.
const DIRECTORY: &str = "enterprisehub";

/// The file of the embedded store in the hub's data directory.
const DATABASE: &str = "hub.sqlite";

/// The services of a hub over its store.
pub struct Hub {
    /// The database under both.
    pub db: Db,
    /// Who may sign in.
    pub directory: Directory,
    /// Client expansion.
    pub growth: Growth,
}

impl Hub {
    /// Opens the hub's store where the configuration says, making it on the first use.
    ///
    /// # Errors
    /// When the store cannot be reached or belongs to a newer version.
    pub async fn open(config: &Config) -> Outcome<Self> {
        let db = match &config.database_url.value {
            Some(url) => Db::open(url).await.during("open the hub's PostgreSQL database")?,
            None => {
                let file = database_file(&config.data.value);
                Db::sqlite(&file).await.during(format_args!("open the hub's store {}", file.display()))?
            }
        };
        let directory = Directory::open(db.clone()).await.during("open the hub's directory")?;
        let growth = Growth::open(db.clone()).await.during("open the hub's growth records")?;
        Ok(Self { db, directory, growth })
    }

    /// A link below `base` that signs `user` in once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_in_link(&self, user: &User, base: &str) -> Outcome<String> {
        let token = self
            .directory
            .issue_link(user.id, LINK_LIFETIME, &clock::moment()?, clock::entropy()?)
            .await
            .during(format_args!("make a sign-in link for {}", user.email))?;
        Ok(format!("{}{}", base.trim_end_matches('/'), sign_in_path(&token)))
    }
}

/// The file of the embedded store in a data directory.
pub fn database_file(data: &Path) -> PathBuf {
    data.join(DATABASE)
}

/// Runs the use case of a command that ends, on this thread.
///
/// # Errors
/// What `work` returns.
pub fn block_on<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// The directory of `ehub.toml`, where the platform has a place for configuration.
pub fn config_dir() -> Option<PathBuf> {
    platform(Place::Config).map(|dir| dir.join(DIRECTORY))
}

/// The platform's data directory for the hub called `name` (`hub`, `demo`).
///
/// # Errors
/// When neither the platform's variable nor a home directory is known.
pub fn data_dir(name: &str) -> Outcome<PathBuf> {
    platform(Place::Data).map(|dir| dir.join(DIRECTORY).join(name)).ok_or_else(|| {
        Failure::new("no directory for data is known: neither XDG_DATA_HOME nor HOME is set")
            .advise("name one with --data DIR")
    })
}

#[derive(Clone, Copy)]
enum Place {
    Config,
    Data,
}

/// XDG on Linux and other Unix systems, Application Support on macOS, AppData on Windows.
fn platform(place: Place) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home =
        |below: &str| std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(below));
    let (xdg, windows, unix) = match place {
        Place::Config => ("XDG_CONFIG_HOME", "APPDATA", ".config"),
        Place::Data => ("XDG_DATA_HOME", "LOCALAPPDATA", ".local/share"),
    };
    variable(xdg).or_else(|| {
        if cfg!(target_os = "macos") {
            home("Library/Application Support")
        } else if cfg!(windows) {
            variable(windows)
        } else {
            home(unix)
        }
    })
}

/// Where the server answers a sign-in link.
fn sign_in_path(token: &Token) -> String {
    format!("/sign-in/link/{}", token.as_str())
}
