//! One search over everything that can be gone to: pages, actions, clients. The palette (Ctrl K) asks for
//! the same page and shows its results.

use axum::extract::State;
use growth::{BoardQuery, Growth, GrowthError};
use kernel::MarketName;
use maud::{Markup, html};

use crate::{
    access::HubRoles,
    design::{Address, Icon, Page, card, empty},
    nav,
    problem::Problem,
    viewer::Viewer,
};

/// Results shown of each kind.
const PER_GROUP_MAX: usize = 8;

/// Something found.
pub struct Found {
    /// Its name.
    pub label: String,
    /// What it is, beside the name.
    pub note: String,
    /// Where it is.
    pub href: String,
    /// Its icon.
    pub icon: Icon,
}

/// Things of one kind that were found.
pub struct Group {
    /// The kind.
    pub label: &'static str,
    /// The things, best first.
    pub found: Vec<Found>,
}

/// Whether every word of `query` begins a word of `text`; the empty query finds everything.
pub fn matches(query: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    query.to_lowercase().split_whitespace().all(|wanted| {
        text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word.starts_with(wanted))
    })
}

/// Places whose name matches come before those that only other words lead to.
fn pages(query: &str, places: Vec<&'static nav::Entry>, market: Option<&MarketName>) -> Group {
    let (by_name, rest): (Vec<&nav::Entry>, Vec<&nav::Entry>) =
        places.into_iter().partition(|entry| matches(query, entry.label));
    let by_word = rest.into_iter().filter(|entry| matches(query, entry.words));
    let found = by_name.into_iter().chain(by_word).map(|entry| Found {
        label: entry.label.to_owned(),
        note: entry.key.map(|key| format!("g {key}")).unwrap_or_default(),
        href: entry.href(market),
        icon: entry.icon,
    });
    Group { label: "Pages", found: found.take(PER_GROUP_MAX).collect() }
}

/// Clients of the latest snapshot, by name or identifier; none before the first import.
async fn clients(growth: &Growth, query: &str) -> Result<Group, Problem> {
    let found = match growth.board(BoardQuery::default()).await {
        Ok(board) if !query.is_empty() => board
            .clients
            .iter()
            .filter(|client| matches(query, &format!("{} {}", client.client_name, client.client_id)))
            .take(PER_GROUP_MAX)
            .map(|client| Found {
                label: client.client_name.to_string(),
                note: client.client_id.to_string(),
                href: Address::at(nav::CLIENTS).with("client", &client.client_id).href(),
                icon: Icon::Building,
            })
            .collect(),
        Ok(_) | Err(GrowthError::NoSnapshot) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(Group { label: "Clients", found })
}

/// `GET /search?q=`
pub async fn show(viewer: Viewer, State(growth): State<Growth>) -> Result<Markup, Problem> {
    let query = viewer.address.get("q").unwrap_or_default().trim().to_owned();
    let places = nav::offered(&viewer).collect();
    let market = viewer.market.as_ref().map(|entered| entered.market.name());
    // Clients are found by those who may see them.
    let of_growth = viewer.signed_in.as_ref().is_some_and(|user| user.may(HubRoles::READ_GROWTH));
    let mut groups = Vec::new();
    if of_growth {
        groups.push(clients(&growth, &query).await?);
    }
    groups.push(pages(&query, places, market));
    let results = results(&query, &groups);
    Ok(Page::new(&viewer, "Search")
        .main(html! {
            form.cluster method="get" action="/search" role="search" {
                label.visually-hidden for="q" { "Search" }
                input.input #q type="search" name="q" value=(query) autofocus;
                button.button.primary { (Icon::Search) "Search" }
            }
            (card("Results", None, html! {}, results))
        })
        .render())
}

fn results(query: &str, groups: &[Group]) -> Markup {
    html! {
        div.results #results role="listbox" aria-label="Results" {
            @if groups.iter().all(|group| group.found.is_empty()) {
                div role="option" aria-disabled="true" aria-selected="false" {
                    (empty(Icon::Search, &format!("Nothing is called “{query}”"), "Try the beginning of a name, or fewer words.", &[]))
                }
            }
            @for (group_number, group) in groups.iter().enumerate().filter(|(_, group)| !group.found.is_empty()) {
                div role="group" aria-label=(group.label) {
                    p.results-group role="presentation" { (group.label) }
                    @for (number, found) in group.found.iter().take(PER_GROUP_MAX).enumerate() {
                        a.result id={ "result-" (group_number) "-" (number) } role="option" aria-selected="false" href=(found.href) {
                            (found.icon) span.truncate { (found.label) } span.result-note { (found.note) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_called_so_comes_before_one_described_so() {
        assert_eq!(pages("acc", nav::entries().collect(), None).found[0].label, "Your account");
        assert_eq!(pages("openapi", nav::entries().collect(), None).found[0].label, "API reference");
    }

    #[test]
    fn words_match_at_their_beginning_in_any_order() {
        assert!(matches("", "anything"));
        assert!(matches("home harb", "Harbour Homes Ltd"));
        assert!(!matches("omes", "Harbour Homes Ltd"));
        assert!(!matches("harbour zebra", "Harbour Homes Ltd"));
    }
}
