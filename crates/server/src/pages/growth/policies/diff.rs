//! What another policy would do beside the one that counts: distributions, totals, and every client that changes
//! its tier or level.

use std::sync::Arc;

use growth::{
    Board, BoardQuery, Growth, GrowthError,
    assessment::{ReadinessLevel, Tier},
    movement::{Change, ClientMovement},
    policy::Policy,
    whatif::{BIN_WIDTH, PolicyDiff},
};
use kernel::Arr;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use crate::{
    design::{
        Axis, Chart, Column, Filter, Icon, Ink, Kpi, Series, Table, Unit, Why, delta, flush_card, format,
        kpis, level, tier,
    },
    pages::growth::frame,
    problem::Problem,
};

/// Rows of the plain list below a draft that is not in the address.
const LISTED: usize = 200;

/// The difference as seen on the latest snapshot.
pub struct Seen {
    /// What the other policy is called: a draft, or a saved version.
    name: String,
    board: Arc<Board>,
    diff: PolicyDiff,
}

/// A client that changes its tier or level.
pub struct Row {
    name: String,
    moved: ClientMovement,
}

impl Row {
    fn changes(&self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.moved.tier.differs() {
            changes.push("tier".to_owned());
        }
        if self.moved.level.differs() {
            changes.push("level".to_owned());
        }
        changes
    }

    /// The factor that moved the score most.
    fn cause(&self) -> String {
        self.moved.factors.first().map_or_else(
            || "another threshold".to_owned(),
            |factor| format!("{} {}", factor.name.replace('_', " "), format::signed(factor.delta, 1)),
        )
    }
}

impl Seen {
    /// What `policy` would do; `None` before the first import.
    ///
    /// # Errors
    /// When the clients pay in several currencies, or the database fails.
    pub async fn of(growth: &Growth, policy: &Policy) -> Result<Option<Self>, Problem> {
        let board = match growth.board(BoardQuery::default()).await {
            Ok(board) => board,
            Err(GrowthError::NoSnapshot) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let diff = growth.preview_policy(policy).await?;
        Ok(Some(Self { name: "Draft".to_owned(), board, diff }))
    }

    /// The same under another name than "Draft".
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Clients that change their tier or level, the largest change of the score first.
    pub fn rows(&self) -> Vec<Row> {
        let moved = self.diff.movement.reclassified();
        moved
            .map(|moved| {
                let client = self.board.client(&moved.client_id);
                let name =
                    client.map_or(moved.client_id.as_str(), |(client, _)| &*client.client_name).to_owned();
                Row { name, moved: moved.clone() }
            })
            .collect()
    }

    /// The whole difference; `moved` lists the clients. A draft in text (version and text) gets buttons to export
    /// them, where the list itself cannot.
    pub fn render(&self, moved: Markup, draft: Option<(&str, &str)>) -> Markup {
        let export = html! {
            @if let Some((from, toml)) = draft {
                form.cluster method="post" action="/growth/policies/preview" {
                    input type="hidden" name="from" value=(from);
                    input type="hidden" name="toml" value=(toml);
                    button.button.small name="format" value="csv" { (Icon::Download) "CSV" }
                    button.button.small name="format" value="xlsx" { (Icon::Download) "Excel" }
                }
            }
        };
        html! {
            div.quarters { (self.figures()) }
            section.card { (self.histogram()) }
            div.grid.even { section.card { (self.levels()) } section.card { (self.tiers()) } }
            (flush_card("Clients that change tier or level", Some("On the latest snapshot, live policy against this one."), export, moved))
        }
    }

    /// The clients as a plain list.
    pub fn list(&self) -> Markup {
        let rows = self.rows();
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Clients that change tier or level" {
                table.table.plain {
                    caption.visually-hidden { "Clients that change tier or level" }
                    thead { tr { th scope="col" { "Client" } th scope="col" { "Level" } th scope="col" { "Tier" } th.end scope="col" { "Readiness" } } }
                    tbody {
                        @for row in rows.iter().take(LISTED) {
                            tr {
                                th scope="row" { a href=(frame::client_href(&row.moved.client_id)) { (row.name) } }
                                td { (levels(&row.moved.level)) } td { (tiers(&row.moved.tier)) } td.end.num { (scores(&row.moved.score)) }
                            }
                        }
                    }
                }
            }
            @if rows.is_empty() { p.small.secondary.lead-in { "No client changes its tier or level." } }
            @if rows.len() > LISTED { p.small.secondary.lead-in { "The first " (LISTED) " of " (format::count(rows.len())) "; the export has all of them." } }
        }
    }

    fn figures(&self) -> Markup {
        let (live, draft) = (&self.diff.live, &self.diff.draft);
        let money = |before: Arr, after: Arr| {
            let change = Arr::new(after.amount() - before.amount(), after.currency());
            let sign =
                if change.amount().is_sign_positive() && !change.amount().is_zero() { "+" } else { "" };
            html! {
                "live " (format::money_compact(&before)) ", "
                @if change.amount().is_zero() { "unchanged" } @else { (sign) (format::money_compact(&change)) }
            }
        };
        let source = format!("{}; the other policy on the same clients", frame::source(&self.board));
        let why = |formula: &str| Why::new(formula).source(&source);
        let changed = self.diff.reclassified();
        let clients = self.board.clients.len();
        let mean = |score: Option<f64>| {
            score.map_or_else(|| format::UNKNOWN.to_owned(), |score| format::decimal(score, 1))
        };
        kpis(&[
            Kpi::new("Change tier or level", html! { (format::count(changed)) small { " of " (format::count(clients)) } })
                .note(html! { (format::counted(self.diff.movement.changed.len(), "client changes", "clients change")) " at all" })
                .why(why("clients whose tier or level differs under the two policies")),
            Kpi::new("Mean readiness", html! { (mean(draft.mean_score)) })
                .note(html! { "live " (mean(live.mean_score)) @if let (Some(before), Some(after)) = (live.mean_score, draft.mean_score) { ", " (delta(after - before, 2, "", true)) } })
                .why(why("mean of the readiness scores")),
            Kpi::new("Potential ARR", html! { (format::money_compact(&draft.potential_arr)) small { " / year" } })
                .note(money(live.potential_arr, draft.potential_arr))
                .why(why("Σ potential added ARR")),
            Kpi::new("Weighted ARR", html! { (format::money_compact(&draft.weighted_arr)) small { " / year" } })
                .note(money(live.weighted_arr, draft.weighted_arr))
                .why(why("Σ potential × chance by the rule")),
        ])
    }

    fn histogram(&self) -> Markup {
        let (live, draft) = (&self.diff.live, &self.diff.draft);
        let bins = (0..live.histogram.len()).map(|bin| format!("{}", bin as u32 * BIN_WIDTH));
        let counts =
            |histogram: &[u32]| histogram.iter().map(|count| f64::from(*count)).collect::<Vec<f64>>();
        let sentence = match (live.mean_score, draft.mean_score) {
            (Some(before), Some(after)) if (after - before).abs() >= 0.005 => format!(
                "The mean score {} from {} to {}; {}.",
                if after > before { "rises" } else { "falls" },
                format::decimal(before, 2),
                format::decimal(after, 2),
                format::counted(self.diff.movement.changed.len(), "client changes", "clients change")
            ),
            _ => "The mean score stays where it is.".to_owned(),
        };
        Chart::new("scores", format!("Readiness, live and {}", self.name.to_lowercase()), sentence)
            .over("Score from", bins)
            .y(Axis::new("Clients", Unit::Number))
            .series(Series::bars("Live", counts(&live.histogram)).ink(Ink::Grey))
            .series(Series::bars(&self.name, counts(&draft.histogram)).ink(Ink::First))
            .render()
    }

    fn levels(&self) -> Markup {
        let (live, draft) = (&self.diff.live.levels, &self.diff.draft.levels);
        let at = |counts: &std::collections::BTreeMap<ReadinessLevel, usize>, level| {
            counts.get(&level).copied().unwrap_or(0)
        };
        let rows = ReadinessLevel::ALL.iter().map(|one| (level(*one), at(live, *one), at(draft, *one)));
        before_after("Levels", &self.name, &rows.collect::<Vec<_>>())
    }

    fn tiers(&self) -> Markup {
        let (live, draft) = (&self.diff.live.tiers, &self.diff.draft.tiers);
        let at =
            |counts: &std::collections::BTreeMap<Tier, usize>, tier| counts.get(&tier).copied().unwrap_or(0);
        let rows = Tier::ALL.iter().map(|one| (tier(*one), at(live, *one), at(draft, *one)));
        before_after("Tiers", &self.name, &rows.collect::<Vec<_>>())
    }
}

fn before_after(title: &str, name: &str, rows: &[(Markup, usize, usize)]) -> Markup {
    html! {
        h2 { (title) }
        div.table-scroll tabindex="0" role="region" aria-label={ (title) ", live and " (name) } {
        table.table.plain {
            caption.visually-hidden { (title) ", live and " (name) }
            thead { tr { th scope="col" { (title) } th.end scope="col" { "Live" } th.end scope="col" { (name) } th.end scope="col" { "Difference" } } }
            tbody {
                @for (name, before, after) in rows {
                    tr {
                        th scope="row" { (name) } td.end.num { (format::count(*before)) } td.end.num { (format::count(*after)) }
                        td.end.num { (format::signed(*after as f64 - *before as f64, 0)) }
                    }
                }
            }
        }
        }
    }
}

fn levels(change: &Change<ReadinessLevel>) -> Markup {
    html! { @if change.differs() { span.change { (level(change.before)) (Icon::ChevronRight) (level(change.after)) } } @else { (level(change.after)) } }
}

fn tiers(change: &Change<Tier>) -> Markup {
    html! { @if change.differs() { span.change { (tier(change.before)) (Icon::ChevronRight) (tier(change.after)) } } @else { (tier(change.after)) } }
}

fn scores(change: &Change<f64>) -> Markup {
    html! { (format::decimal(change.before, 1)) " → " (format::decimal(change.after, 1)) }
}

/// The table of clients that change tier or level.
pub fn table() -> Table<Row> {
    Table::new("moved", "Clients that change tier or level", ("client", "clients"), |row: &Row| row.moved.client_id.as_str().to_owned())
        .column(
            Column::new("client", "Client", ColumnKind::Text,
                |row: &Row| html! { a href=(frame::client_href(&row.moved.client_id)) hx-boost="false" { (row.name) } },
                |row: &Row| Cell::from(row.name.clone()))
            .sorted_by(|left, right| left.name.cmp(&right.name)),
        )
        .column(Column::new("level", "Level", ColumnKind::Text, |row: &Row| levels(&row.moved.level),
            |row: &Row| Cell::from(format!("{} -> {}", row.moved.level.before.id(), row.moved.level.after.id())))
            .sorted_by(|left, right| left.moved.level.after.cmp(&right.moved.level.after)))
        .column(Column::new("tier", "Tier", ColumnKind::Text, |row: &Row| tiers(&row.moved.tier),
            |row: &Row| Cell::from(format!("{} -> {}", row.moved.tier.before.id(), row.moved.tier.after.id())))
            .sorted_by(|left, right| left.moved.tier.after.cmp(&right.moved.tier.after)))
        .column(Column::new("before", "Readiness, live", ColumnKind::Number, |row: &Row| html! { (format::decimal(row.moved.score.before, 1)) },
            |row: &Row| Cell::from(row.moved.score.before)).importance(3).sorted_by_number(|row| Some(row.moved.score.before)))
        .column(Column::new("after", "After", ColumnKind::Number, |row: &Row| html! { (format::decimal(row.moved.score.after, 1)) },
            |row: &Row| Cell::from(row.moved.score.after)).importance(2).sorted_by_number(|row| Some(row.moved.score.after)))
        .column(Column::new("delta", "Change", ColumnKind::Number, |row: &Row| delta(row.moved.score_delta, 1, "", true),
            |row: &Row| Cell::from(row.moved.score_delta)).importance(2).sorted_by_number(|row| Some(row.moved.score_delta)))
        .column(Column::text("cause", "Most by", Row::cause).importance(3))
        .column(Column::new("priority_before", "Priority, live", ColumnKind::Number, |row: &Row| html! { (format::decimal(row.moved.priority.before, 1)) },
            |row: &Row| Cell::from(row.moved.priority.before)).optional())
        .column(Column::new("priority_after", "Priority, after", ColumnKind::Number, |row: &Row| html! { (format::decimal(row.moved.priority.after, 1)) },
            |row: &Row| Cell::from(row.moved.priority.after)).optional())
        .column(Column::new("arr_before", "Potential ARR, live", ColumnKind::Money, |row: &Row| html! { (format::money_whole(&row.moved.potential_arr.before)) },
            |row: &Row| Cell::Number(row.moved.potential_arr.before.amount().to_string())).optional())
        .column(Column::new("arr_after", "Potential ARR, after", ColumnKind::Money, |row: &Row| html! { (format::money_whole(&row.moved.potential_arr.after)) },
            |row: &Row| Cell::Number(row.moved.potential_arr.after.amount().to_string())).optional())
        .column(Column::text("id", "Identifier", |row: &Row| row.moved.client_id.as_str().to_owned()).optional())
        .filter(Filter::of_many("changes", "Changes", [("tier".to_owned(), "Tier".to_owned()), ("level".to_owned(), "Level".to_owned())], Row::changes))
        .searched_in(|row| format!("{} {}", row.name, row.moved.client_id.as_str()))
        .when_empty(Icon::Check, "Nobody changes tier or level", "Scores may move, but every client stays in its tier and level.", [])
}
