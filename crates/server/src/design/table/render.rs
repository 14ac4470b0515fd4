use maud::{Markup, html};

use super::{Address, Align, Column, Order, Table, View, part, select::Selection};
use crate::design::{Icon, format, state};

impl<T> Table<T> {
    /// The table as the address asks for it, with its tools. `views` are those that the viewer saved for
    /// this page. Put it into a card whose body reaches the edges ([`crate::design::flush_card`]).
    pub fn render(&self, rows: &[T], address: &Address, views: &[View]) -> Markup {
        let selection = self.select(rows, address);
        let foot = if selection.matching == 0 {
            html! {}
        } else {
            self.foot(&selection, address)
        };
        self.block(&selection, &foot, address, views)
    }

    /// The tools, the rows and what stands below them; or why there are none.
    pub(super) fn block(
        &self,
        selection: &Selection<'_, T>,
        foot: &Markup,
        address: &Address,
        views: &[View],
    ) -> Markup {
        if selection.all == 0 {
            let nothing = &self.nothing;
            return html! { div.table-block id=(self.id) {
                (state::empty(nothing.icon, nothing.title, nothing.text, &nothing.leads))
            } };
        }
        html! {
            div.table-block id=(self.id)
                hx-boost:inherited="true" hx-target:inherited={ "#" (self.id) } hx-select:inherited={ "#" (self.id) }
                hx-swap:inherited="outerMorph" hx-push-url:inherited="true" {
                (self.toolbar(selection, address, views))
                (self.chips(address))
                @if selection.matching == 0 {
                    (state::empty(
                        Icon::Filter,
                        "Nothing matches",
                        &format!("None of the {} passes the search and the filters.",
                            format::counted(selection.all, self.noun.0, self.noun.1)),
                        &[crate::design::Lead::new("Clear search and filters", self.cleared(address).href())],
                    ))
                } @else {
                    div.table-scroll tabindex="0" role="region" aria-label=(self.caption) {
                        (self.grid(selection, address))
                    }
                    (foot)
                }
            }
        }
    }

    fn grid(&self, selection: &Selection<'_, T>, address: &Address) -> Markup {
        let shown = self.shown(address);
        let order = self.order(address);
        html! {
            table.table {
                caption.visually-hidden { (self.caption) }
                thead { tr {
                    @for column in &shown {
                        (heading(column, order.filter(|(by, _)| by.id == column.id).map(|(_, down)| down), address))
                    }
                } }
                tbody {
                    @for row in &selection.page_rows {
                        tr data-row=((self.key)(row)) {
                            @for (index, column) in shown.iter().enumerate() {
                                @if index == 0 {
                                    th class=(class_of(column)) scope="row" { (self.headline(row, column, address)) }
                                } @else {
                                    td class=(class_of(column)) { ((column.show)(row)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn headline(&self, row: &T, column: &Column<T>, address: &Address) -> Markup {
        let Some(open) = &self.open else { return (column.show)(row) };
        html! {
            a.row-link href=(open(row, &address.without("format")).href())
                hx-target="#drawer-slot" hx-select="#drawer-slot" hx-swap="outerHTML show:none" {
                ((column.show)(row))
            }
        }
    }

    fn foot(&self, selection: &Selection<'_, T>, address: &Address) -> Markup {
        let first = (selection.page - 1) * selection.per_page + 1;
        let last = first + selection.page_rows.len() - 1;
        let to = |page: usize| address.with("page", page).href();
        html! {
            div.table-foot {
                p role="status" {
                    strong.num { (format::count(first)) "–" (format::count(last)) } " of "
                    (format::counted(selection.matching, self.noun.0, self.noun.1))
                    @if selection.matching < selection.all { " (" (format::count(selection.all)) " in all)" }
                }
                nav.pager aria-label={ "Pages of " (self.caption) } {
                    (part::per_page(selection.per_page, address))
                    @if selection.pages > 1 {
                        @if selection.page > 1 {
                            a.button.small.icon-only href=(to(selection.page - 1)) aria-label="Previous page" rel="prev" { (Icon::ChevronLeft) }
                        }
                        span.num.secondary.small { "Page " (selection.page) " of " (selection.pages) }
                        @if selection.page < selection.pages {
                            a.button.small.icon-only href=(to(selection.page + 1)) aria-label="Next page" rel="next" { (Icon::ChevronRight) }
                        }
                    }
                }
            }
        }
    }
}

fn class_of<T>(column: &Column<T>) -> String {
    let mut class = match column.align {
        Align::Start => String::new(),
        Align::End => "end".to_owned(),
    };
    if column.importance > 1 {
        class.push_str(&format!(" p{}", column.importance));
    }
    class
}

/// A column's header; sorting turns from descending to ascending and back.
fn heading<T>(column: &Column<T>, descending: Option<bool>, address: &Address) -> Markup {
    let sort = descending.map(|down| if down { "descending" } else { "ascending" });
    html! {
        th scope="col" class=(class_of(column)) aria-sort=[sort] title=[column.hint] {
            @if column.order.is_some() {
                @let first_down = column.align == Align::End;
                @let given = matches!(column.order, Some(Order::Given));
                @let down = given || descending.map_or(first_down, |down| !down);
                @let id = &*column.id;
                @let wanted = if down { format!("-{id}") } else { id.to_owned() };
                a href=(part::first(address).with("sort", wanted).href()) {
                    (column.label)
                    @match descending {
                        Some(true) => { (Icon::ArrowDown) }
                        Some(false) => { (Icon::ArrowUp) }
                        None => { (Icon::ArrowUpDown) }
                    }
                }
            } @else if column.acts {
                span.visually-hidden { (column.label) }
            } @else { (column.label) }
        }
    }
}
