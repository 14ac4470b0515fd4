//! What the checks need beside Rust: found, or installed from Debian, PyPI and npm.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::{
    command::{is_root, quiet, which},
    fault::{Doing, Fault},
    postgres,
    workspace::Workspace,
};

/// The oldest Node.js that Playwright supports.
const NODE: u32 = 20;

/// Something that is not here and could not be installed.
pub struct Missing {
    /// What, and why not.
    pub why: String,
    /// What the person can do.
    pub enable: String,
}

impl From<Fault> for Missing {
    fn from(fault: Fault) -> Self {
        Self { why: fault.to_string(), enable: "see the message above".to_owned() }
    }
}

/// The folder with PostgreSQL's server programs.
pub fn postgres() -> Result<PathBuf, Missing> {
    debian("PostgreSQL", "postgresql", postgres::find_bin)
}

/// Redis' server program.
pub fn redis() -> Result<PathBuf, Missing> {
    debian("Redis", "redis-server", || which("redis-server"))
}

/// What injects faults into the system calls of a program (Linux).
pub fn strace() -> Result<PathBuf, Missing> {
    debian("strace", "strace", || which("strace"))
}

/// A Chromium that Playwright can drive.
pub fn chromium() -> Result<PathBuf, Missing> {
    debian("Chromium", "chromium", || {
        let named = env::var_os("EHUB_CHROMIUM").map(PathBuf::from);
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        let mac = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
        named.or_else(|| names.iter().find_map(|name| which(name))).or_else(|| mac.is_file().then_some(mac))
    })
}

/// Node with the packages of `e2e/package-lock.json` installed beside it.
pub fn node(workspace: &Workspace) -> Result<PathBuf, Missing> {
    node_with(workspace, "e2e", "the browser test's npm packages")
}

/// Node with the packages of `e2e/ghl/package-lock.json` installed beside it.
pub fn ghl(workspace: &Workspace) -> Result<PathBuf, Missing> {
    node_with(workspace, "e2e/ghl", "Prism and GoHighLevel's library")
}

/// Node with the packages of a folder's lock file installed there.
fn node_with(workspace: &Workspace, folder: &str, what: &str) -> Result<PathBuf, Missing> {
    let node = debian("Node.js", "nodejs", || which("node"))?;
    let version = quiet(Command::new(&node).arg("--version"))?;
    if major(&version).is_none_or(|major| major < NODE) {
        return Err(Missing {
            why: format!("Node.js {} is too old: {NODE} or newer is needed", version.trim()),
            enable: "https://nodejs.org, or your system's package of a newer version".to_owned(),
        });
    }
    let npm = debian("npm", "npm", || which("npm"))?;
    let place = workspace.root.join(folder);
    let lock = read(&place.join("package-lock.json"))?;
    let stamp = place.join("node_modules/.installed-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(node);
    }
    eprintln!("xtask: installing {what}");
    quiet(Command::new(npm).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&place))
        .map_err(|fault| Missing { why: fault.to_string(), enable: format!("`npm ci` in {folder}/") })?;
    fs::write(&stamp, lock).doing("remembering the installed npm packages")?;
    Ok(node)
}

/// What makes pictures small.
pub fn pngquant() -> Result<PathBuf, Missing> {
    debian("pngquant", "pngquant", || which("pngquant"))
}

/// A Python interpreter, without packages.
pub fn python() -> Result<PathBuf, Missing> {
    debian("Python 3", "python3", || which("python3"))
}

/// Schemathesis in its own environment, as pinned in `e2e/requirements.txt`.
pub fn schemathesis(workspace: &Workspace) -> Result<PathBuf, Missing> {
    Ok(python_with(workspace, "schemathesis", "e2e/requirements.txt")?.join("schemathesis"))
}

/// A Python with FastAPI and SQLAlchemy, as pinned in `bench/requirements.txt`.
pub fn peer(workspace: &Workspace) -> Result<PathBuf, Missing> {
    Ok(python_with(workspace, "peer", "bench/requirements.txt")?.join("python"))
}

/// A Python with LightGBM, XGBoost, CatBoost and scikit-learn, as pinned in `bench/learning-requirements.txt`.
pub fn learning_peer(workspace: &Workspace) -> Result<PathBuf, Missing> {
    Ok(python_with(workspace, "learning-peer", "bench/learning-requirements.txt")?.join("python"))
}

/// The programs of a Python environment with these packages, kept in the cache.
fn python_with(workspace: &Workspace, name: &str, requirements: &str) -> Result<PathBuf, Missing> {
    let requirements = workspace.root.join(requirements);
    let wanted = read(&requirements)?;
    let folder = workspace.cache.join(name);
    let programs = folder.join("bin");
    let stamp = folder.join("installed-requirements.txt");
    if programs.join("python").exists()
        && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
    {
        return Ok(programs);
    }
    let python = python()?;
    eprintln!("xtask: installing {name} into {}", folder.display());
    let venv = || quiet(Command::new(&python).args(["-m", "venv", "--clear"]).arg(&folder));
    if let Err(fault) = venv() {
        // Debian keeps the module in a package of its own.
        if !apt(&["python3-venv"]) {
            return Err(Missing { why: fault.to_string(), enable: by_hand("python3-venv") });
        }
        venv()?;
    }
    let mut pip = Command::new(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    quiet(&mut pip).map_err(|fault| Missing {
        why: fault.to_string(),
        enable: format!("access to PyPI (pip install --requirement {})", requirements.display()),
    })?;
    fs::write(&stamp, wanted).doing("remembering the installed Python packages")?;
    Ok(programs)
}

/// Installs everything, and says what could not be.
pub fn setup(workspace: &Workspace) -> Result<bool, Fault> {
    let found = [
        ("PostgreSQL", postgres()),
        ("Redis", redis()),
        ("strace", strace()),
        ("Chromium", chromium()),
        ("Node.js and the browser test's packages", node(workspace)),
        ("Prism and GoHighLevel's library", ghl(workspace)),
        ("schemathesis", schemathesis(workspace)),
    ];
    let mut complete = true;
    for (name, result) in found {
        match result {
            Ok(path) => println!("ready    {name}: {}", path.display()),
            Err(missing) => {
                complete = false;
                println!("missing  {name}: {}\n         to enable: {}", missing.why, missing.enable);
            }
        }
    }
    Ok(complete)
}

fn debian(name: &str, package: &str, find: impl Fn() -> Option<PathBuf>) -> Result<PathBuf, Missing> {
    if let Some(path) = find() {
        return Ok(path);
    }
    if apt(&[package])
        && let Some(path) = find()
    {
        return Ok(path);
    }
    Err(Missing { why: format!("{name} is not installed"), enable: by_hand(package) })
}

fn by_hand(package: &str) -> String {
    format!("`sudo apt-get install {package}` (Debian, Ubuntu) or your system's package, then again")
}

/// Whether Debian's packages could be installed; tried only by root.
fn apt(packages: &[&str]) -> bool {
    static UPDATED: OnceLock<bool> = OnceLock::new();
    if !is_root() || which("apt-get").is_none() {
        return false;
    }
    eprintln!("xtask: installing {} with apt-get", packages.join(" "));
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y"]).args(arguments);
        quiet(&mut command).inspect_err(|fault| eprintln!("xtask: {fault}")).is_ok()
    };
    let install: Vec<&str> =
        ["install", "--no-install-recommends"].into_iter().chain(packages.iter().copied()).collect();
    *UPDATED.get_or_init(|| apt_get(&["update"])) && apt_get(&install)
}

fn read(path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).doing(format_args!("reading {}", path.display()))
}

/// `20` of `v20.19.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_major_version_is_read() {
        assert_eq!(super::major("v20.19.2\n"), Some(20));
        assert_eq!(super::major("unknown"), None);
    }
}
