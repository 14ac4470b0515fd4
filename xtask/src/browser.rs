//! The stories of `e2e/` in Chromium, and the pictures of the documentation.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command::{quiet, run},
    fault::{Doing, Fault},
    hub::{Ground, Hub},
    test::{Context, Verdict, counted},
    tools::{self, Missing},
    workspace::{Scratch, Workspace},
};

/// Runs the stories against a demo hub.
pub fn check(context: &mut Context) -> Verdict {
    let tools = match find(&context.workspace) {
        Ok(tools) => tools,
        Err(missing) => return Verdict::Skipped(missing),
    };
    let ehub = match context.ehub() {
        Ok(path) => path,
        Err(fault) => return fault.into(),
    };
    stories(&context.workspace, &tools, &ehub).unwrap_or_else(Verdict::from)
}

/// Takes the pictures in `docs/screenshots`.
pub fn screenshots(workspace: &Workspace) -> Result<bool, Fault> {
    let missing = |missing: Missing| Fault::new(format!("{}; {}", missing.why, missing.enable));
    let tools = find(workspace).map_err(missing)?;
    let pngquant = tools::pngquant().map_err(missing)?;
    let ehub = workspace.build_ehub(false)?;
    let folder = workspace.root.join("docs/screenshots");
    let scratch = Scratch::new("screenshots")?;
    let hub = Hub::start(&ehub, &Ground::DemoWithOffice(&scratch.path().join("data")))?;
    let mut command = runner(workspace, &tools, &hub)?;
    let done = run(command.arg("--screenshots").arg(&folder))?.status.success();
    hub.stop()?;
    for entry in fs::read_dir(&folder).doing("reading docs/screenshots")?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "png") {
            let arguments = ["--force", "--skip-if-larger", "--strip", "--speed", "1", "--ext", ".png", "--"];
            // 98 and 99: the result would be larger or worse, the picture stays as it is.
            let status =
                Command::new(&pngquant).args(arguments).arg(&path).status().doing("running pngquant")?;
            if !matches!(status.code(), Some(0 | 98 | 99)) {
                return Err(Fault::new(format!("pngquant cannot read {}", path.display())));
            }
        }
    }
    Ok(done)
}

struct Tools {
    chromium: PathBuf,
    node: PathBuf,
}

fn find(workspace: &Workspace) -> Result<Tools, Missing> {
    Ok(Tools { chromium: tools::chromium()?, node: tools::node(workspace)? })
}

fn stories(workspace: &Workspace, tools: &Tools, ehub: &Path) -> Result<Verdict, Fault> {
    let scratch = Scratch::new("browser")?;
    let hub = Hub::start(ehub, &Ground::DemoWithOffice(&scratch.path().join("data")))?;
    println!("hub at {}, {}", hub.base, quiet(Command::new(&tools.chromium).arg("--version"))?.trim());
    let verdict = counted(&mut runner(workspace, tools, &hub)?);
    hub.stop()?;
    if !matches!(verdict, Verdict::Passed(_)) {
        return Ok(verdict);
    }
    // A hub of its own, beside a real OpenID provider.
    let mut provider = Command::new(&tools.node);
    provider.arg(workspace.root.join("e2e/provider.mjs")).arg("--ehub").arg(ehub);
    provider.arg("--chromium").arg(&tools.chromium).arg("--out").arg(workspace.target()?.join("e2e"));
    Ok(match (verdict, counted(&mut provider)) {
        (Verdict::Passed(Some(mut all)), Verdict::Passed(Some(doors))) => {
            all += doors;
            Verdict::Passed(Some(all))
        }
        (_, other) => other,
    })
}

/// `node e2e/run.mjs` against this hub.
fn runner(workspace: &Workspace, tools: &Tools, hub: &Hub) -> Result<Command, Fault> {
    let out = workspace.target()?.join("e2e");
    if out.exists() {
        fs::remove_dir_all(&out).doing(format_args!("emptying {}", out.display()))?;
    }
    let mut command = Command::new(&tools.node);
    command.arg(workspace.root.join("e2e/run.mjs")).args(["--base", &hub.base, "--sign-in", &hub.sign_in]);
    command.arg("--chromium").arg(&tools.chromium).arg("--out").arg(out);
    Ok(command)
}
