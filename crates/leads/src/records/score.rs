use store::{
    Kind,
    schema::{ColumnRule, TableRule},
};

/// Scores of the past.
pub(super) const SCORE: TableRule = TableRule {
    name: "lead_score",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("at", Kind::Int),
        ColumnRule::plain("probability", Kind::Real),
        ColumnRule::plain("lower", Kind::Real),
        ColumnRule::plain("upper", Kind::Real),
        ColumnRule::plain("band", Kind::Text),
        ColumnRule::plain("basis", Kind::Text),
        ColumnRule::plain("model", Kind::Text),
        ColumnRule::plain("features", Kind::Text),
        ColumnRule::sealed("detail_sealed", Some("contact"), "id"),
    ],
};

/// What persons say.
pub(super) const OVERRIDE: TableRule = TableRule {
    name: "lead_override",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("since", Kind::Int),
        ColumnRule::plain("until", Kind::Int),
        ColumnRule::plain("withdrawn_at", Kind::Int),
        ColumnRule::plain("probability", Kind::Real),
        ColumnRule::plain("who", Kind::Text),
        ColumnRule::sealed("reason_sealed", Some("contact"), "id"),
    ],
};
