//! The map of the hub's pages: what the sidebar, the keyboard and the search palette offer.
//!
//! To add a page: its route in `pages/mod.rs`, and a line here. A test calls every entry.

use crate::design::Icon;

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
}

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

/// The path of the entry that `path` lies under: the longest, so that a page below an entry marks it.
pub fn entry_above(path: &str) -> Option<&'static str> {
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
        label: "Growth",
        entries: &[
            Entry {
                label: "Overview",
                path: "/growth",
                icon: Icon::Dashboard,
                key: Some('o'),
                words: "kpi mrr goal coverage dashboard tiers readiness",
            },
            Entry {
                label: "Top opportunities",
                path: "/growth/opportunities",
                icon: Icon::Target,
                key: Some('t'),
                words: "clients table ranking priority drawer why",
            },
            Entry {
                label: "Revenue",
                path: "/growth/revenue",
                icon: Icon::TrendingUp,
                key: Some('r'),
                words: "projection forecast scenarios what-if distribution arr mrr",
            },
            Entry {
                label: "Plan",
                path: "/growth/plan",
                icon: Icon::CalendarCheck,
                key: Some('p'),
                words: "30 60 90 actions owners capacity outcomes calendar",
            },
            Entry {
                label: "Propositions",
                path: "/growth/propositions",
                icon: Icon::FileText,
                key: Some('v'),
                words: "proposal value letter pdf email summary",
            },
            Entry {
                label: "Whitespace",
                path: "/growth/whitespace",
                icon: Icon::Grid,
                key: Some('w'),
                words: "vehicles matrix products owned eligible",
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
            },
            Entry {
                label: "Snapshots",
                path: "/growth/snapshots",
                icon: Icon::History,
                key: Some('s'),
                words: "history compare versions imports",
            },
            Entry {
                label: "Policies",
                path: "/growth/policies",
                icon: Icon::Scale,
                key: Some('y'),
                words: "weights thresholds rules versions tiers vehicles",
            },
            Entry {
                label: "Back-test",
                path: "/growth/backtest",
                icon: Icon::Gauge,
                key: Some('b'),
                words: "calibration brier auc predictions outcomes accuracy",
            },
            Entry {
                label: "Settings",
                path: "/growth/settings",
                icon: Icon::Settings,
                key: Some('e'),
                words: "goal currency owners capacity sender correlation",
            },
        ],
    },
    Group {
        label: "Hub",
        entries: &[
            Entry {
                label: "API reference",
                path: "/api",
                icon: Icon::BookOpen,
                key: Some('a'),
                words: "openapi http json endpoints curl documentation",
            },
            Entry {
                label: "Style guide",
                path: "/design",
                icon: Icon::Palette,
                key: Some('d'),
                words: "design system components tokens",
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
}];

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
