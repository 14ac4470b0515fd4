//! The directory's tables, one function per question or change.

mod factors;
mod failures;
mod identities;
mod keys;
mod links;
mod memberships;
mod sessions;
mod users;
mod views;

use store::{Migration, MigrationSet};

pub(crate) use self::{
    factors::*, failures::*, identities::*, keys::*, links::*, memberships::*, sessions::*, users::*,
    views::*,
};

pub(crate) const SCHEMA: MigrationSet = MigrationSet {
    domain: "directory",
    migrations: &[
        Migration { version: 1, name: "people", sql: include_str!("../migrations/0001_people.sql") },
        Migration { version: 2, name: "identity", sql: include_str!("../migrations/0002_identity.sql") },
    ],
};
