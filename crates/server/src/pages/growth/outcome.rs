//! Recording how an offer ended: `GET /growth/clients/{id}/outcomes/new`, `POST /growth/clients/{id}/outcomes`.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use growth::{
    Board, Growth,
    metrics::{ClientId, ClientMetrics, VehicleId},
    outcome::OutcomeKind,
    service::NewOutcome,
};
use jiff::{civil::Date, tz::TimeZone};
use maud::{Markup, html};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::frame;
use crate::{
    design::{Address, Errors, Field, Tone, card, format},
    flash,
    problem::Problem,
    viewer::{At, Viewer},
};

/// Where an outcome of a client is recorded; the form leads back to `back`.
pub fn new_href(id: &ClientId, back: &Address) -> String {
    Address::at(format!("{}/outcomes/new", frame::client_href(id))).with("back", back.href()).href()
}

/// The form, as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct OutcomeForm {
    /// `won` or `lost`.
    #[serde(default)]
    kind: String,
    /// The day it was decided.
    #[serde(default)]
    occurred_on: String,
    /// Added annual revenue, major units.
    #[serde(default)]
    arr: String,
    /// What was sold or refused; blank when it was several.
    #[serde(default)]
    vehicle: String,
    /// A remark.
    #[serde(default)]
    note: String,
    /// Where to go afterwards.
    #[serde(default)]
    back: String,
}

impl OutcomeForm {
    /// What it says, or what is wrong with it.
    fn read(&self, client_id: ClientId) -> Result<NewOutcome, Errors> {
        let mut errors = Errors::default();
        let kind = OutcomeKind::from_id(&self.kind);
        if kind.is_none() {
            errors.add("kind", "Say whether the offer was won or lost.");
        }
        let occurred_on: Option<Date> = self.occurred_on.trim().parse().ok();
        if occurred_on.is_none() {
            errors.add("occurred_on", "Give the day on which it was decided, as in 2026-01-19.");
        }
        let typed = self.arr.trim().replace(',', "");
        let arr: Option<Decimal> = typed.parse().ok();
        if !typed.is_empty() && arr.is_none() {
            errors.add("arr", format!("“{}” is no amount: write it as in 37500.", self.arr.trim()));
        } else if kind == Some(OutcomeKind::Won) && arr.is_none_or(|arr| arr <= Decimal::ZERO) {
            errors.add("arr", "A win brings revenue: give the added ARR.");
        }
        match (kind, occurred_on) {
            (Some(kind), Some(occurred_on)) if errors.is_empty() => Ok(NewOutcome {
                client_id,
                occurred_on,
                kind,
                // The amount of a lost offer is no revenue.
                arr: arr.filter(|_| kind == OutcomeKind::Won),
                vehicle: Some(self.vehicle.trim()).filter(|id| !id.is_empty()).map(VehicleId::new),
                note: Some(self.note.clone()),
            }),
            _ => Err(errors),
        }
    }

    fn back(&self, id: &ClientId) -> Address {
        let back = Some(self.back.as_str()).filter(|back| !back.is_empty());
        back.and_then(|back| Address::parse(back).local())
            .unwrap_or_else(|| Address::parse(&frame::client_href(id)))
    }

    fn render(&self, board: &Board, client: &ClientMetrics, errors: &Errors) -> Markup {
        let id = &client.client_id;
        let kinds = OutcomeKind::ALL.iter().map(|kind| (kind.id().to_owned(), kind.label().to_owned()));
        let vehicles = board.policy.document().vehicles.iter();
        let vehicles = std::iter::once((String::new(), "Several, or not known".to_owned()))
            .chain(vehicles.map(|vehicle| (vehicle.id.to_string(), vehicle.name.clone())));
        let currency = board.snapshot.currency;
        html! {
            (errors.summary())
            form.form method="post" action={ (frame::client_href(id)) "/outcomes" } {
                input type="hidden" name="back" value=(self.back(id));
                (Field::choices("kind", "How did it end?", kinds).required().value(&self.kind).errors(errors).render())
                div.form-row {
                    (Field::text("arr", "Added ARR").suffix(&format!("{currency} per year")).value(&self.arr)
                        .hint("Only for a win: what the client pays more, per year.").errors(errors).render())
                    (Field::date("occurred_on", "Decided on").required().value(&self.occurred_on).errors(errors).render())
                }
                (Field::select("vehicle", "Vehicle", vehicles).value(&self.vehicle).render())
                (Field::textarea("note", "Note", 3).value(&self.note).render())
                div.form-foot {
                    button.button.primary { "Record outcome" }
                    a.button href=(self.back(id).href()) { "Cancel" }
                }
            }
        }
    }
}

/// `GET /growth/clients/{id}/outcomes/new`
pub async fn new(
    viewer: Viewer,
    State(growth): State<Growth>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = ClientId::new(id);
    let board = current(&growth, &id).await?;
    let (_, assessment) = found(&board, &id)?;
    let given = |name: &str| viewer.address.get(name).unwrap_or_default().to_owned();
    let form = OutcomeForm {
        kind: given("kind"),
        occurred_on: viewer.now.to_zoned(TimeZone::UTC).date().to_string(),
        arr: Some(assessment.potential_arr.amount())
            .filter(|amount| !amount.is_zero())
            .map_or_else(String::new, |amount| amount.normalize().to_string()),
        vehicle: given("vehicle"),
        note: String::new(),
        back: given("back"),
    };
    Ok(page(&viewer, &board, &id, &form, &Errors::default())?.into_response())
}

/// `POST /growth/clients/{id}/outcomes`
pub async fn record(
    viewer: Viewer,
    At(at): At,
    State(growth): State<Growth>,
    Path(id): Path<String>,
    Form(form): Form<OutcomeForm>,
) -> Result<Response, Problem> {
    let id = ClientId::new(id);
    let board = current(&growth, &id).await?;
    let (client, _) = found(&board, &id)?;
    let refused = |errors: &Errors| -> Result<Response, Problem> {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&viewer, &board, &id, &form, errors)?).into_response())
    };
    let new = match form.read(id.clone()) {
        Ok(new) => new,
        Err(errors) => return refused(&errors),
    };
    match growth.record_outcome(new, &at).await {
        Ok(outcome) => {
            let name = &client.client_name;
            let text = match outcome.kind {
                OutcomeKind::Won => format!("Won: {name}, {} ARR.", format::money_whole(&outcome.arr)),
                OutcomeKind::Lost => format!("Lost: {name}. The forecast counts it no more."),
            };
            Ok(flash::redirect(&form.back(&id), Tone::Good, &text))
        }
        Err(error) => {
            let problem = Problem::from(error);
            if problem.errors().is_empty() {
                return Err(problem);
            }
            let mut errors = Errors::default();
            for error in problem.errors() {
                errors.add(error.field.as_str(), error.message.as_str());
            }
            refused(&errors)
        }
    }
}

async fn current(growth: &Growth, id: &ClientId) -> Result<std::sync::Arc<Board>, Problem> {
    let board = growth.board(growth::BoardQuery::default()).await?;
    found(&board, id)?;
    Ok(board)
}

fn found<'b>(
    board: &'b Board,
    id: &ClientId,
) -> Result<(&'b ClientMetrics, &'b growth::assessment::Assessment), Problem> {
    board.client(id).ok_or_else(|| Problem::not_found(format!("The snapshot has no client `{id}`.")))
}

fn page(
    viewer: &Viewer,
    board: &Board,
    id: &ClientId,
    form: &OutcomeForm,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let (client, assessment) = found(board, id)?;
    let note = format!(
        "The rule gave it {} for {} ARR.",
        format::percent(assessment.success_probability, 0),
        format::money_whole(&assessment.potential_arr)
    );
    Ok(frame::page(viewer, "Record outcome", board)
        .crumb(client.client_name.to_string(), frame::client_href(id))
        .main(card(&client.client_name, Some(&note), html! {}, form.render(board, client, errors)))
        .render())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(kind: &str, arr: &str, day: &str) -> OutcomeForm {
        let (kind, arr, occurred_on) = (kind.to_owned(), arr.to_owned(), day.to_owned());
        OutcomeForm { kind, arr, occurred_on, ..OutcomeForm::default() }
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let errors = form("", "many", "soon").read(ClientId::new("c1")).expect_err("wrong");
        assert!(["kind", "arr", "occurred_on"].iter().all(|field| errors.get(field).is_some()), "{errors:?}");
        let errors = form("won", "", "2026-01-19").read(ClientId::new("c1")).expect_err("no amount");
        assert!(errors.get("arr").is_some() && errors.get("kind").is_none());
    }

    #[test]
    fn a_loss_brings_no_revenue_whatever_amount_stood_there() {
        let lost = form("lost", "37,500", "2026-01-19").read(ClientId::new("c1")).expect("a loss");
        assert_eq!(lost.arr, None);
        let won = form("won", "37,500.50", "2026-01-19").read(ClientId::new("c1")).expect("a win");
        assert_eq!(won.arr, Some(Decimal::new(3_750_050, 2)));
    }
}
