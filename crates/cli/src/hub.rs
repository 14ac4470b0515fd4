//! Where a hub lives on this machine, and how a command gets at it.

use std::path::PathBuf;

use crate::exit::{Failure, Outcome};

/// The name of the product's directory among those of other products.
const DIRECTORY: &str = "enterprisehub";

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
