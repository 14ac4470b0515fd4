use maud::{Markup, html};

use super::{Address, Table, View, part, select::Selection};
use crate::design::{Icon, form, format};

impl<T> Table<T> {
    pub(super) fn toolbar(&self, selection: &Selection<'_, T>, address: &Address, views: &[View]) -> Markup {
        html! {
            div.toolbar role="group" aria-label={ "Tools for " (self.caption) } {
                form.filters method="get" action=(address.path()) data-autosubmit {
                    (form::carry(self.unfiltered(address).pairs()))
                    @if self.search.is_some() {
                        div.search {
                            (Icon::Search)
                            label.visually-hidden for={ (self.id) "-q" } { "Search " (self.noun.1) }
                            input.input type="search" id={ (self.id) "-q" } name="q" placeholder={ "Search " (self.noun.1) "…" }
                                value=(address.get("q").unwrap_or_default()) autocomplete="off";
                        }
                    }
                    @for filter in &self.filters {
                        @let chosen: Vec<&str> = address.all(filter.id).collect();
                        details.menu.start id={ (self.id) "-f-" (filter.id) } {
                            summary.button {
                                (filter.label)
                                @if chosen.is_empty() { (Icon::ChevronDown) } @else { span.count { (chosen.len()) } }
                            }
                            fieldset.menu-panel.pad.choices {
                                legend.visually-hidden { (filter.label) }
                                @if filter.single {
                                    label.choice { input type="radio" name=(filter.id) value="" checked[chosen.is_empty()]; "All" }
                                }
                                @for (value, label) in &filter.options {
                                    label.choice {
                                        input type=(if filter.single { "radio" } else { "checkbox" }) name=(filter.id) value=(value) checked[chosen.contains(&value.as_str())];
                                        (label)
                                    }
                                }
                            }
                        }
                    }
                    button.button.no-js-only type="submit" { "Apply" }
                }
                div.push {
                    (self.views_menu(address, views))
                    (self.columns_menu(address))
                    @if self.exported { (self.export_menu(selection, address)) }
                }
            }
        }
    }

    /// What narrows the table now, each removable on its own.
    pub(super) fn chips(&self, address: &Address) -> Markup {
        let narrowing: Vec<(String, String)> = self
            .filters
            .iter()
            .flat_map(|filter| {
                address.all(filter.id).map(|value| {
                    let known = filter.options.iter().find(|(option, _)| option == value);
                    let label = known.map_or(value, |(_, label)| label.as_str());
                    let href = part::first(address).without_value(filter.id, value).href();
                    (format!("{}: {label}", filter.label), href)
                })
            })
            .collect();
        html! {
            @if !narrowing.is_empty() {
                div.chips {
                    @for (label, href) in &narrowing {
                        a.chip href=(href) aria-label={ "Remove filter " (label) } { (label) (Icon::Close) }
                    }
                    a.small href=(self.cleared(address).href()) { "Clear all" }
                }
            }
        }
    }

    fn unfiltered(&self, address: &Address) -> Address {
        part::first(address).filtered(|name, _| {
            name != "q" && name != "format" && self.filters.iter().all(|filter| filter.id != name)
        })
    }

    pub(super) fn cleared(&self, address: &Address) -> Address {
        self.unfiltered(address)
    }

    fn views_menu(&self, address: &Address, views: &[View]) -> Markup {
        html! {
            details.menu id={ (self.id) "-views" } {
                summary.button { (Icon::Bookmark) "Views" @if !views.is_empty() { span.count { (views.len()) } } }
                div.menu-panel.pad {
                    div.stack.tight {
                        @if views.is_empty() { p.small.secondary { "Keep this search, these filters and this order under a name." } }
                        @for view in views {
                            div.cluster.between {
                                a.menu-item.truncate href={ (address.path()) "?" (view.query) } { (view.name) }
                                form method="post" action={ "/views/" (view.id) "/delete" } hx-boost="false" {
                                    input type="hidden" name="back" value=(address.href());
                                    button.button.quiet.small.icon-only aria-label={ "Delete the view " (view.name) } { (Icon::Trash) }
                                }
                            }
                        }
                        form.stack.tight method="post" action="/views" hx-boost="false" {
                            input type="hidden" name="page" value=(address.path());
                            input type="hidden" name="query" value=(part::first(address).without("format").query());
                            label.small for={ (self.id) "-view-name" } { "Name of a new view" }
                            div.cluster {
                                input.input id={ (self.id) "-view-name" } name="name" maxlength="80" required autocomplete="off";
                                button.button.small type="submit" { "Save view" }
                            }
                        }
                    }
                }
            }
        }
    }

    fn columns_menu(&self, address: &Address) -> Markup {
        let shown: Vec<&str> = self.shown(address).iter().map(|column| &*column.id).collect();
        html! {
            details.menu id={ (self.id) "-columns" } {
                summary.button { (Icon::Columns) "Columns" }
                div.menu-panel {
                    p.menu-label { "Columns shown" }
                    @for column in self.columns.iter().skip(1) {
                        @let on = shown.contains(&&*column.id);
                        @let next: Vec<&str> = self.columns.iter().map(|other| &*other.id)
                            .filter(|id| if *id == column.id { !on } else { shown.contains(id) }).collect();
                        a.menu-item href=(address.with("cols", next.join(",")).href()) {
                            @if on { (Icon::Check) } @else { span.icon {} }
                            span.visually-hidden { (if on { "Hide" } else { "Show" }) " " }
                            (column.label)
                        }
                    }
                    @if address.get("cols").is_some() {
                        div.menu-line {}
                        a.menu-item href=(address.without("cols").href()) { (Icon::Undo) "Back to the usual columns" }
                    }
                }
            }
        }
    }

    fn export_menu(&self, selection: &Selection<'_, T>, address: &Address) -> Markup {
        let rows = format::counted(selection.matching, "row", "rows");
        html! {
            details.menu id={ (self.id) "-export" } {
                summary.button { (Icon::Download) "Export" }
                div.menu-panel {
                    p.menu-label { "Everything that matches, " (rows) }
                    @for (format, label) in [("csv", "CSV"), ("xlsx", "Excel workbook")] {
                        a.menu-item href=(part::first(address).with("format", format).href()) download {
                            (Icon::FileText) (label) span.push.muted.tiny { (rows) }
                        }
                    }
                }
            }
        }
    }
}
