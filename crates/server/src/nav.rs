//! The map of the hub's pages: what the sidebar, the keyboard and the search palette offer.
//!
//! To add a page: its route in `pages/mod.rs`, and a line here, with the right that its route asks for. A page of a
//! market has `{market}` in its path and is offered inside of that market. A test calls every entry.

use kernel::MarketName;

use crate::{
    access::{HubRoles, MarketRoles},
    design::Icon,
    viewer::Viewer,
};

/// Who is offered a place: the ones whom its route lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// Whoever is signed in.
    ToAll,
    /// Users with one of these roles in the hub.
    ToHub(HubRoles),
    /// Users with one of these roles in the market that is open.
    ToMarket(MarketRoles),
}

/// A place that can be gone to.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it is called.
    pub label: &'static str,
    /// Its path.
    pub path: &'static str,
    /// Its icon.
    pub icon: Icon,
    /// After `g`, this key leads there.
    pub key: Option<char>,
    /// Other words that people search it by.
    pub words: &'static str,
    /// Who is offered it.
    pub offered: Offered,
}

impl Entry {
    /// Where it is, seen from the market that is open.
    pub fn href(&self, market: Option<&MarketName>) -> String {
        match market {
            Some(market) => self.path.replace(MARKET, market.as_str()),
            None => self.path.to_owned(),
        }
    }

    /// Whether it is offered to this viewer, here.
    pub fn is_for(&self, viewer: &Viewer) -> bool {
        match self.offered {
            Offered::ToAll => viewer.signed_in.is_some(),
            Offered::ToHub(roles) => viewer.signed_in.as_ref().is_some_and(|user| user.may(roles)),
            Offered::ToMarket(roles) => {
                viewer.market.as_ref().is_some_and(|entered| entered.role.is_some_and(|role| roles.has(role)))
            }
        }
    }
}

/// What stands for the market's name in the path of a place.
const MARKET: &str = "{market}";

/// Places that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// What they have in common.
    pub label: &'static str,
    /// The places.
    pub entries: &'static [Entry],
}

/// Where somebody lands after signing in.
pub const HOME: &str = "/growth";

/// Where a client is looked at: this path with `?client=`.
pub const CLIENTS: &str = "/growth/opportunities";

/// Pages that stand below an entry without having its path in theirs.
const BELOW: &[(&str, &str)] = &[("/growth/clients", CLIENTS)];

/// The path with the market's name replaced by its place.
fn in_any_market(path: &str) -> String {
    match path.strip_prefix("/m/") {
        Some(rest) => {
            let below = rest.find('/').map_or("", |slash| &rest[slash..]);
            format!("/m/{MARKET}{below}")
        }
        None => path.to_owned(),
    }
}

/// The path of the entry that `path` lies under: the longest, so that a page below an entry marks it.
pub fn entry_above(path: &str) -> Option<&'static str> {
    let path = &in_any_market(path);
    let under =
        |above: &str| path == above || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'));
    match BELOW.iter().find(|(below, _)| under(below)) {
        Some((_, entry)) => Some(entry),
        None => entries().map(|entry| entry.path).filter(|path| under(path)).max_by_key(|path| path.len()),
    }
}

/// The sidebar.
pub const GROUPS: &[Group] = &[
    Group {
        label: "Market",
        entries: &[
            Entry {
                label: "Market home",
                path: "/m/{market}",
                icon: Icon::Building,
                key: Some('m'),
                words: "market overview health checklist go live",
                offered: Offered::ToMarket(MarketRoles::SEE_MARKET),
            },
            Entry {
                label: "Leads",
                path: "/m/{market}/leads",
                icon: Icon::Target,
                key: Some('l'),
                words: "board score hot warm cold chance call next why",
                offered: Offered::ToMarket(MarketRoles::READ_LEADS),
            },
            Entry {
                label: "Contacts",
                path: "/m/{market}/contacts",
                icon: Icon::User,
                key: Some('c'),
                words: "people leads customers search import erase notes messages stages",
                offered: Offered::ToMarket(MarketRoles::READ_CONTACTS),
            },
            Entry {
                label: "Lead model",
                path: "/m/{market}/leads/model",
                icon: Icon::Scale,
                key: None,
                words: "leads score prior calibration reliability lift drift champion challenger auc brier",
                offered: Offered::ToMarket(MarketRoles::READ_MODELS),
            },
            Entry {
                label: "Lead compliance",
                path: "/m/{market}/leads/compliance",
                icon: Icon::Shield,
                key: None,
                words: "leads gate opt-out stop quiet hours consent do not call refused log routing agents offers speed policy",
                offered: Offered::ToMarket(MarketRoles::READ_MODELS),
            },
            Entry {
                label: "Figures",
                path: "/m/{market}/figures",
                icon: Icon::Gauge,
                key: Some('f'),
                words: "counts stages pipeline conversion statistics",
                offered: Offered::ToMarket(MarketRoles::SEE_FIGURES),
            },
            Entry {
                label: "Market people",
                path: "/m/{market}/people",
                icon: Icon::Users,
                key: None,
                words: "members roles agents owners add remove",
                offered: Offered::ToMarket(MarketRoles::READ_MEMBERS),
            },
            Entry {
                label: "Market API keys",
                path: "/m/{market}/keys",
                icon: Icon::Key,
                key: None,
                words: "bearer token program secret revoke",
                offered: Offered::ToMarket(MarketRoles::MANAGE_KEYS),
            },
            Entry {
                label: "GoHighLevel",
                path: "/m/{market}/gohighlevel",
                icon: Icon::Link,
                key: None,
                words: "integration crm connection location consent token events writes dead letters incidents lag health names",
                offered: Offered::ToMarket(MarketRoles::READ_INTEGRATION),
            },
            Entry {
                label: "Webhooks",
                path: "/m/{market}/webhooks",
                icon: Icon::Send,
                key: None,
                words: "endpoints deliveries events messages signing secret replay retries",
                offered: Offered::ToMarket(MarketRoles::READ_WEBHOOKS),
            },
            Entry {
                label: "Policy",
                path: "/m/{market}/policy",
                icon: Icon::Scale,
                key: None,
                words: "limits retention quiet hours versions",
                offered: Offered::ToMarket(MarketRoles::CONFIGURE),
            },
            Entry {
                label: "Market audit",
                path: "/m/{market}/audit",
                icon: Icon::Shield,
                key: Some('j'),
                words: "chain trail log who did what verify export checkpoint history",
                offered: Offered::ToMarket(MarketRoles::READ_AUDIT),
            },
        ],
    },
    Group {
        label: "Growth",
        entries: &[
            Entry {
                label: "Overview",
                path: "/growth",
                icon: Icon::Dashboard,
                key: Some('o'),
                words: "kpi mrr goal coverage dashboard tiers readiness",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
            Entry {
                label: "Top opportunities",
                path: "/growth/opportunities",
                icon: Icon::Target,
                key: Some('t'),
                words: "clients table ranking priority drawer why",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
            Entry {
                label: "Revenue",
                path: "/growth/revenue",
                icon: Icon::TrendingUp,
                key: Some('r'),
                words: "projection forecast scenarios what-if distribution arr mrr",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
            Entry {
                label: "Plan",
                path: "/growth/plan",
                icon: Icon::CalendarCheck,
                key: Some('p'),
                words: "30 60 90 actions owners capacity outcomes calendar",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
            Entry {
                label: "Propositions",
                path: "/growth/propositions",
                icon: Icon::FileText,
                key: Some('v'),
                words: "proposal value letter pdf email summary",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
            Entry {
                label: "Whitespace",
                path: "/growth/whitespace",
                icon: Icon::Grid,
                key: Some('w'),
                words: "vehicles matrix products owned eligible",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
        ],
    },
    Group {
        label: "Data and rules",
        entries: &[
            Entry {
                label: "Import",
                path: "/growth/import",
                icon: Icon::Upload,
                key: Some('i'),
                words: "upload csv xlsx excel json file clients",
                offered: Offered::ToHub(HubRoles::WRITE_GROWTH),
            },
            Entry {
                label: "Snapshots",
                path: "/growth/snapshots",
                icon: Icon::History,
                key: Some('s'),
                words: "history compare versions imports",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
            Entry {
                label: "Policies",
                path: "/growth/policies",
                icon: Icon::Scale,
                key: Some('y'),
                words: "weights thresholds rules versions tiers vehicles",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
            Entry {
                label: "Back-test",
                path: "/growth/backtest",
                icon: Icon::Gauge,
                key: Some('b'),
                words: "calibration brier auc predictions outcomes accuracy",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
            Entry {
                label: "Settings",
                path: "/growth/settings",
                icon: Icon::Settings,
                key: Some('e'),
                words: "goal currency owners capacity sender correlation",
                offered: Offered::ToHub(HubRoles::READ_GROWTH),
            },
        ],
    },
    Group {
        label: "Hub",
        entries: &[
            Entry {
                label: "People",
                path: "/people",
                icon: Icon::Users,
                key: None,
                words: "users roles invite disable sign-in link operators",
                offered: Offered::ToHub(HubRoles::READ_USERS),
            },
            Entry {
                label: "API keys",
                path: "/keys",
                icon: Icon::Key,
                key: None,
                words: "bearer token program secret revoke",
                offered: Offered::ToHub(HubRoles::READ_USERS),
            },
            Entry {
                label: "Audit",
                path: "/audit",
                icon: Icon::Shield,
                key: Some('h'),
                words: "chain trail log who did what verify export checkpoint history",
                offered: Offered::ToHub(HubRoles::READ_AUDIT),
            },
            Entry {
                label: "Markets",
                path: "/markets",
                icon: Icon::Building,
                key: Some('k'),
                words: "tenants regions open suspend backup restore export move delete health",
                offered: Offered::ToAll,
            },
            Entry {
                label: "Figures over markets",
                path: "/analytics",
                icon: Icon::Activity,
                key: Some('x'),
                words: "analytics counts rates privacy budget noise withheld regions currencies",
                offered: Offered::ToHub(HubRoles::READ_ANALYTICS),
            },
            Entry {
                label: "API reference",
                path: "/api",
                icon: Icon::BookOpen,
                key: Some('a'),
                words: "openapi http json endpoints curl documentation",
                offered: Offered::ToAll,
            },
            Entry {
                label: "Style guide",
                path: "/design",
                icon: Icon::Palette,
                key: Some('d'),
                words: "design system components tokens",
                offered: Offered::ToAll,
            },
        ],
    },
];

/// Places outside the sidebar.
pub const PERSONAL: &[Entry] = &[Entry {
    label: "Your account",
    path: "/account",
    icon: Icon::User,
    key: Some('u'),
    words: "password sessions sign out profile",
    offered: Offered::ToAll,
}];

/// Every place that is offered to a viewer, by group. Empty groups are left out.
pub fn groups(viewer: &Viewer) -> Vec<(&'static str, Vec<&'static Entry>)> {
    let offered = |group: &'static Group| {
        let entries: Vec<&'static Entry> =
            group.entries.iter().filter(|entry| entry.is_for(viewer)).collect();
        (!entries.is_empty()).then_some((group.label, entries))
    };
    GROUPS.iter().filter_map(offered).collect()
}

/// Every place that is offered to a viewer.
pub fn offered(viewer: &Viewer) -> impl Iterator<Item = &'static Entry> {
    entries().filter(|entry| entry.is_for(viewer))
}

/// Every place.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().flat_map(|group| group.entries).chain(PERSONAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_marks_the_entry_that_it_lies_under() {
        for (path, entry) in [
            ("/growth", Some("/growth")),
            ("/growth/plan", Some("/growth/plan")),
            ("/growth/plan/team", Some("/growth/plan")),
            ("/growth/clients/c1", Some(CLIENTS)),
            ("/growth/planning", Some("/growth")),
            ("/m/coast", Some("/m/{market}")),
            ("/nowhere", None),
        ] {
            assert_eq!(entry_above(path), entry, "{path}");
        }
    }

    #[test]
    fn every_key_leads_to_one_place() {
        let mut keys: Vec<char> = entries().filter_map(|entry| entry.key).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }
}
