//! The shell around every page: navigation, top bar, search palette, messages.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Icon, state};
use crate::{access::HubRoles, assets, nav, problem::Problem, viewer::Viewer};

/// htmx as the content security policy wants it: no injected styles, nothing from other origins; open menus
/// stay open when a table is morphed.
const HTMX_CONFIG: &str =
    r#"{"includeIndicatorCSS":false,"mode":"same-origin","morphIgnore":["data-htmx-powered","open"]}"#;

const LOGO: &str = r##"<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#4f46c8"/><g fill="#fff"><rect x="7" y="17" width="4.5" height="8" rx="1.5"/><rect x="13.75" y="12" width="4.5" height="13" rx="1.5" opacity=".85"/><rect x="20.5" y="7" width="4.5" height="18" rx="1.5"/></g></svg>"##;

/// A page within the shell.
pub struct Page<'v> {
    viewer: &'v Viewer,
    title: String,
    lead: Option<Markup>,
    crumbs: Vec<(String, String)>,
    actions: Markup,
    tabs: Option<Markup>,
    main: Markup,
    drawer: Option<Markup>,
}

impl<'v> Page<'v> {
    /// A page called `title`.
    pub fn new(viewer: &'v Viewer, title: impl Into<String>) -> Self {
        Self {
            viewer,
            title: title.into(),
            lead: None,
            crumbs: Vec::new(),
            actions: html! {},
            tabs: None,
            main: html! {},
            drawer: None,
        }
    }

    /// A sentence below the title: what can be done here.
    #[must_use]
    pub fn lead(mut self, lead: Markup) -> Self {
        self.lead = Some(lead);
        self
    }

    /// A place above this page, outermost first.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), href.into()));
        self
    }

    /// Buttons at the right of the title.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = actions;
        self
    }

    /// Tabs below the title ([`super::tabs`]).
    #[must_use]
    pub fn tabs(mut self, tabs: Markup) -> Self {
        self.tabs = Some(tabs);
        self
    }

    /// The content.
    #[must_use]
    pub fn main(mut self, main: Markup) -> Self {
        self.main = main;
        self
    }

    /// The open detail panel ([`super::drawer`]), if the address names one.
    #[must_use]
    pub fn drawer(mut self, drawer: Option<Markup>) -> Self {
        self.drawer = drawer;
        self
    }

    /// The whole document.
    pub fn render(self) -> Markup {
        let title = self.title.clone();
        let viewer = self.viewer;
        document(
            viewer,
            &title,
            html! {
                a.skip href="#main" { "Skip to the content" }
                div.shell {
                    (sidebar(viewer))
                    div.shell-main {
                        (self.topbar())
                        main.content #main tabindex="-1" {
                            div.page-head {
                                div {
                                    h1 { (self.title) }
                                    @if let Some(lead) = &self.lead { p.page-lead { (lead) } }
                                }
                                div.cluster.page-actions { (self.actions) }
                            }
                            @if let Some(tabs) = &self.tabs { (tabs) }
                            (self.main)
                        }
                    }
                }
                div #drawer-slot { @if let Some(drawer) = &self.drawer { (drawer) } }
                (palette())
                (shortcuts(viewer))
                @if let Some(stream) = viewer.stream() { div hx-sse:connect=(stream) hx-trigger="load" {} }
            },
        )
    }

    fn topbar(&self) -> Markup {
        html! {
            header.topbar {
                button.button.quiet.icon-only.nav-open type="button" popovertarget="nav" aria-label="Open navigation" { (Icon::Menu) }
                nav.crumbs aria-label="Breadcrumbs" {
                    ol {
                        @for (label, href) in &self.crumbs { li { a href=(href) { (label) } (Icon::ChevronRight) } }
                        li { span aria-current="page" { (self.title) } }
                    }
                }
                a.search-open href="/search" data-dialog-open="palette" {
                    (Icon::Search) span { "Search or go to…" } kbd aria-hidden="true" { "Ctrl K" }
                }
                (account_menu(self.viewer))
            }
        }
    }
}

/// A page without the shell, for those who have not come in yet: one card in the middle.
pub fn bare(viewer: &Viewer, title: &str, card: Markup) -> Markup {
    document(
        viewer,
        title,
        html! {
            div.bare {
                main #main {
                    div.bare-card {
                        a.brand href="/" { (PreEscaped(LOGO)) "EnterpriseHub" }
                        div.card { (card) }
                    }
                }
                footer { "EnterpriseHub " (env!("CARGO_PKG_VERSION")) }
            }
        },
    )
}

/// The page of a problem.
pub fn error_page(viewer: &Viewer, problem: &Problem, request_id: &str) -> Markup {
    let content = state::failure(problem, request_id);
    if viewer.signed_in.is_none() {
        return bare(viewer, problem.kind().title(), content);
    }
    document(
        viewer,
        problem.kind().title(),
        html! {
            a.skip href="#main" { "Skip to the content" }
            div.shell {
                (sidebar(viewer))
                div.shell-main {
                    header.topbar {
                        button.button.quiet.icon-only.nav-open type="button" popovertarget="nav" aria-label="Open navigation" { (Icon::Menu) }
                        div.crumbs {}
                        (account_menu(viewer))
                    }
                    main.content #main tabindex="-1" { (content) }
                }
            }
            (palette())
            (shortcuts(viewer))
        },
    )
}

fn document(viewer: &Viewer, title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[viewer.theme] data-density=[viewer.density] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=(HTMX_CONFIG);
                meta name="eh-charts" content=(assets::url("echarts.js"));
                title { (title) " · EnterpriseHub" }
                link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
                link rel="preload" as="font" type="font/woff2" href=(assets::url("inter-latin.woff2")) crossorigin;
                link rel="stylesheet" href=(assets::url("app.css"));
                script src=(assets::url("htmx.js")) defer {}
                script src=(assets::url("htmx-sse.js")) defer {}
                script type="module" src=(assets::url("app.js")) {}
            }
            body {
                (body)
                div.toasts #toasts role="status" aria-live="polite" {
                    @if let Some((tone, text)) = &viewer.flash { (state::toast(*tone, text)) }
                }
                template #toast-template { (state::toast(super::Tone::Plain, "")) }
            }
        }
    }
}

fn sidebar(viewer: &Viewer) -> Markup {
    let current = nav::entry_above(viewer.address.path());
    let market = viewer.market.as_ref().map(|entered| entered.market.name());
    html! {
        nav.nav #nav popover aria-label="Main" {
            a.brand href="/" { (PreEscaped(LOGO)) "EnterpriseHub" }
            (market_switch(viewer))
            @for (label, entries) in nav::groups(viewer) {
                div {
                    p.nav-group-label { (label) }
                    ul {
                        @for entry in entries {
                            li {
                                a.nav-link href=(entry.href(market)) data-key=[entry.key]
                                    aria-current=[(current == Some(entry.path)).then_some("page")] {
                                    (entry.icon) (entry.label)
                                }
                            }
                        }
                    }
                }
            }
            div.nav-foot {
                button.menu-item.js-only type="button" data-dialog-open="shortcuts" { (Icon::Keyboard) "Keyboard shortcuts" }
                p { "EnterpriseHub " (env!("CARGO_PKG_VERSION")) }
            }
        }
    }
}

/// The market that is open, and the way into the others.
fn market_switch(viewer: &Viewer) -> Markup {
    let open = viewer.market.as_ref().map(|entered| entered.market.name());
    html! {
        @if !viewer.markets.is_empty() || open.is_some() {
            details.market-switch {
                summary { (Icon::Building) span.truncate { (open.map_or("Choose a market", |name| name.as_str())) } (Icon::ChevronDown) }
                ul {
                    @for (name, role) in &viewer.markets {
                        li {
                            a.nav-link href={ "/m/" (name) } aria-current=[(open == Some(name)).then_some("true")] {
                                span.truncate { (name) } span.small.muted { (role.label()) }
                            }
                        }
                    }
                    @if open.is_some() && viewer.signed_in.as_ref().is_some_and(|user| user.may(HubRoles::READ_GROWTH)) { li { a.nav-link href="/" { "Leave the market" } } }
                }
            }
        }
    }
}

fn account_menu(viewer: &Viewer) -> Markup {
    html! {
        @if let Some(signed_in) = &viewer.signed_in {
            button.menu-open type="button" popovertarget="account-menu" aria-label={ (signed_in.initials()) ": account menu of " (signed_in.user().name) } {
                span.avatar { (signed_in.initials()) }
            }
        } @else {
            a.button href="/sign-in" { "Sign in" }
            button.button.quiet.icon-only type="button" popovertarget="account-menu" aria-label="Appearance" { (Icon::Sun) }
        }
        div.popover-menu #account-menu popover {
            @if let Some(signed_in) = &viewer.signed_in {
                div.menu-head {
                    p.strong.truncate { (signed_in.user().name) }
                    p.small.muted.truncate { (signed_in.user().email.as_str())
                        @if let Some(role) = signed_in.user().hub_role { " · " (role.label()) }
                    }
                }
                a.menu-item href="/account" { (Icon::User) "Your account" }
            }
            (preference(viewer, "theme", "Appearance", viewer.theme.unwrap_or("system"),
                &[("light", "Light"), ("dark", "Dark"), ("system", "System")]))
            (preference(viewer, "density", "Rows", viewer.density.unwrap_or("dense"), &[("dense", "Dense"), ("roomy", "Roomy")]))
            @if viewer.signed_in.is_some() {
                div.menu-line {}
                form method="post" action="/sign-out" { button.menu-item { (Icon::SignOut) "Sign out" } }
            }
        }
    }
}

fn preference(viewer: &Viewer, name: &str, label: &str, current: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        form method="post" action="/preferences" data-preference {
            input type="hidden" name="back" value=(viewer.address.href());
            p.menu-label id={ "preference-" (name) } { (label) }
            div.button-group role="group" aria-labelledby={ "preference-" (name) } {
                @for (value, label) in options {
                    button.button.small name=(name) value=(value) aria-pressed=(if *value == current { "true" } else { "false" }) { (label) }
                }
            }
        }
    }
}

fn palette() -> Markup {
    html! {
        dialog.dialog.palette #palette aria-label="Search" {
            form method="get" action="/search" {
                (Icon::Search)
                input type="search" name="q" placeholder="Search clients, pages, actions…" autocomplete="off" autofocus
                    role="combobox" aria-expanded="true" aria-controls="results" aria-autocomplete="list"
                    aria-label="Search clients, pages and actions"
                    hx-get="/search" hx-trigger="input changed delay:120ms, input from:#palette once"
                    hx-target="#results" hx-select="#results" hx-swap="outerHTML" hx-include="this";
                kbd { "Esc" }
            }
            div.results #results role="listbox" aria-label="Results" {}
            div.palette-foot aria-hidden="true" { span { kbd { "↑" } " " kbd { "↓" } " choose" } span { kbd { "Enter" } " open" } }
        }
    }
}

fn shortcuts(viewer: &Viewer) -> Markup {
    html! {
        dialog.dialog #shortcuts aria-labelledby="shortcuts-title" {
            div.dialog-head {
                h2 #shortcuts-title { "Keyboard shortcuts" }
                button.button.quiet.small.icon-only type="button" data-dialog-close aria-label="Close" { (Icon::Close) }
            }
            div.dialog-body {
                dl.shortcuts {
                    dt { "Search or go to" } dd { kbd { "Ctrl" } " " kbd { "K" } }
                    dt { "Search the table" } dd { kbd { "/" } }
                    dt { "Next and previous row" } dd { kbd { "j" } " " kbd { "k" } }
                    dt { "Open the row" } dd { kbd { "Enter" } }
                    dt { "Close a panel or a menu" } dd { kbd { "Esc" } }
                    @for entry in nav::offered(viewer) {
                        @if let Some(key) = entry.key { dt { "Go to " (entry.label) } dd { kbd { "g" } " " kbd { (key) } } }
                    }
                    dt { "These shortcuts" } dd { kbd { "?" } }
                }
            }
        }
    }
}
