//! The pages of markets. The hub's operators watch and keep them under `/markets`; a market's own people have its home
//! and its policy under `/m/{market}`. What both see is in [`panels`].

mod backups;
mod home;
mod lifecycle;
mod list;
mod new;
mod panels;
mod policy;
mod watch;

use kernel::MarketName;

use crate::{
    access::{Access, HubRoles, MarketRoles, NOTHING_HERE, Routes},
    design::{Tab, tabs},
    problem::Problem,
};

/// Where the markets are.
pub const HOME: &str = "/markets";

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let see = Access::Hub(HubRoles::SEE_MARKETS);
    let run = Access::Hub(HubRoles::RUN_MARKETS);
    let member = Access::Market(MarketRoles::SEE_MARKET);
    let configure = Access::Market(MarketRoles::CONFIGURE);
    routes
        .get(Access::Person, HOME, list::show)
        .get(run, "/markets/new", new::show)
        .post(run, HOME, new::create)
        .get(see, "/markets/{name}", watch::show)
        .get(see, "/markets/{name}/backups", backups::show)
        .post(run, "/markets/{name}/backups", backups::make)
        .post(run, "/markets/{name}/restore", backups::restore)
        .get(see, "/markets/{name}/life-cycle", lifecycle::show)
        .post(run, "/markets/{name}/suspend", lifecycle::suspend)
        .post(run, "/markets/{name}/resume", lifecycle::resume)
        .post(run, "/markets/{name}/move", lifecycle::move_to)
        .post(run, "/markets/{name}/delete", lifecycle::delete)
        .post(run, "/markets/{name}/export", lifecycle::export)
        .get(member, "/m/{market}", home::show)
        .get(configure, "/m/{market}/policy", policy::show)
        .post(configure, "/m/{market}/policy", policy::save)
        .post(Access::Market(MarketRoles::EXPORT_MARKET), "/m/{market}/export", home::export)
}

/// The market's name in a path of the hub's operators.
fn named(name: &str) -> Result<MarketName, Problem> {
    name.parse().map_err(|_| Problem::not_found(NOTHING_HERE))
}

/// The page of a market for the hub's operators.
fn href(name: &MarketName) -> String {
    format!("{HOME}/{name}")
}

/// What operators see of one market, in tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Watch,
    Backups,
    LifeCycle,
}

impl Section {
    fn href(self, name: &MarketName) -> String {
        match self {
            Self::Watch => href(name),
            Self::Backups => format!("{}/backups", href(name)),
            Self::LifeCycle => format!("{}/life-cycle", href(name)),
        }
    }

    fn tabs(self, name: &MarketName) -> maud::Markup {
        let all = [(Self::Watch, "Overview"), (Self::Backups, "Backups"), (Self::LifeCycle, "Life cycle")];
        tabs(
            "Views of the market",
            &all.map(|(section, label)| Tab {
                label: label.to_owned(),
                href: section.href(name),
                current: section == self,
            }),
        )
    }
}
