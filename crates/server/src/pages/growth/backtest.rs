//! `/growth/backtest`: were the predictions any good, and what do the recorded outcomes make of the rule.

mod report;
mod surprises;

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{
    Board, BoardQuery, Growth, GrowthError,
    backtest::{Report, Silence},
    service::BacktestRequest,
};
use maud::{Markup, html};

use super::frame;
use crate::{
    design::{Address, Field, Page, card, flush_card, format, tier},
    pages::views,
    problem::Problem,
    viewer::Viewer,
};

const WINDOW_DAYS: [u32; 4] = [30, 60, 90, 180];

/// `GET /growth/backtest`
pub async fn show(
    viewer: Viewer,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    let request = request(&viewer.address)?;
    let report = growth.backtest(&request).await?;
    let board = latest(&growth).await?;
    let rows = surprises::rows(&report, board.as_deref());
    let table = surprises::table();
    if let Some(file) = table.export(&rows, &viewer.address, "surprises")? {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let policies = growth.policies().await?;
    let choices = std::iter::once((String::new(), "As predicted at the time".to_owned())).chain(
        policies.iter().map(|version| {
            (
                format!("{}:{}", version.key.name, version.key.version),
                format!("{} on the same snapshots", version.key),
            )
        }),
    );
    let content = html! {
        (report::verdict(&report))
        (report::figures(&report, &request))
        div.split {
            div.stack { (report::reliability(&report)) }
            (card("Which predictions", Some("Every snapshot's prediction against the first outcome after it."), html! {}, question(&viewer.address, &request, choices)))
        }
        @if let Some(board) = &board { (posteriors(board)) }
        (flush_card("Surprises", Some("Where the prediction pointed the wrong way."), html! {}, table.render(&rows, &viewer.address, &views)))
    };
    Ok(Page::new(&viewer, "Back-test")
        .crumb("Growth", frame::HOME)
        .lead(html! { "Predictions made on earlier days against what was recorded afterwards. Nothing known later goes into a prediction." })
        .main(frame::live(&viewer, "backtest", content))
        .render()
        .into_response())
}

/// The latest snapshot under the policy that counts, whatever policy is asked for here.
async fn latest(growth: &Growth) -> Result<Option<Arc<Board>>, Problem> {
    match growth.board(BoardQuery::default()).await {
        Ok(board) => Ok(Some(board)),
        Err(GrowthError::NoSnapshot) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What the address asks.
fn request(address: &Address) -> Result<BacktestRequest, Problem> {
    let usual = BacktestRequest::default();
    let policy = match address.get("policy") {
        Some(text) => Some(
            frame::policy_key(text).ok_or_else(|| Problem::not_found("There is no such policy version."))?,
        ),
        None => None,
    };
    let threshold = address.parsed::<f64>("threshold").filter(|threshold| threshold.is_finite());
    Ok(BacktestRequest {
        policy,
        window_days: address
            .parsed("window")
            .filter(|days| (1..=3650).contains(days))
            .unwrap_or(usual.window_days),
        threshold: threshold.map_or(usual.threshold, |threshold| threshold.clamp(0.0, 1.0)),
        silence: if address.get("silence") == Some("not_won") { Silence::NotWon } else { Silence::Excluded },
    })
}

fn question(
    address: &Address,
    request: &BacktestRequest,
    policies: impl IntoIterator<Item = (String, String)>,
) -> Markup {
    let mut windows: Vec<u32> = WINDOW_DAYS.to_vec();
    if !windows.contains(&request.window_days) {
        windows.push(request.window_days);
        windows.sort_unstable();
    }
    let policy =
        request.policy.as_ref().map(|key| format!("{}:{}", key.name, key.version)).unwrap_or_default();
    let silence = match request.silence {
        Silence::Excluded => "excluded",
        Silence::NotWon => "not_won",
    };
    html! {
        form.form method="get" action=(address.path()) data-autosubmit
            hx-get=(address.path()) hx-target="#backtest" hx-select="#backtest" hx-swap="outerMorph" hx-replace-url="true" {
            (Field::select("policy", "Predictions", policies).value(policy).render())
            (Field::select("window", "Outcomes count within", windows.iter().map(|days| (days.to_string(), format!("{days} days")))).value(request.window_days).render())
            (Field::range("threshold", "A win is expected from a chance of", 0.0, 1.0, 0.05).shown(100.0, "", " %").value(request.threshold).render())
            (Field::choices("silence", "A client without an outcome", [
                ("excluded".to_owned(), "is left out".to_owned()),
                ("not_won".to_owned(), "counts as not won".to_owned()),
            ]).value(silence).hint("Count silence as not won only where every outcome is recorded.").render())
            div.form-foot { button.button.no-js-only type="submit" { "Show" } }
        }
    }
}

/// What the outcomes make of the rule, tier by tier.
fn posteriors(board: &Board) -> Markup {
    let section = &board.policy.document().posterior;
    let mass = format::percent(section.interval, 0);
    let believed = board.posteriors.values().map(|one| one.wins + one.losses).sum::<u64>();
    let note = if believed == 0 {
        "No outcome is recorded yet: the rule is believed as it is.".to_owned()
    } else {
        format!(
            "The rule counts as {} outcomes; {} recorded so far move it.",
            format::number(section.prior_strength, 1),
            format::count(believed)
        )
    };
    flush_card(
        "What is believed now, by tier",
        Some(&note),
        html! {},
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Believed chances by tier" {
                table.table.plain {
                    caption.visually-hidden { "Believed chances by tier" }
                    thead { tr {
                        th scope="col" { "Tier" } th.end scope="col" title="Mean of the rule over the tier's clients" { "Rule" }
                        th.end.p2 scope="col" { "Won" } th.end.p2 scope="col" { "Lost" } th.end scope="col" { "Believed" }
                        th.end scope="col" { (mass) " interval" } th.end.p3 scope="col" title="Outcomes over outcomes and prior strength" { "Weight of the outcomes" }
                    } }
                    tbody {
                        @for (of, posterior) in &board.posteriors {
                            @let outcomes = (posterior.wins + posterior.losses) as f64;
                            tr {
                                th scope="row" { (tier(*of)) }
                                td.end.num { (format::percent(posterior.prior_mean, 1)) }
                                td.end.num.p2 { (posterior.wins) } td.end.num.p2 { (posterior.losses) }
                                td.end.num { strong { (format::percent(posterior.mean, 1)) } }
                                td.end.num { (format::percent(posterior.interval.lower, 0)) " – " (format::percent(posterior.interval.upper, 0)) }
                                td.end.num.p3 { (format::percent(outcomes / (outcomes + posterior.prior_strength), 0)) }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// How many predictions were compared, in words.
fn compared(report: &Report) -> String {
    format!(
        "{} compared: {} won, {} not",
        format::counted(report.n, "prediction", "predictions"),
        format::count(report.positives),
        format::count(report.negatives)
    )
}
