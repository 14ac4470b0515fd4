use store::{
    Kind, Migration, MigrationSet,
    schema::{ColumnRule, Schema, TableRule},
};

const ID: ColumnRule = ColumnRule::plain("id", Kind::Text);
const CONTACT_ID: ColumnRule = ColumnRule::plain("contact_id", Kind::Text);

/// The tables of contacts and how their columns travel.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "contacts",
        migrations: &[Migration {
            version: 1,
            name: "contacts",
            sql: include_str!("../../migrations/0001_contacts.sql"),
        }],
    },
    tables: &[
        TableRule {
            name: "contact",
            key: &["id"],
            columns: &[
                ID,
                ColumnRule::plain("version", Kind::Int),
                ColumnRule::plain("pipeline", Kind::Text),
                ColumnRule::plain("stage", Kind::Text),
                ColumnRule::plain("assignee", Kind::Text),
                ColumnRule::plain("origin", Kind::Text),
                ColumnRule::sealed("name_sealed", Some("id"), "id"),
                ColumnRule::sealed("email_sealed", Some("id"), "id"),
                ColumnRule::index("email_index"),
                ColumnRule::sealed("phone_sealed", Some("id"), "id"),
                ColumnRule::index("phone_index"),
                ColumnRule::sealed("address_sealed", Some("id"), "id"),
                ColumnRule::plain("held_at", Kind::Int),
                ColumnRule::sealed("hold_sealed", Some("id"), "id"),
                ColumnRule::plain("created_at", Kind::Int),
                ColumnRule::plain("updated_at", Kind::Int),
                ColumnRule::plain("staged_at", Kind::Int),
            ],
        },
        TableRule {
            name: "contact_move",
            key: &["id"],
            columns: &[
                ID,
                CONTACT_ID,
                ColumnRule::plain("pipeline", Kind::Text),
                ColumnRule::plain("from_stage", Kind::Text),
                ColumnRule::plain("stage", Kind::Text),
                ColumnRule::plain("at", Kind::Int),
            ],
        },
        TableRule {
            name: "note",
            key: &["id"],
            columns: &[
                ID,
                CONTACT_ID,
                ColumnRule::plain("author", Kind::Text),
                ColumnRule::sealed("body_sealed", Some("contact_id"), "id"),
                ColumnRule::plain("created_at", Kind::Int),
            ],
        },
        TableRule {
            name: "message",
            key: &["id"],
            columns: &[
                ID,
                CONTACT_ID,
                ColumnRule::plain("direction", Kind::Text),
                ColumnRule::plain("channel", Kind::Text),
                ColumnRule::sealed("body_sealed", Some("contact_id"), "id"),
                ColumnRule::plain("at", Kind::Int),
                ColumnRule::plain("created_at", Kind::Int),
            ],
        },
        TableRule {
            name: "suppression",
            key: &["kind", "value_index"],
            columns: &[
                ColumnRule::plain("kind", Kind::Text),
                ColumnRule::index("value_index"),
                ColumnRule::plain("reason", Kind::Text),
                ColumnRule::plain("since", Kind::Int),
            ],
        },
    ],
};
