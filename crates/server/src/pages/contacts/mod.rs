//! The pages of a market's people, under `/m/{market}/contacts`, and its figures without people. Agents see the contacts
//! assigned to them. No name, address or number is ever in an address: searching is a `POST`.

mod erase;
mod figures;
mod form;
mod import;
mod list;
mod names;
mod person;
mod record;

pub(in crate::pages) use self::{list::stage_name, names::Names};

use contacts::ContactsError;

use crate::{
    Config,
    access::{Access, MarketRoles, Routes},
    design::Errors,
    problem::Problem,
    viewer::InMarket,
};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    let read = Access::Market(MarketRoles::READ_CONTACTS);
    let write = Access::Market(MarketRoles::WRITE_CONTACTS);
    let assign = Access::Market(MarketRoles::ASSIGN_CONTACTS);
    let erase = Access::Market(MarketRoles::ERASE_CONTACTS);
    routes
        .get(read, "/m/{market}/contacts", list::show)
        .post(read, "/m/{market}/contacts/search", list::search)
        .get(write, "/m/{market}/contacts/new", form::show)
        .post(write, "/m/{market}/contacts", form::create)
        .get(assign, "/m/{market}/contacts/import", import::show)
        .upload(assign, "/m/{market}/contacts/import", config.upload_bytes_max, import::receive)
        .get(read, "/m/{market}/contacts/{contact}", person::show)
        .get(write, "/m/{market}/contacts/{contact}/edit", form::show_edit)
        .post(write, "/m/{market}/contacts/{contact}", form::save)
        .post(write, "/m/{market}/contacts/{contact}/stage", record::stage)
        .post(assign, "/m/{market}/contacts/{contact}/assign", record::assign)
        .post(write, "/m/{market}/contacts/{contact}/notes", record::note)
        .post(write, "/m/{market}/contacts/{contact}/messages", record::message)
        .post(erase, "/m/{market}/contacts/{contact}/hold", record::hold)
        .get(erase, "/m/{market}/contacts/{contact}/erase", erase::show)
        .post(erase, "/m/{market}/contacts/{contact}/erase", erase::erase)
        .get(Access::Market(MarketRoles::SEE_FIGURES), "/m/{market}/figures", figures::show)
}

/// Where the market's contacts are.
pub(in crate::pages) fn home(here: &InMarket) -> String {
    format!("/m/{}/contacts", here.market.name())
}

/// Where one contact is.
pub(in crate::pages) fn place(here: &InMarket, id: kernel::PersonId) -> String {
    format!("{}/{id}", home(here))
}

/// What is wrong with a form; anything else that went wrong is a problem.
fn wrong(error: ContactsError) -> Result<Errors, Problem> {
    let mut errors = Errors::default();
    match error {
        ContactsError::Rejected(refused) => {
            for refused in refused {
                let mut letters = refused.message.chars();
                let capital =
                    letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
                errors.add(refused.field, format!("{capital}{}.", letters.as_str().trim_end_matches('.')));
            }
        }
        ContactsError::EmailTaken => {
            errors.add("email", "Another contact of this market has this e-mail address.")
        }
        ContactsError::Suppressed => {
            errors
                .add("name", "This person is on the suppression list of the market and must be left alone.");
        }
        other => return Err(other.into()),
    }
    Ok(errors)
}
