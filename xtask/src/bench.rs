//! `cargo xtask bench`: measurements, each written into its own section of `docs/measured.md`.

mod appends;
mod assess;
mod clients;
mod cold_build;
mod durability;
mod ghl_faults;
mod ghl_round_trip;
mod ghl_webhooks;
mod lead_scores;
mod learning;
mod machine;
mod moving;
mod noisy_neighbour;
mod pages;
mod peer;
mod provisioning;
mod ravenstack;
mod section;
mod startup;
mod two_nodes;
mod writing;

use section::Section;

use crate::{fault::Fault, workspace::Workspace};

/// One measurement.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace) -> Result<Section, Fault>,
    /// Left out of `bench all`: it takes many minutes.
    long: bool,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "assess",
        about: "clients assessed per CPU-second, beside plain Python",
        run: assess::measure,
        long: false,
    },
    Bench {
        name: "startup",
        about: "time to the first answer, and memory",
        run: startup::measure,
        long: false,
    },
    Bench {
        name: "pages",
        about: "server time of every page with 5 000 clients",
        run: pages::measure,
        long: false,
    },
    Bench {
        name: "ravenstack",
        about: "back-test on the RavenStack records",
        run: ravenstack::measure,
        long: false,
    },
    Bench {
        name: "learning",
        about: "models of tables, beside LightGBM, XGBoost, CatBoost and scikit-learn",
        run: learning::measure,
        long: false,
    },
    Bench {
        name: "ghl-webhooks",
        about: "GoHighLevel's events at the door, beside FastAPI and SQLAlchemy",
        run: ghl_webhooks::measure,
        long: false,
    },
    Bench {
        name: "lead-scores",
        about: "one lead with its reasons, many with their chance",
        run: lead_scores::measure,
        long: false,
    },
    Bench {
        name: "ghl-round-trip",
        about: "from an event at GoHighLevel to the score that stands there",
        run: ghl_round_trip::measure,
        long: false,
    },
    Bench {
        name: "ghl-faults",
        about: "two thousand faults of GoHighLevel, and how many the hub makes good",
        run: ghl_faults::measure,
        long: true,
    },
    Bench {
        name: "noisy-neighbour",
        about: "a market at fifty times its rate, and what the other one feels",
        run: noisy_neighbour::measure,
        long: false,
    },
    Bench {
        name: "two-nodes",
        about: "two nodes on PostgreSQL and Redis, one killed under load",
        run: two_nodes::measure,
        long: true,
    },
    Bench {
        name: "move",
        about: "a market moves between databases while it is written to",
        run: moving::measure,
        long: false,
    },
    Bench {
        name: "provisioning",
        about: "a thousand markets: rate, memory, descriptors",
        run: provisioning::measure,
        long: false,
    },
    Bench {
        name: "appends",
        about: "durable appends and requests, beside FastAPI and SQLAlchemy",
        run: appends::measure,
        long: false,
    },
    Bench {
        name: "durability",
        about: "what is left after faults at every write, on SQLite and PostgreSQL",
        run: durability::measure,
        long: true,
    },
    Bench {
        name: "durability-api",
        about: "the same for a served hub, with Idempotency-Key",
        run: durability::measure_api,
        long: true,
    },
    Bench {
        name: "cold-build",
        about: "the README's build from nothing",
        run: cold_build::measure,
        long: true,
    },
];

/// Runs the named measurements (`all`: every one that is not long).
pub fn run(workspace: &Workspace, names: &[String]) -> Result<bool, Fault> {
    let known =
        || BENCHES.iter().map(|bench| format!("  {:<14} {}", bench.name, bench.about)).collect::<Vec<_>>();
    if names.is_empty() || names.iter().any(|name| name == "--list") {
        println!("{}\n  {:<14} every one but the long ones", known().join("\n"), "all");
        return Ok(true);
    }
    for name in names {
        let chosen: Vec<&Bench> = match name.as_str() {
            "all" => BENCHES.iter().filter(|bench| !bench.long).collect(),
            name => BENCHES.iter().filter(|bench| bench.name == name).collect(),
        };
        if chosen.is_empty() {
            return Err(Fault::new(format!(
                "there is no measurement `{name}`; there are\n{}",
                known().join("\n")
            )));
        }
        for bench in chosen {
            println!("== {}: {}", bench.name, bench.about);
            let section = (bench.run)(workspace)?;
            println!("{}", section.body());
            section.write(workspace, bench.name)?;
        }
    }
    Ok(true)
}
