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
pub const HOME: &str = "/design";

/// Where a client is looked at: this path with `?client=`.
pub const CLIENTS: &str = "/growth/opportunities";

/// The sidebar.
pub const GROUPS: &[Group] = &[Group {
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
}];

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
