//! `GET /audit` and `GET /m/{market}/audit`: who did what, whether the chain is whole, and how somebody else can
//! tell. The same page for both; the path decides which chain it is.

mod entry;
mod names;
mod rows;
mod standing;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use directory::Directory;
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use maud::{Markup, html};
use store::trail::{self, Filter, Order};

use self::{names::Names, rows::Row};
use crate::{
    Clock,
    access::{Access, HubRoles, MarketRoles, Routes},
    api::audit::file,
    design::{Address, Errors, Field, Icon, Page, Tone, carry, flush_card, format},
    flash,
    pages::views,
    problem::Problem,
    trails::{Chain, ENTRIES_MAX, Found, if_readable},
    viewer::{At, Viewer},
};

/// Entries that a page looks through; files hold all.
const ROWS_MAX: u32 = 10_000;

const OF_HUB: Access = Access::Hub(HubRoles::READ_AUDIT);
const OF_MARKET: Access = Access::Market(MarketRoles::READ_AUDIT);

/// Adds the pages of audit chains.
pub fn routes(routes: Routes) -> Routes {
    routes
        .get(OF_HUB, "/audit", show)
        .post(OF_HUB, "/audit/verify", verify)
        .get(OF_HUB, "/audit/export", export)
        .get(OF_MARKET, "/m/{market}/audit", show)
        .post(OF_MARKET, "/m/{market}/audit/verify", verify)
        .get(OF_MARKET, "/m/{market}/audit/export", export)
}

/// Where the page of this request's chain is.
fn home(viewer: &Viewer) -> Address {
    match &viewer.market {
        Some(entered) => Address::at(format!("/m/{}/audit", entered.market.name())),
        None => Address::at("/audit"),
    }
}

/// `GET /audit`, `GET /m/{market}/audit`
async fn show(viewer: Viewer, chain: Chain, State(directory): State<Directory>) -> Result<Response, Problem> {
    let (days, errors) = Days::of(&viewer.address);
    let filter = days.filter();
    let limit = match viewer.address.get("format") {
        Some(_) => u32::try_from(ENTRIES_MAX).unwrap_or(u32::MAX),
        None => ROWS_MAX,
    };
    let names = Names::known(&viewer, &directory).await?;
    let entries = if_readable(chain.page(&filter, Order::Newest, None, limit).await)?;
    let unreadable = entries.is_none();
    let entries = entries.unwrap_or_default();
    let listed = entries.len() as u64;
    let rows: Vec<Row> = entries.into_iter().map(|entry| Row::new(entry, &names)).collect();
    let table = rows::table(&rows);
    if let Some(file) = table.export(&rows, &viewer.address, &format!("audit-{}", chain.name()))? {
        return Ok(file);
    }
    let matching = match listed < u64::from(limit) {
        true => listed,
        false => trail::count(chain.db(), &filter).await?,
    };
    let views = views::of(&viewer, &directory).await?;
    let standing = chain.standing().await?;
    let home = home(&viewer);
    let page = Page::new(&viewer, "Audit").lead(html! {
        "Who did what, in an order that nobody can change unnoticed. "
        @if viewer.market.is_some() { "Of this market." } @else { "Of the hub; each market has a chain of its own." }
    });
    let page = match &viewer.market {
        Some(entered) => {
            page.crumb(entered.market.name().to_string(), format!("/m/{}", entered.market.name()))
        }
        None => page,
    };
    let more = (matching > listed).then(|| {
        format!(
            "The {} newest of {}; narrow the dates to see others. Files hold all.",
            format::count(listed),
            format::count(matching)
        )
    });
    Ok(page
        .actions(html! {
            a.button href={ (home.path()) "/export" } download hx-boost="false" { (Icon::Download) "Export the chain" }
            form method="post" action={ (home.path()) "/verify" } {
                button.button.primary { (Icon::Shield) "Verify now" }
            }
        })
        .main(html! {
            (standing::alarm(&standing, unreadable))
            (standing::figures(&standing, &names, viewer.now))
            (flush_card("Entries", more.as_deref(), html! {}, html! {
                (days.form(&viewer.address, &errors))
                (table.render(&rows, &viewer.address, &views))
            }))
            (standing::elsewhere(&chain, &standing, viewer.market.as_ref().map(|entered| entered.market.name())))
        })
        .drawer(entry::drawer(&viewer, &chain, &names).await?)
        .render()
        .into_response())
}

/// The days that are looked at.
struct Days {
    from: Option<Date>,
    to: Option<Date>,
}

impl Days {
    fn of(address: &Address) -> (Self, Errors) {
        let mut errors = Errors::default();
        let mut day = |name: &str| {
            let text = address.get(name).filter(|text| !text.is_empty())?;
            let day = text.parse().ok();
            if day.is_none() {
                errors.add(name, "This is no date: year-month-day.");
            }
            day
        };
        let (from, to) = (day("from"), day("to"));
        (Self { from, to }, errors)
    }

    fn filter(&self) -> Filter {
        let start = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp());
        let next = |day: Date| day.checked_add(Span::new().days(1)).ok();
        let until: Option<Timestamp> = self.to.and_then(next).and_then(start);
        Filter { from: self.from.and_then(start), until, ..Filter::default() }
    }

    fn form(&self, address: &Address, errors: &Errors) -> Markup {
        let shown = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let rest = address.filtered(|name, _| !["from", "to", "page", "entry", "format"].contains(&name));
        html! {
            form.toolbar method="get" action=(address.path()) data-autosubmit {
                (carry(rest.pairs()))
                (Field::date("from", "From").value(shown(self.from)).errors(errors).render())
                (Field::date("to", "To").value(shown(self.to)).errors(errors).render())
                button.button.no-js-only type="submit" { "Show" }
            }
        }
    }
}

/// `POST /audit/verify`, `POST /m/{market}/audit/verify`
async fn verify(viewer: Viewer, chain: Chain, At(at): At) -> Result<Response, Problem> {
    let (tone, text) = match chain.verify(&at).await? {
        Found::Sound(verified) => {
            let entries =
                format::counted(usize::try_from(verified.entries).unwrap_or(usize::MAX), "entry", "entries");
            (Tone::Good, format!("Nothing was changed, removed or moved: {entries} as they were written."))
        }
        Found::Broken(fault) => (Tone::Bad, format!("The chain is not whole: {fault}.")),
    };
    Ok(flash::redirect(&home(&viewer), tone, &text))
}

/// `GET /audit/export`, `GET /m/{market}/audit/export`
async fn export(chain: Chain, State(clock): State<Clock>) -> Result<Response, Problem> {
    file(&chain, &clock).await
}
