//! Tables too long to be read whole: the store filters, orders and cuts, and the page shows one part.
//!
//! The address carries the place where a part begins (`after`, as the store gave it) and the number of its first row
//! (`from`), beside the parameters that every table has. Filters are single, and columns are
//! [`sorted_by_store`](super::Column::sorted_by_store).

use maud::{Markup, html};

use super::{Address, PER_PAGE, PER_PAGE_CHOICES, Table, View, select::Selection};
use crate::design::{Icon, format};

/// Where a part stands among all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Rows that pass the filters.
    pub matching: usize,
    /// Rows there are.
    pub all: usize,
    /// Where the next part begins, as the store names it.
    pub next: Option<String>,
}

impl Part {
    /// Rows of a part, as the address asks.
    pub fn rows(address: &Address) -> usize {
        address.parsed("per").filter(|per| PER_PAGE_CHOICES.contains(per)).unwrap_or(PER_PAGE)
    }

    /// Where the part begins, as the store named it.
    pub fn after(address: &Address) -> Option<String> {
        address.get("after").map(str::to_owned)
    }
}

/// The same address at the beginning of its rows.
pub(super) fn first(address: &Address) -> Address {
    address.without("page").without("after").without("from")
}

impl<T> Table<T> {
    /// One part of the table with its tools, as [`Table::render`]; `rows` are those of the part, in order.
    pub fn render_part(&self, rows: &[T], part: &Part, address: &Address, views: &[View]) -> Markup {
        let from = match address.get("after") {
            Some(_) => address.parsed::<usize>("from").unwrap_or(1).max(1),
            None => 1,
        };
        let selection = Selection {
            page_rows: rows.iter().collect(),
            matching: part.matching.max(rows.len()),
            all: part.all.max(rows.len()),
            page: 1,
            pages: 1,
            per_page: Part::rows(address),
        };
        let foot = self.part_foot(&selection, part, from, address);
        self.block(&selection, &foot, address, views)
    }

    fn part_foot(&self, selection: &Selection<'_, T>, part: &Part, from: usize, address: &Address) -> Markup {
        let last = from + selection.page_rows.len().saturating_sub(1);
        html! {
            div.table-foot {
                p role="status" {
                    strong.num { (format::count(from)) "–" (format::count(last)) } " of "
                    (format::counted(selection.matching, self.noun.0, self.noun.1))
                    @if selection.matching < selection.all { " (" (format::count(selection.all)) " in all)" }
                }
                nav.pager aria-label={ "Parts of " (self.caption) } {
                    (per_page(selection.per_page, address))
                    @if from > 1 { a.button.small href=(first(address).href()) rel="first" { (Icon::ChevronLeft) "To the first" } }
                    @if let Some(next) = &part.next {
                        a.button.small href=(address.without("page").with("after", next).with("from", last + 1).href()) rel="next" { "Next" (Icon::ChevronRight) }
                    }
                }
            }
        }
    }
}

/// The choice of rows per page.
pub(super) fn per_page(chosen: usize, address: &Address) -> Markup {
    html! {
        details.menu {
            summary.button.small.quiet { (chosen) " per page" (Icon::ChevronDown) }
            div.menu-panel {
                @for per in PER_PAGE_CHOICES {
                    a.menu-item href=(first(address).with("per", per).href()) aria-current=[(per == chosen).then_some("true")] { (per) " rows" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tabular::{Cell, ColumnKind};

    use super::*;
    use crate::design::{Column, Filter};

    fn table() -> Table<u64> {
        let number = Column::new(
            "n",
            "Number",
            ColumnKind::Integer,
            |n: &u64| html! { (n) },
            |n: &u64| Cell::from(*n),
        );
        let odd = [("odd".to_owned(), "Odd".to_owned())];
        Table::new("numbers", "Numbers", ("number", "numbers"), |n: &u64| n.to_string())
            .column(number.sorted_by_store())
            .filter(Filter::new("kind", "Kind", odd, |_: &u64| String::new()).single())
            .default_sort("-n")
    }

    #[test]
    fn a_part_says_where_it_stands_and_leads_on_and_back() {
        let part = Part { matching: 120, all: 400, next: Some("x9".to_owned()) };
        let here = Address::parse("/numbers?kind=odd&after=x5&from=51");
        let html = table().render_part(&[60, 58], &part, &here, &[]).into_string();
        assert!(html.contains("51–52</strong> of 120 numbers (400 in all)"), "{html}");
        assert!(html.contains("href=\"/numbers?kind=odd&amp;after=x9&amp;from=53\""), "{html}");
        assert!(html.contains("href=\"/numbers?kind=odd\" rel=\"first\""), "{html}");
        assert!(html.contains("type=\"radio\"") && !html.contains("type=\"checkbox\" name=\"kind\""));
    }

    #[test]
    fn another_filter_begins_at_the_first_row_again() {
        let here = Address::parse("/numbers?kind=odd&after=x5&from=51&per=25");
        assert_eq!(first(&here).href(), "/numbers?kind=odd&per=25");
        assert_eq!((Part::rows(&here), Part::after(&here).as_deref()), (25, Some("x5")));
    }
}
