//! `/m/{market}/leads/policy`: what the market wants of its leads, what its team can do, and how its models learn.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use leads::{
    LeadsError,
    policy::{LeadPolicy, LeadPolicyVersion},
};
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use super::{Section, home, page, words};
use crate::{
    access::MarketRoles,
    api::leads::POLICY_CHANGED,
    app::AppState,
    design::{Address, Column, Errors, Field, Icon, Table, Tone, badge, card, flush_card, format, notice},
    flash,
    pages::{contacts::Names, views},
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// The form.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Draft {
    text: String,
    #[serde(default)]
    note: String,
    /// The version that the text was written from.
    base: Option<u32>,
    /// Only look what it would mean.
    check: Option<String>,
}

fn place(here: &InMarket) -> String {
    format!("{}/policy", home(here))
}

/// `GET /m/{market}/leads/policy`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let versions = state.hub().leads.policies(&here.market).await?;
    let names = Names::of(&state, &here).await?;
    if let Some(file) = table(names).export(&versions, &viewer.address, "lead-policy-versions")? {
        return Ok(file);
    }
    let in_force = state.hub().leads.policy_version(&here.market).await?;
    let draft = Draft { text: in_force.text, base: Some(in_force.version), ..Draft::default() };
    Ok(whole(&viewer, &here, &state, &versions, &draft, &Errors::default(), None).await?.into_response())
}

/// `POST /m/{market}/leads/policy`: saves a version, or with `check` only says what it would change.
pub async fn save(
    mut viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(mut draft): Form<Draft>,
) -> Result<Response, Problem> {
    viewer.address = Address::at(place(&here));
    let leads = &state.hub().leads;
    let mut errors = Errors::default();
    let read = LeadPolicy::from_toml(&draft.text);
    if let Err(fault) = &read {
        errors.add("text", fault.to_string());
    }
    if draft.check.is_none() && draft.note.trim().is_empty() {
        errors.add("note", "Say why: who reads the versions later has nothing else.");
    }
    let current = leads.policy_version(&here.market).await?.version;
    if draft.base.replace(current).is_some_and(|base| base != current) {
        let text = format!(
            "Version {current} was saved since this page was opened. Look at it under Versions; saved now, this text takes its place."
        );
        errors.add("text", text);
    }
    if errors.is_empty() && draft.check.is_none() {
        let version = leads.save_policy(&here.market, &draft.text, draft.note.trim(), &at).await?;
        state.tell(here.market.id(), POLICY_CHANGED);
        let text = format!("Version {version} is in force. Leads are scored and ranked by it from now on.");
        return Ok(flash::redirect(&Address::at(place(&here)), Tone::Good, &text));
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let versions = leads.policies(&here.market).await?;
    let drafted = read.ok();
    let page = whole(&viewer, &here, &state, &versions, &draft, &errors, drafted.as_ref()).await?;
    Ok((status, page).into_response())
}

async fn whole(
    viewer: &Viewer,
    here: &InMarket,
    state: &AppState,
    versions: &[LeadPolicyVersion],
    draft: &Draft,
    errors: &Errors,
    drafted: Option<&LeadPolicy>,
) -> Result<Markup, Problem> {
    let live = match state.hub().leads.policy(&here.market).await {
        Ok(policy) => Ok(policy),
        // Saved by another version of the program: it is put right here.
        Err(LeadsError::Invalid { message, .. }) => Err(message),
        Err(error) => return Err(error.into()),
    };
    let views = views::of(viewer, state.directory()).await?;
    let names = Names::of(state, here).await?;
    let version = versions.first().map_or(0, |version| version.version);
    let content = html! {
        @match &live {
            Ok(live) => {
                @if let Some(drafted) = drafted { (meaning(live, drafted)) }
                (in_force(live, version))
            }
            Err(fault) => (notice(Tone::Bad, "The policy in force cannot be read", html! { p { (words::sentence(fault)) " Nothing is scored until a version that can be read is saved." } })),
        }
        @if here.may(MarketRoles::MANAGE_MODELS) {
            (card("A new version", Some("The text is TOML; each part says where its values come from. It is in force as soon as it is saved, and every version is kept."), html! {}, html! {
                (errors.summary())
                form.form.wide method="post" action=(place(here)) {
                    @if let Some(base) = draft.base { input type="hidden" name="base" value=(base); }
                    (Field::code("text", "Policy", 28).required().value(&draft.text).errors(errors).render())
                    (Field::text("note", "Why").attribute("maxlength", "500").value(&draft.note).errors(errors).hint("Needed to save; not to look what the text would change.").render())
                    div.form-foot {
                        button.button.primary type="submit" { "Save the version" }
                        button.button type="submit" name="check" value="true" { "What would it change?" }
                    }
                }
            }))
        }
        (flush_card("Versions", None, html! {}, table(names).render(versions, &viewer.address, &views)))
    };
    Ok(page(viewer, here, Section::Policy, "Policy of leads")
        .lead(html! { "What counts as success, how many leads the team can call, and how models learn from what happened." })
        .main(content)
        .render())
}

/// The constants that people ask for, each with its value and where it comes from.
fn constants(policy: &LeadPolicy) -> Vec<(&'static str, String, String)> {
    let document = policy.document();
    let days = |days: u32| format::counted(days as usize, "day", "days");
    vec![
        ("Success is", words::goal(policy.goal()), document.goal.source.clone()),
        (
            "Going cold is silence for",
            days(document.going_cold.silent_days),
            document.going_cold.source.clone(),
        ),
        (
            "Outcomes may become known late by",
            format!("{} hours", document.outcomes.delay_hours),
            document.outcomes.source.clone(),
        ),
        (
            "Calls of the team in a day",
            format::count(document.capacity.calls_per_day),
            document.capacity.source.clone(),
        ),
        ("Days planned, today included", days(document.capacity.days), document.capacity.source.clone()),
        (
            "Scored anew after a silence of",
            format!("{} hours", document.scoring.rescore_hours),
            document.scoring.source.clone(),
        ),
        (
            "A model is trained again after",
            days(document.learning.retrain_days),
            document.learning.source.clone(),
        ),
        (
            "A challenger may cost, in log loss",
            format!("{} nats a row", format::number(document.learning.promotion_margin, 4)),
            document.learning.source.clone(),
        ),
        ("Predictions are kept for", days(document.learning.keep_days), document.learning.source.clone()),
        (
            "The world is watched in windows of",
            days(document.drift.window_days),
            document.drift.source.clone(),
        ),
        ("Prior rule", policy.prior().key().to_string(), policy.prior().document().description.clone()),
        ("Routing", policy.routing().key().to_string(), policy.routing().description().to_owned()),
        (
            "First action within",
            words::span(f64::from(policy.routing().clock().first_action_seconds)),
            policy.routing().clock().first_action_source.clone(),
        ),
        (
            "Gate",
            format!("{} v{}", policy.gate().name, policy.gate().version),
            policy.gate().description.clone(),
        ),
    ]
}

fn in_force(policy: &LeadPolicy, version: u32) -> Markup {
    let stamp = match version {
        0 => badge(Tone::Info, "As shipped"),
        version => badge(Tone::Good, &format!("Version {version}")),
    };
    flush_card(
        "In force",
        Some(&policy.document().description),
        stamp,
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Constants in force" {
                table.table.plain {
                    caption.visually-hidden { "Constants in force" }
                    thead { tr { th scope="col" { "Constant" } th scope="col" { "Value" } th.p2 scope="col" { "Source" } } }
                    tbody { @for (label, value, source) in constants(policy) { tr { th scope="row" { (label) } td { (value) } td.p2.secondary { (source) } } } }
                }
            }
        },
    )
}

/// What a draft changes against the policy in force.
fn meaning(live: &LeadPolicy, drafted: &LeadPolicy) -> Markup {
    let changed: Vec<_> = constants(live)
        .into_iter()
        .zip(constants(drafted))
        .filter(|(before, after)| before.1 != after.1)
        .collect();
    notice(
        Tone::Info,
        "The text can be read; nothing is saved yet",
        html! {
            @if changed.is_empty() { p { "None of the constants below changes. Other parts of the text may." } }
            @else {
                ul { @for (before, after) in &changed { li { (before.0) ": " (before.1) " becomes " strong { (after.1) } } } }
            }
        },
    )
}

fn table(names: Names) -> Table<LeadPolicyVersion> {
    let shown = Arc::new(names);
    let written = shown.clone();
    Table::new("lead-policy-table", "Versions, the latest first", ("version", "versions"), |one: &LeadPolicyVersion| {
        one.version.to_string()
    })
    .column(
        Column::new(
            "version",
            "Version",
            ColumnKind::Integer,
            |one: &LeadPolicyVersion| html! { (one.version) },
            |one| Cell::from(u64::from(one.version)),
        )
        .sorted_by(|one, two| one.version.cmp(&two.version)),
    )
    .column(Column::text("note", "Why", |one: &LeadPolicyVersion| one.note.clone()))
    .column(
        Column::new(
            "actor",
            "By",
            ColumnKind::Text,
            move |one: &LeadPolicyVersion| html! { (shown.actor(&one.actor)) },
            move |one| Cell::from(written.actor(&one.actor)),
        )
        .importance(2),
    )
    .column(
        Column::new(
            "saved_at",
            "Saved",
            ColumnKind::Text,
            |one: &LeadPolicyVersion| html! { @match one.saved_at { Some(at) => span.nowrap { (format::instant(at)) }, None => "ships with the product" } },
            |one| one.saved_at.map_or(Cell::Empty, |at| Cell::from(at.to_string())),
        )
        .sorted_by(|one, two| one.saved_at.cmp(&two.saved_at)),
    )
    .column(Column::text("text", "Text", |one: &LeadPolicyVersion| one.text.clone()).optional())
    .searched_in(|one| format!("{} {}", one.version, one.note))
    .when_empty(Icon::FileText, "No version", "The market goes by the policy that ships with the product.", [])
}
