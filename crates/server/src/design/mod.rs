//! The design system: every page is made of the pieces in this folder, and of nothing else.
//!
//! `/design` shows all of them in all their states. The style sheets are in `assets/css`: `tokens.css` is
//! the only file that names a colour or a size.
//!
//! # How to make a page
//!
//! 1. A file in `pages/` named after the page, with one handler per method:
//!
//!    ```ignore
//!    /// `GET /growth/owners`
//!    pub async fn show(viewer: Viewer, State(growth): State<Growth>) -> Result<Response, Problem> {
//!        let owners = growth.owners().await?;
//!        let table = table();
//!        if let Some(file) = table.export(&owners, &viewer.address, "owners")? {
//!            return Ok(file);
//!        }
//!        let views = pages::views::of(&viewer, &directory).await?;
//!        Ok(Page::new(&viewer, "Owners")
//!            .crumb("Growth", "/growth")
//!            .main(flush_card("Owners", None, html! {}, table.render(&owners, &viewer.address, &views)))
//!            .render()
//!            .into_response())
//!    }
//!    ```
//!
//! 2. Its route in [`crate::pages::routes`], with who may call it.
//! 3. Its place in [`crate::nav`], if it has one.
//!
//! # The rules
//!
//! - **The address is the state.** Filters, sorting, tabs and the open drawer are in the query
//!   ([`Address`]); a page works by plain links and forms, htmx only replaces less of it.
//! - **No inline script, no inline style**: the content security policy refuses them. Widths of bars are
//!   attributes of SVG shapes.
//! - **Nothing by colour alone**: badges have words, charts have sentences and tables.
//! - **Every number answers "why"**: a [`Kpi`] takes a [`Why`] with formula, inputs and source.
//! - **Unknown is not zero**: write [`format::UNKNOWN`].
//! - **Errors say what to do.** Handlers return [`crate::problem::Problem`]; forms answer with status 422
//!   and their [`Errors`].
//! - **Changes** are `POST`, then [`crate::flash::redirect`].
//! - **Live**: an element that should follow the hub has `hx-get` of the page's own address, `hx-select`
//!   of its own id, and `hx-trigger="the-event from:body"`; the events come over `/live`.

mod address;
mod badge;
mod card;
mod chart;
mod form;
pub mod format;
mod icon;
mod page;
mod qr;
mod state;
mod table;
mod tone;

pub use address::Address;
pub use badge::{badge, level, meter, score, tier};
pub use card::{
    Kpi, Tab, Why, bars, card, delta, disclose, drawer, facts, flush_card, kpis, sparkline, tabs,
};
pub use chart::{Axis, Chart, Ink, Point, Series, Unit};
pub use form::{Errors, Field, carry};
pub use icon::Icon;
pub use page::{Page, bare, error_page};
pub use qr::qr;
pub use state::{Lead, empty, failure, loading, notice, toast};
pub use table::{Column, Filter, Part, Table, View};
pub use tone::Tone;
