//! Where things are.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    command::forget_cargo,
    fault::{Doing, Fault},
};

/// The checkout and the folders beside it.
pub struct Workspace {
    /// Root of the checkout.
    pub root: PathBuf,
    /// Tools that the checks download; outside the checkout, kept between runs.
    pub cache: PathBuf,
    /// Whether this is a continuous-integration run, where nothing may be skipped.
    pub ci: bool,
}

impl Workspace {
    /// The workspace that `cargo xtask` was called in. Cargo says so at run time; what was said at build time may
    /// be another checkout, where two share a target directory.
    pub fn find() -> Result<Self, Fault> {
        let manifest_dir =
            env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest_dir)
            .parent()
            .ok_or_else(|| Fault::new("xtask is not inside a workspace"))?
            .to_path_buf();
        let cache = match (env::var_os("EHUB_CACHE_DIR"), env::var_os("HOME")) {
            (Some(folder), _) => PathBuf::from(folder),
            (None, Some(home)) => PathBuf::from(home).join(".cache/enterprisehub"),
            (None, None) => env::temp_dir().join("enterprisehub-cache"),
        };
        fs::create_dir_all(&cache).doing(format_args!("creating {}", cache.display()))?;
        let ci = env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
        Ok(Self { root, cache, ci })
    }

    /// `cargo` with these arguments, run in the root.
    pub fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// A program that runs in the root, as if it had been started from a shell.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        forget_cargo(&mut command).current_dir(&self.root);
        command
    }

    /// The folder cargo builds into.
    pub fn target(&self) -> Result<PathBuf, Fault> {
        let metadata = self.metadata(&["--no-deps"])?;
        metadata["target_directory"]
            .as_str()
            .map(PathBuf::from)
            .ok_or_else(|| Fault::new("cargo metadata names no target directory"))
    }

    /// `cargo metadata` with these extra arguments.
    pub fn metadata(&self, extra: &[&str]) -> Result<serde_json::Value, Fault> {
        let output = self
            .cargo(["metadata", "--format-version", "1", "--locked"].into_iter().chain(extra.iter().copied()))
            .output()
            .doing("running cargo metadata")?;
        if !output.status.success() {
            return Err(Fault::new(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr))));
        }
        serde_json::from_slice(&output.stdout).doing("reading cargo metadata")
    }

    /// Builds `ehub` with the given profile flag (`--release` or nothing) and returns its path.
    pub fn build_ehub(&self, release: bool) -> Result<PathBuf, Fault> {
        if let Some(program) = std::env::var_os(PROGRAM) {
            return Ok(program.into());
        }
        let mut command = self.cargo(["build", "--package", "cli", "--bin", "ehub"]);
        if release {
            command.arg("--release");
        }
        let status = command.status().doing("running cargo build")?;
        if !status.success() {
            return Err(Fault::new("ehub does not build"));
        }
        Ok(self.target()?.join(if release { "release" } else { "debug" }).join("ehub"))
    }
}

/// The variable that names a program to be measured or checked instead of one that is built first.
const PROGRAM: &str = "EHUB_XTASK_PROGRAM";

/// A temporary folder, removed when dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new empty folder whose name begins with `ehub-NAME`.
    pub fn new(name: &str) -> Result<Self, Fault> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("ehub-{name}-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).doing(format_args!("creating {}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: a folder left in the temporary directory harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
