//! `cargo xtask test`: the checks, one after the other, with a summary that hides nothing.

mod steps;

pub use steps::counted;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{
    durability,
    fault::Fault,
    ghl, isolation,
    postgres::Postgres,
    redis::Redis,
    tally::Tally,
    tools::{self, Missing},
    workspace::Workspace,
};

/// How a check ended.
pub enum Verdict {
    /// It held; the tally where a test runner counted.
    Passed(Option<Tally>),
    /// It did not; the tally where a test runner counted, and what to know beyond the output above.
    Failed(Option<Tally>, String),
    /// It could not run here.
    Skipped(Missing),
}

impl From<Fault> for Verdict {
    fn from(fault: Fault) -> Self {
        Self::Failed(None, fault.to_string())
    }
}

/// One check.
pub struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Context) -> Verdict,
}

/// The checks in their order: quick ones first, then what builds, then what needs a running hub.
const STEPS: &[Step] = &[
    Step { name: "fmt", about: "formatting", run: steps::fmt },
    Step {
        name: "licences",
        about: "licences, doubled crates and sources (deny.toml)",
        run: steps::licences,
    },
    Step { name: "clippy", about: "lints, warnings are errors", run: steps::clippy },
    Step { name: "docs", about: "API documentation, warnings are errors", run: steps::docs },
    Step {
        name: "tests",
        about: "unit, property, snapshot, CLI and API tests, on SQLite, PostgreSQL and Redis",
        run: steps::tests,
    },
    Step { name: "doctests", about: "examples in the documentation", run: steps::doctests },
    Step {
        name: "durability",
        about: "a look at what is left after faults (strace), on SQLite and PostgreSQL",
        run: durability::check,
    },
    Step {
        name: "contract",
        about: "the served API against its OpenAPI document (schemathesis)",
        run: steps::contract,
    },
    Step {
        name: "isolation",
        about: "a market's API as the other market's owner and as nobody (schemathesis with two owners)",
        run: isolation::check,
    },
    Step {
        name: "ghl",
        about: "the GoHighLevel emulator against the published contract (Prism) and the official library",
        run: ghl::check,
    },
    Step { name: "browser", about: "stories and accessibility in Chromium", run: steps::browser },
];

/// Whether there is a check of this name.
pub fn has_step(name: &str) -> bool {
    STEPS.iter().any(|step| step.name == name)
}

/// What checks share.
pub struct Context {
    /// The checkout.
    pub workspace: Workspace,
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    ehub: Option<PathBuf>,
}

impl Context {
    /// The PostgreSQL cluster of this run, started at the first call.
    pub fn postgres(&mut self) -> Result<&Postgres, Missing> {
        let cluster = match self.postgres.take() {
            Some(cluster) => cluster,
            None => Postgres::start(&tools::postgres()?)?,
        };
        Ok(self.postgres.insert(cluster))
    }

    /// The Redis of this run, started at the first call.
    pub fn redis(&mut self) -> Result<&Redis, Missing> {
        let server = match self.redis.take() {
            Some(server) => server,
            None => Redis::start(&tools::redis()?)?,
        };
        Ok(self.redis.insert(server))
    }

    /// The program under test, built at the first call.
    pub fn ehub(&mut self) -> Result<PathBuf, Fault> {
        if let Some(path) = &self.ehub {
            return Ok(path.clone());
        }
        let path = self.workspace.build_ehub(false)?;
        self.ehub = Some(path.clone());
        Ok(path)
    }
}

/// Runs the chosen checks; whether all of them held.
pub fn run(workspace: Workspace, arguments: &[String]) -> Result<bool, Fault> {
    let Some(chosen) = choose(arguments)? else {
        for step in STEPS {
            println!("{:<10} {}", step.name, step.about);
        }
        return Ok(true);
    };
    let mut context = Context { workspace, postgres: None, redis: None, ehub: None };
    let mut results = Vec::new();
    for step in chosen {
        println!("\n== {}: {}", step.name, step.about);
        let started = Instant::now();
        let verdict = strict((step.run)(&mut context), context.workspace.ci);
        results.push((step.name, started.elapsed(), verdict));
    }
    // Stops PostgreSQL and Redis before the summary, so that the summary is the last word.
    drop(context);
    let (summary, good) = summarise(&results);
    print!("{summary}");
    Ok(good)
}

fn choose(arguments: &[String]) -> Result<Option<Vec<&'static Step>>, Fault> {
    let mut chosen: Vec<&Step> = STEPS.iter().collect();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let (option, value) = match argument.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (argument.as_str(), None),
        };
        if option == "--list" {
            return Ok(None);
        }
        if !matches!(option, "--only" | "--skip") {
            return Err(Fault::new(format!(
                "test: unknown option `{argument}` (--only A,B, --skip A,B, --list)"
            )));
        }
        let value = value.or_else(|| arguments.next().map(String::as_str));
        let names: Vec<&str> = value.unwrap_or_default().split(',').filter(|name| !name.is_empty()).collect();
        if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
            return Err(Fault::new(format!(
                "test: there is no check `{unknown}` (`cargo xtask test --list`)"
            )));
        }
        chosen.retain(|step| names.contains(&step.name) == (option == "--only"));
    }
    if chosen.is_empty() {
        return Err(Fault::new("test: no check is left to run"));
    }
    Ok(Some(chosen))
}

/// What to print at the end, and whether every check held. The last line is `N passed, N failed`.
fn summarise(results: &[(&str, Duration, Verdict)]) -> (String, bool) {
    let mut text = String::from("\n== summary\n");
    let mut line = |line: &str| {
        text.push_str(line.trim_end());
        text.push('\n');
    };
    let counted = |tally: &Option<Tally>| match tally {
        Some(tally) => format!("{} passed, {} failed", tally.passed, tally.failed),
        None => String::new(),
    };
    let mut sum = Tally::default();
    let mut good = true;
    for (name, elapsed, verdict) in results {
        let seconds = elapsed.as_secs_f64();
        match verdict {
            Verdict::Passed(tally) => {
                sum += tally.unwrap_or(Tally { passed: 1, failed: 0 });
                line(&format!("ok       {name:<10} {seconds:>7.1} s   {}", counted(tally)));
            }
            Verdict::Failed(tally, why) => {
                good = false;
                // A runner may break down without counting a failed test; the sum still shows it.
                let of_runner = tally.unwrap_or_default();
                sum += Tally { failed: of_runner.failed.max(1), ..of_runner };
                line(&format!("FAILED   {name:<10} {seconds:>7.1} s   {}", counted(tally)));
                why.lines().for_each(|why| line(&format!("         {why}")));
            }
            Verdict::Skipped(missing) => {
                line(&format!(
                    "skipped  {name:<10}             {}",
                    missing.why.lines().next().unwrap_or_default()
                ));
                line(&format!("         to enable: {}", missing.enable));
            }
        }
    }
    line(&format!("\n{} passed, {} failed", sum.passed, sum.failed));
    (text, good)
}

/// On CI everything must run: a check that could not is a failure.
fn strict(verdict: Verdict, ci: bool) -> Verdict {
    match verdict {
        Verdict::Skipped(Missing { why, enable }) if ci => Verdict::Failed(
            None,
            format!("could not run, and on CI everything must: {why}\nto enable: {enable}"),
        ),
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Verdict, choose, strict, summarise};
    use crate::{tally::Tally, tools::Missing};

    fn missing() -> Verdict {
        Verdict::Skipped(Missing { why: "Chromium is not installed".into(), enable: "install it".into() })
    }

    #[test]
    fn the_summary_ends_with_the_sum_and_hides_nothing() {
        let second = Duration::from_secs(1);
        let results = [
            ("fmt", second, Verdict::Passed(None)),
            ("tests", second, Verdict::Failed(Some(Tally { passed: 7, failed: 2 }), "see above".into())),
            ("docs", second, Verdict::Failed(None, "does not build".into())),
            ("browser", second, missing()),
        ];
        let (text, good) = summarise(&results);
        assert!(!good);
        assert!(text.ends_with("\n\n8 passed, 3 failed\n"), "{text}");
        for part in ["skipped  browser", "to enable: install it", "FAILED   docs", "7 passed, 2 failed"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    #[test]
    fn on_ci_what_cannot_run_fails() {
        assert!(matches!(strict(missing(), false), Verdict::Skipped(_)));
        assert!(matches!(strict(missing(), true), Verdict::Failed(None, _)));
    }

    fn names(arguments: &[&str]) -> Option<Vec<&'static str>> {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let chosen = choose(&arguments).ok()??;
        Some(chosen.iter().map(|step| step.name).collect())
    }

    #[test]
    fn only_and_skip_choose_steps_in_their_order() {
        assert_eq!(names(&["--only", "docs,fmt"]), Some(vec!["fmt", "docs"]));
        assert_eq!(names(&["--only=fmt,docs", "--skip=fmt"]), Some(vec!["docs"]));
        assert_eq!(names(&[]).map(|all| all.len()), Some(super::STEPS.len()));
    }

    #[test]
    fn an_unknown_or_empty_choice_is_refused() {
        assert_eq!(names(&["--only", "nothing"]), None);
        assert_eq!(names(&["--only", "fmt", "--skip", "fmt"]), None);
        assert_eq!(names(&["fmt"]), None);
    }
}
