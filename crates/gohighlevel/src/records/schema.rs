use store::{
    Kind, Migration, MigrationSet,
    schema::{ColumnRule, Schema, TableRule},
};

use super::{heal, out};

/// The bridge's tables in the hub's own database.
pub(crate) const HUB: MigrationSet = MigrationSet {
    domain: "gohighlevel",
    migrations: &[Migration {
        version: 1,
        name: "places",
        sql: include_str!("../../migrations/hub/0001_places.sql"),
    }],
};

/// The bridge's tables in a market.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "gohighlevel",
        migrations: &[
            Migration {
                version: 1,
                name: "road",
                sql: include_str!("../../migrations/market/0001_road.sql"),
            },
            Migration { version: 2, name: "out", sql: include_str!("../../migrations/market/0002_out.sql") },
            Migration {
                version: 3,
                name: "heal",
                sql: include_str!("../../migrations/market/0003_heal.sql"),
            },
            Migration {
                version: 4,
                name: "replayed",
                sql: include_str!("../../migrations/market/0004_replayed.sql"),
            },
            Migration {
                version: 5,
                name: "lanes",
                sql: include_str!("../../migrations/market/0005_lanes.sql"),
            },
            Migration {
                version: 6,
                name: "silence",
                sql: include_str!("../../migrations/market/0006_silence.sql"),
            },
        ],
    },
    tables: &TABLES,
};

const COUNT: usize = ROAD.len() + out::TABLES.len() + heal::TABLES.len();

static TABLES: [TableRule; COUNT] = {
    let parts = [ROAD, out::TABLES, heal::TABLES];
    let mut all = [ROAD[0]; COUNT];
    let (mut part, mut count) = (0, 0);
    while part < parts.len() {
        let mut table = 0;
        while table < parts[part].len() {
            all[count] = parts[part][table];
            table += 1;
            count += 1;
        }
        part += 1;
    }
    all
};

const ROAD: &[TableRule] = &[
    TableRule {
        name: "ghl_connection",
        key: &["location"],
        columns: &[
            ColumnRule::plain("location", Kind::Text),
            ColumnRule::plain("company", Kind::Text),
            ColumnRule::plain("name", Kind::Text),
            ColumnRule::plain("time_zone", Kind::Text),
            ColumnRule::plain("state", Kind::Text),
            ColumnRule::plain("has_app", Kind::Bool),
            ColumnRule::plain("has_private", Kind::Bool),
            ColumnRule::plain("connected_at", Kind::Int),
            ColumnRule::plain("changed_at", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_token",
        key: &["account"],
        columns: &[
            ColumnRule::plain("account", Kind::Text),
            ColumnRule::plain("version", Kind::Int),
            ColumnRule::secret("tokens_sealed", "account"),
            ColumnRule::plain("given_at", Kind::Int),
            ColumnRule::plain("expires_at", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_link",
        key: &["kind", "remote"],
        columns: &[
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("remote", Kind::Text),
            ColumnRule::plain("contact", Kind::Text),
            ColumnRule::plain("remote_updated_at", Kind::Int),
            ColumnRule::plain("fetched_at", Kind::Int),
            ColumnRule::sealed("seen_sealed", Some("contact"), "remote"),
            ColumnRule::plain("tombstoned_at", Kind::Int),
            ColumnRule::plain("reason", Kind::Text),
        ],
    },
];
