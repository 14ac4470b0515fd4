use store::{
    Kind,
    schema::{ColumnRule, TableRule},
};

/// What we were told.
pub(super) const ENTRY: TableRule = TableRule {
    name: "lead_entry",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::index("name_index"),
        ColumnRule::plain("revised_at", Kind::Int),
        ColumnRule::plain("known_at", Kind::Int),
        ColumnRule::plain("is_deleted", Kind::Bool),
        ColumnRule::index("body_index"),
        ColumnRule::sealed("body_sealed", Some("contact"), "id"),
    ],
};
