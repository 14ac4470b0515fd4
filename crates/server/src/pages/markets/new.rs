//! `/markets/new`: opening a market.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kernel::Vertical;
use markets::{MarketsError, NewMarket};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HOME, href};
use crate::{
    app::AppState,
    design::{Address, Errors, Field, Page, Tone, card},
    flash,
    problem::Problem,
    viewer::{At, Viewer},
};

/// The form as it is sent; verticals are ticked one by one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Entries {
    name: String,
    region: String,
    currency: String,
    locale: String,
    time_zone: String,
    residential: String,
    commercial: String,
    luxury: String,
    healthcare: String,
}

impl Entries {
    fn ticked(&self, vertical: Vertical) -> bool {
        let value = match vertical {
            Vertical::Residential => &self.residential,
            Vertical::Commercial => &self.commercial,
            Vertical::Luxury => &self.luxury,
            Vertical::Healthcare => &self.healthcare,
        };
        value == "true"
    }

    /// The market, or what is wrong with which field.
    fn checked(&self) -> Result<NewMarket, Errors> {
        let mut errors = Errors::default();
        let name = parsed("name", &self.name, &mut errors);
        let region = parsed("region", &self.region.to_lowercase(), &mut errors);
        let currency = parsed("currency", &self.currency.to_uppercase(), &mut errors);
        let locale = parsed("locale", &self.locale, &mut errors);
        let time_zone = parsed("time_zone", &self.time_zone, &mut errors);
        let verticals: Vec<Vertical> =
            Vertical::ALL.iter().copied().filter(|vertical| self.ticked(*vertical)).collect();
        if verticals.is_empty() {
            errors.add("residential", "Choose at least one line of business.");
        }
        match (name, region, currency, locale, time_zone) {
            (Some(name), Some(region), Some(currency), Some(locale), Some(time_zone))
                if errors.is_empty() =>
            {
                Ok(NewMarket { name, region, currency, locale, time_zone, verticals })
            }
            _ => Err(errors),
        }
    }
}

fn parsed<T>(field: &str, text: &str, errors: &mut Errors) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text = text.trim();
    if text.is_empty() {
        errors.add(field, "Fill this in.");
        return None;
    }
    text.parse().map_err(|error: T::Err| errors.add(field, capital(&error.to_string()))).ok()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// `GET /markets/new`
pub async fn show(viewer: Viewer) -> Markup {
    let entries = Entries { residential: "true".to_owned(), ..Entries::default() };
    page(&viewer, &entries, &Errors::default())
}

/// `POST /markets`
pub async fn create(
    mut viewer: Viewer,
    At(at): At,
    State(state): State<AppState>,
    Form(entries): Form<Entries>,
) -> Result<Response, Problem> {
    let errors = match entries.checked() {
        Ok(new) => match state.markets().create(new, &at).await {
            Ok(record) => {
                let text = format!("{} is open, with a database and keys of its own.", record.name);
                return Ok(flash::redirect(&Address::at(href(&record.name)), Tone::Good, &text));
            }
            Err(MarketsError::NameTaken(_)) => {
                let mut errors = Errors::default();
                errors.add(
                    "name",
                    "There is a market of this name already (perhaps a deleted one in its grace period).",
                );
                errors
            }
            Err(error) => return Err(error.into()),
        },
        Err(errors) => errors,
    };
    viewer.address = Address::at("/markets/new");
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&viewer, &entries, &errors)).into_response())
}

fn page(viewer: &Viewer, entries: &Entries, errors: &Errors) -> Markup {
    let zones = jiff::tz::db().available().map(|zone| zone.to_string()).filter(|zone| zone.contains('/'));
    let mut zones: Vec<String> = zones.collect();
    zones.sort();
    Page::new(viewer, "Open a market")
        .crumb("Markets", HOME)
        .lead(html! { "One organisation's business in one region. Its name stays; everything else of it can be looked at under its page." })
        .main(card(
            "The market",
            None,
            html! {},
            html! {
                (errors.summary())
                form.form method="post" action=(HOME) {
                    (Field::text("name", "Name").required().autofocus()
                        .attribute("maxlength", "40").attribute("pattern", "[a-z][a-z0-9\\-]{0,39}")
                        .attribute("autocapitalize", "none").attribute("spellcheck", "false").attribute("autocomplete", "off")
                        .hint("In addresses and commands: lower-case letters, digits and hyphens, such as north-shore.")
                        .value(&entries.name).errors(errors).render())
                    div.form-row {
                        (Field::text("region", "Region").required().attribute("maxlength", "10").attribute("autocomplete", "off")
                            .hint("ISO 3166: us-wa, de-be, pt").value(&entries.region).errors(errors).render())
                        (Field::text("currency", "Currency").required().attribute("maxlength", "3").attribute("autocomplete", "off")
                            .hint("ISO 4217: USD").value(&entries.currency).errors(errors).render())
                    }
                    div.form-row {
                        (Field::text("locale", "Language").required().attribute("maxlength", "35").attribute("autocomplete", "off")
                            .hint("BCP 47: en-US, es-US").value(&entries.locale).errors(errors).render())
                        (Field::text("time_zone", "Time zone").required().attribute("list", "zones").attribute("autocomplete", "off")
                            .hint("IANA: America/Los_Angeles").value(&entries.time_zone).errors(errors).render())
                        datalist #zones { @for zone in &zones { option value=(zone) {} } }
                    }
                    fieldset.field.ticks {
                        legend { "Lines of business" }
                        @for vertical in Vertical::ALL {
                            (Field::check(vertical.id(), vertical.label()).value(entries.ticked(*vertical)).errors(errors).render())
                        }
                    }
                    div.form-foot {
                        button.button.primary type="submit" { "Open the market" }
                        a.button.quiet href=(HOME) { "Cancel" }
                    }
                    p.hint { "You run the market, you do not enter it: invite its owner on the market's page. Its people's data is readable with a role in the market only." }
                }
            },
        ))
        .render()
}
