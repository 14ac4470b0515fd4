//! `/m/{market}/policy`: limits, retention and quiet hours of a market, and their versions.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::MarketName;
use markets::{MarketPolicy, MarketsError, policy::PolicyVersion};
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use crate::{
    app::AppState,
    design::{
        Address, Column, Errors, Field, Icon, Page, Table, Tone, badge, card, flush_card, format, notice,
    },
    flash,
    pages::views,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// The form.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Draft {
    text: String,
    note: String,
}

fn href(name: &MarketName) -> String {
    format!("/m/{name}/policy")
}

/// `GET /m/{market}/policy`
pub async fn show(
    viewer: Viewer,
    within: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let versions = within.market.policies().await?;
    let table = table();
    if let Some(file) = table.export(&versions, &viewer.address, "policy-versions")? {
        return Ok(file);
    }
    let text = versions.first().map(|version| version.text.clone()).unwrap_or_default();
    let draft = Draft { text, note: String::new() };
    Ok(page(&viewer, &within, &state, &versions, &draft, &Errors::default()).await?.into_response())
}

/// `POST /m/{market}/policy`
pub async fn save(
    mut viewer: Viewer,
    within: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let name = within.market.name();
    match within.market.save_policy(&draft.text, draft.note.trim(), &at).await {
        Ok(version) => {
            state.limits().forget(within.market.id());
            let text = format!("Version {version} is in force.");
            Ok(flash::redirect(&Address::at(href(name)), Tone::Good, &text))
        }
        Err(MarketsError::Policy(fault)) => {
            let mut errors = Errors::default();
            errors.add("text", fault.to_string());
            viewer.address = Address::at(href(name));
            let versions = within.market.policies().await?;
            let page = page(&viewer, &within, &state, &versions, &draft, &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(
    viewer: &Viewer,
    within: &InMarket,
    state: &AppState,
    versions: &[PolicyVersion],
    draft: &Draft,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let name = within.market.name();
    let in_force = match within.market.policy().await {
        Ok(policy) => constants(&policy),
        // Saved by another version of the program: it is put right here.
        Err(MarketsError::Policy(fault)) => notice(
            Tone::Bad,
            "The policy in force cannot be read",
            html! {
                p { (fault) ". Until a version that can be read is saved, the limits that the product ships with hold." }
            },
        ),
        Err(error) => return Err(error.into()),
    };
    let views = views::of(viewer, state.directory()).await?;
    let content = html! {
        (in_force)
        (card("A new version", Some("The text is TOML; each value names where it comes from. It is in force as soon as it is saved, and every version is kept."), html! {}, html! {
            (errors.summary())
            form.form method="post" action=(href(name)) {
                (Field::code("text", "Policy", 24).required().value(&draft.text).errors(errors).render())
                (Field::text("note", "Why").required().attribute("maxlength", "500").value(&draft.note).errors(errors).render())
                div.form-foot { button.button.primary type="submit" { "Save the version" } }
            }
        }))
        (flush_card("Versions", None, html! {}, table().render(versions, &viewer.address, &views)))
    };
    Ok(Page::new(viewer, "Policy")
        .crumb(name.to_string(), format!("/m/{name}"))
        .lead(html! { "Limits, retention and quiet hours of this market." })
        .main(content)
        .render())
}

fn constants(policy: &MarketPolicy) -> Markup {
    let number = |value: u32, unit: &str| format!("{} {unit}", format::count(u64::from(value)));
    let (limits, kept) = (&policy.rate_limit, &policy.retention);
    let rows = [
        (
            "Requests of everybody together",
            number(limits.market_requests_per_minute.value, "a minute"),
            &limits.market_requests_per_minute.source,
        ),
        (
            "Requests of one API key",
            number(limits.key_requests_per_minute.value, "a minute"),
            &limits.key_requests_per_minute.source,
        ),
        (
            "Requests of one person",
            number(limits.person_requests_per_minute.value, "a minute"),
            &limits.person_requests_per_minute.source,
        ),
        (
            "Nothing is sent to contacts from",
            policy.quiet_hours.begin.value.clone(),
            &policy.quiet_hours.begin.source,
        ),
        ("until", policy.quiet_hours.end.value.clone(), &policy.quiet_hours.end.source),
        (
            "Deliveries to webhooks are kept",
            number(kept.delivery_days.value, "days"),
            &kept.delivery_days.source,
        ),
        (
            "Payloads of unknown persons can be read",
            number(kept.unassigned_payload_days.value, "days"),
            &kept.unassigned_payload_days.source,
        ),
        (
            "A replaced database is kept",
            number(kept.replaced_database_days.value, "days"),
            &kept.replaced_database_days.source,
        ),
        (
            "A deleted market can be resumed",
            number(kept.deleted_market_days.value, "days"),
            &kept.deleted_market_days.source,
        ),
        (
            "A backup is overdue after",
            number(policy.backup.age_hours_max.value, "hours"),
            &policy.backup.age_hours_max.source,
        ),
        (
            "The database is large from",
            number(policy.database.megabytes_max.value, "MB"),
            &policy.database.megabytes_max.source,
        ),
        (
            "A queue lags from",
            number(policy.queue.lag_minutes_max.value, "minutes"),
            &policy.queue.lag_minutes_max.source,
        ),
    ];
    flush_card(
        "In force",
        None,
        badge(Tone::Info, &format!("Text {} {}", policy.name, policy.version)),
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Constants in force" {
                table.table.plain {
                    caption.visually-hidden { "Constants in force" }
                    thead { tr { th scope="col" { "Constant" } th scope="col" { "Value" } th scope="col" { "Source" } } }
                    tbody { @for (label, value, source) in &rows { tr { th scope="row" { (label) } td.nowrap { (value) } td { (source) } } } }
                }
            }
        },
    )
}

fn table() -> Table<PolicyVersion> {
    Table::new(
        "policy-table",
        "Versions, the latest first",
        ("version", "versions"),
        |one: &PolicyVersion| one.version.to_string(),
    )
    .column(
        Column::new(
            "version",
            "Version",
            ColumnKind::Integer,
            |one: &PolicyVersion| html! { (one.version) },
            |one| Cell::from(u64::from(one.version)),
        )
        .sorted_by(|one, two| one.version.cmp(&two.version)),
    )
    .column(Column::text("note", "Why", |one: &PolicyVersion| one.note.clone()))
    .column(Column::text("actor", "By", |one: &PolicyVersion| one.actor.clone()).importance(2))
    .column(
        Column::new(
            "saved_at",
            "Saved",
            ColumnKind::Text,
            |one: &PolicyVersion| html! { span.nowrap { (format::instant(one.saved_at)) } },
            |one| Cell::from(one.saved_at.to_string()),
        )
        .sorted_by(|one, two| one.saved_at.cmp(&two.saved_at)),
    )
    .column(Column::text("text", "Text", |one: &PolicyVersion| one.text.clone()).optional())
    .searched_in(|one| format!("{} {} {}", one.version, one.note, one.actor))
    .when_empty(Icon::FileText, "No version", "The market has no policy of its own.", [])
}
