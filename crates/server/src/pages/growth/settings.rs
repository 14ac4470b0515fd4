//! `/growth/settings`: the goal, today's revenue, how deals hang together, and who signs letters.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use growth::{
    Growth, GrowthError,
    proposition::Sender,
    settings::{SavedSettings, Settings},
};
use maud::{Markup, html};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::frame;
use crate::{
    design::{Address, Errors, Field, Icon, Page, Tone, card, facts, format},
    flash,
    problem::Problem,
    viewer::{At, Viewer},
};

const PATH: &str = "/growth/settings";
/// The slider's end: above it all deals would be one.
const CORRELATION_MAX: f64 = 0.95;

/// The form as it is sent; what is wrong with it is said beside the field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Entries {
    goal_mrr: String,
    current_mrr: String,
    correlation: String,
    currency: String,
    operator: String,
    name: String,
    role: String,
    email: String,
    phone: String,
}

impl Entries {
    fn of(settings: &Settings) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            goal_mrr: settings.goal_mrr.normalize().to_string(),
            current_mrr: settings
                .current_mrr
                .map(|amount| amount.normalize().to_string())
                .unwrap_or_default(),
            correlation: settings.correlation.to_string(),
            currency: settings.currency.to_string(),
            operator: text(&settings.sender.operator),
            name: text(&settings.sender.name),
            role: text(&settings.sender.role),
            email: text(&settings.sender.email),
            phone: text(&settings.sender.phone),
        }
    }

    /// The settings, or what is wrong with which field.
    fn read(&self) -> Result<Settings, Errors> {
        let mut errors = Errors::default();
        let goal_mrr = amount(&self.goal_mrr).unwrap_or_else(|message| {
            errors.add("goal_mrr", format!("Goal MRR: {message}"));
            Decimal::ONE
        });
        let current_mrr = match self.current_mrr.trim() {
            "" => None,
            text => amount(text)
                .map_err(|message| errors.add("current_mrr", format!("Current MRR: {message}")))
                .ok(),
        };
        let correlation = self.correlation.trim().parse().unwrap_or_else(|_| {
            errors.add("correlation", format!("Correlation: `{}` is not a number.", self.correlation));
            0.0
        });
        let currency = self.currency.trim().to_uppercase().parse();
        if let Err(error) = &currency {
            errors.add("currency", format!("Currency: {error}."));
        }
        if !self.email.trim().is_empty() && !self.email.contains('@') {
            errors.add(
                "email",
                format!("E-mail: `{}` is not an address. Write it like name@example.com.", self.email.trim()),
            );
        }
        if goal_mrr <= Decimal::ZERO {
            errors.add("goal_mrr", "Goal MRR: enter more than zero.");
        }
        if current_mrr.is_some_and(|amount| amount < Decimal::ZERO) {
            errors.add("current_mrr", "Current MRR: enter zero or more.");
        }
        if !(0.0..=CORRELATION_MAX).contains(&correlation) {
            errors.add("correlation", format!("Correlation: enter a number from 0 to {CORRELATION_MAX}."));
        }
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let sender = Sender {
            operator: text(&self.operator),
            name: text(&self.name),
            role: text(&self.role),
            email: text(&self.email),
            phone: text(&self.phone),
        };
        match currency {
            Ok(currency) if errors.is_empty() => {
                Ok(Settings { currency, goal_mrr, current_mrr, correlation, sender })
            }
            _ => Err(errors),
        }
    }
}

/// An amount as people type it: thousands separators are allowed.
fn amount(text: &str) -> Result<Decimal, String> {
    let plain: String = text.chars().filter(|letter| !matches!(letter, ',' | ' ' | '_' | '\u{a0}')).collect();
    plain.parse().map_err(|_| format!("`{}` is not an amount. Write it like 400000.", text.trim()))
}

/// `GET /growth/settings`; `goal_mrr` and `correlation` in the address fill the form in.
pub async fn show(viewer: Viewer, State(growth): State<Growth>) -> Result<Markup, Problem> {
    let saved = growth.settings().await?;
    let mut entries = Entries::of(&saved.settings);
    for (name, entry) in [("goal_mrr", &mut entries.goal_mrr), ("correlation", &mut entries.correlation)] {
        if let Some(text) = viewer.address.get(name) {
            text.clone_into(entry);
        }
    }
    page(&viewer, &growth, &saved, &entries, &Errors::default()).await
}

/// `POST /growth/settings`
pub async fn save(
    viewer: Viewer,
    At(at): At,
    State(growth): State<Growth>,
    Form(entries): Form<Entries>,
) -> Result<Response, Problem> {
    let errors = match entries.read() {
        Ok(settings) => match growth.save_settings(settings, &at).await {
            Ok(()) => return Ok(flash::redirect(&Address::at(PATH), Tone::Good, "The settings are saved.")),
            Err(GrowthError::Settings(error)) => {
                let mut errors = Errors::default();
                errors.add("goal_mrr", error.to_string());
                errors
            }
            Err(error) => return Err(error.into()),
        },
        Err(errors) => errors,
    };
    let saved = growth.settings().await?;
    let page = page(&viewer, &growth, &saved, &entries, &errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    viewer: &Viewer,
    growth: &Growth,
    saved: &SavedSettings,
    entries: &Entries,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let board = frame::board(viewer, growth).await?;
    let sum = board.as_ref().map(|board| {
        let sum = board.clients.iter().map(|client| client.current_mrr.amount()).sum();
        kernel::Mrr::new(sum, board.snapshot.currency)
    });
    let owners = growth.owners().await?;
    let hours: f64 = owners.iter().filter(|owner| owner.active).map(|owner| owner.weekly_hours).sum();
    let current_hint = match &sum {
        Some(sum) => format!("Leave it empty to use the sum of the latest snapshot: {}.", format::money(sum)),
        None => "Leave it empty to use the sum of the latest snapshot.".to_owned(),
    };
    let currency = entries.currency.trim();
    let unit = format!("{currency} a month");
    let unsaved = entries.goal_mrr != Entries::of(&saved.settings).goal_mrr
        || entries.correlation != Entries::of(&saved.settings).correlation;
    let form = html! {
        (errors.summary())
        form.form method="post" action=(PATH) {
            (Field::text("goal_mrr", "Goal MRR").required().attribute("inputmode", "decimal").suffix(&unit)
                .value(&entries.goal_mrr).errors(errors).hint("Monthly recurring revenue to reach.").render())
            (Field::text("current_mrr", "Current MRR").attribute("inputmode", "decimal").suffix(&unit)
                .value(&entries.current_mrr).errors(errors).hint(current_hint).render())
            (Field::range("correlation", "Correlation of deals", 0.0, CORRELATION_MAX, 0.05).value(&entries.correlation).errors(errors)
                .hint("How much deals succeed and fail together. 0: each for itself; 0.1 to 0.3 is cautious.").render())
            (Field::text("currency", "Currency").required().attribute("maxlength", "3").attribute("autocomplete", "off")
                .value(currency).errors(errors).hint("ISO code of the goal, and of imports that do not say theirs: USD, EUR, …").render())
            h3 { "Who signs propositions" }
            (Field::text("operator", "Organisation").value(&entries.operator).errors(errors).hint("Stands at the head of every letter.").render())
            div.form-row {
                (Field::text("name", "Name").value(&entries.name).errors(errors).render())
                (Field::text("role", "Role").value(&entries.role).errors(errors).render())
            }
            div.form-row {
                (Field::text("email", "E-mail").value(&entries.email).errors(errors).attribute("inputmode", "email").render())
                (Field::text("phone", "Telephone").value(&entries.phone).errors(errors).render())
            }
            div.form-foot {
                button.button.primary type="submit" { "Save settings" }
                @if unsaved { span.small.secondary { "Not saved yet." } }
            }
        }
    };
    let saved_note = match (saved.saved_at, &saved.saved_by) {
        (Some(at), Some(by)) => html! { (format::when(at, viewer.now)) " by " (by) },
        (Some(at), None) => format::when(at, viewer.now),
        (None, _) => html! { "never: these are the defaults" },
    };
    Ok(Page::new(viewer, "Settings")
        .crumb("Growth", frame::HOME)
        .lead(html! { "What every projection and proposition starts from." })
        .main(html! {
            div.split {
                (card("Goal and sender", None, html! {}, form))
                div.stack {
                    (card("Team and capacity", None, html! {}, html! {
                        p.secondary {
                            @if owners.is_empty() { "Nobody works on opportunities yet: a plan needs owners with hours." }
                            @else { (format::counted(owners.len(), "owner", "owners")) " with " (format::number(hours, 1)) " hours a week." }
                        }
                        div.cluster { a.button href="/growth/plan/team" { (Icon::Users) "Owners and hours" } }
                    }))
                    (card("Where these are used", None, html! {}, html! {
                        (facts(&[
                            ("Goal, current MRR", html! { a href="/growth/revenue" { "Revenue" } }),
                            ("Correlation", html! { a href="/growth/revenue" { "Chance of the goal" } }),
                            ("Sender", html! { a href="/growth/propositions" { "Propositions" } }),
                            ("Rules and chances", html! { a href="/growth/policies" { "Policies" } }),
                            ("Last saved", saved_note),
                        ]))
                    }))
                }
            }
        })
        .render())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Entries {
        Entries {
            goal_mrr: "400,000".into(),
            correlation: "0.1".into(),
            currency: "usd".into(),
            name: "  ".into(),
            ..Entries::default()
        }
    }

    #[test]
    fn amounts_are_read_as_people_type_them() {
        let settings = entries().read().expect("sound");
        assert_eq!((settings.goal_mrr, settings.currency), (Decimal::from(400_000), kernel::Currency::USD));
        assert_eq!((settings.current_mrr, settings.sender.name), (None, None));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = Entries {
            goal_mrr: "much".into(),
            current_mrr: "-1".into(),
            correlation: "1.5".into(),
            currency: "dollars".into(),
            email: "nobody".into(),
            ..entries()
        };
        let errors = wrong.read().expect_err("all wrong");
        for field in ["goal_mrr", "current_mrr", "correlation", "currency", "email"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
    }
}
