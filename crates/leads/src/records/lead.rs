use store::{
    Kind, Migration,
    schema::{ColumnRule, TableRule},
};

use super::{Part, score, timeline};

/// Leads with their timelines and scores.
pub(crate) const PART: Part = Part {
    migrations: &[Migration {
        version: 1,
        name: "leads",
        sql: include_str!("../../migrations/market/0001_leads.sql"),
    }],
    tables: &[LEAD, timeline::ENTRY, score::SCORE, score::OVERRIDE],
    erased: &[
        ("lead_override", "DELETE FROM lead_override WHERE contact = ?"),
        ("lead_score", "DELETE FROM lead_score WHERE contact = ?"),
        ("lead_entry", "DELETE FROM lead_entry WHERE contact = ?"),
        ("lead", "DELETE FROM lead WHERE contact = ?"),
    ],
};

const LEAD: TableRule = TableRule {
    name: "lead",
    key: &["contact"],
    columns: &[
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("revision", Kind::Int),
        ColumnRule::plain("arrived_at", Kind::Int),
        ColumnRule::plain("source", Kind::Text),
        ColumnRule::plain("closed_at", Kind::Int),
        ColumnRule::plain("stale_at", Kind::Int),
        ColumnRule::plain("rescore_at", Kind::Int),
        ColumnRule::plain("first_action_at", Kind::Int),
        ColumnRule::plain("last_activity_at", Kind::Int),
        ColumnRule::plain("scored_at", Kind::Int),
        ColumnRule::plain("probability", Kind::Real),
        ColumnRule::plain("lower", Kind::Real),
        ColumnRule::plain("upper", Kind::Real),
        ColumnRule::plain("effective", Kind::Real),
        ColumnRule::plain("margin", Kind::Real),
        ColumnRule::plain("band", Kind::Text),
        ColumnRule::plain("basis", Kind::Text),
        ColumnRule::plain("model", Kind::Text),
        ColumnRule::plain("features", Kind::Text),
        ColumnRule::plain("cold_probability", Kind::Real),
        ColumnRule::sealed("detail_sealed", Some("contact"), "contact"),
    ],
};
