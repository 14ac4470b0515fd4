//! One search over everything that can be gone to: pages, actions, clients. The palette (Ctrl K) asks for
//! the same page and shows its results.

use maud::{Markup, html};

use crate::{
    design::{Icon, Page, card, empty},
    nav,
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

fn pages(query: &str) -> Group {
    let found = nav::entries()
        .filter(|entry| matches(query, &format!("{} {}", entry.label, entry.words)))
        .map(|entry| Found {
            label: entry.label.to_owned(),
            note: entry.key.map(|key| format!("g {key}")).unwrap_or_default(),
            href: entry.path.to_owned(),
            icon: entry.icon,
        });
    Group { label: "Pages", found: found.take(PER_GROUP_MAX).collect() }
}

/// `GET /search?q=`
pub async fn show(viewer: Viewer) -> Markup {
    let query = viewer.address.get("q").unwrap_or_default().trim().to_owned();
    let groups = [pages(&query)];
    let results = results(&query, &groups);
    Page::new(&viewer, "Search")
        .main(html! {
            form.cluster method="get" action="/search" role="search" {
                label.visually-hidden for="q" { "Search" }
                input.input #q type="search" name="q" value=(query) autofocus;
                button.button.primary { (Icon::Search) "Search" }
            }
            (card("Results", None, html! {}, results))
        })
        .render()
}

fn results(query: &str, groups: &[Group]) -> Markup {
    let mut number = 0;
    html! {
        div.results #results role="listbox" aria-label="Results" {
            @if groups.iter().all(|group| group.found.is_empty()) {
                div role="option" aria-disabled="true" aria-selected="false" {
                    (empty(Icon::Search, &format!("Nothing is called “{query}”"), "Try the beginning of a name, or fewer words.", &[]))
                }
            }
            @for group in groups.iter().filter(|group| !group.found.is_empty()) {
                div role="group" aria-label=(group.label) {
                    p.results-group role="presentation" { (group.label) }
                    @for found in group.found.iter().take(PER_GROUP_MAX) {
                        a.result id={ "result-" (number) } role="option" aria-selected="false" href=(found.href) {
                            (found.icon) span.truncate { (found.label) } span.result-note { (found.note) }
                        }
                        @let _ = { number += 1; };
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
    fn words_match_at_their_beginning_in_any_order() {
        assert!(matches("", "anything"));
        assert!(matches("home harb", "Harbour Homes Ltd"));
        assert!(!matches("omes", "Harbour Homes Ltd"));
        assert!(!matches("harbour zebra", "Harbour Homes Ltd"));
    }
}
