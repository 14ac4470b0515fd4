//! Who may come in: the users of the hub with their roles, and the people of one market.

mod list;
mod market;
mod user;

use maud::{Markup, html};

use crate::{
    access::{Access, HubRoles, MarketRoles, Routes},
    design::{Icon, Tone, badge, card, notice},
    membership::Link,
};

/// Where the users of the hub are.
pub const HOME: &str = "/people";

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Hub(HubRoles::READ_USERS);
    let manage = Access::Hub(HubRoles::MANAGE_USERS);
    let members = Access::Market(MarketRoles::READ_MEMBERS);
    let appoint = Access::Market(MarketRoles::MANAGE_MEMBERS);
    routes
        .get(read, HOME, list::show)
        .post(manage, HOME, list::invite)
        .get(read, "/people/{id}", user::show)
        .post(manage, "/people/{id}", user::save)
        .post(manage, "/people/{id}/link", user::link)
        .post(manage, "/people/{id}/sessions/end", user::end_sessions)
        .post(manage, "/people/{id}/second-factor/remove", user::remove_second_factor)
        .post(manage, "/people/{id}/disable", user::disable)
        .post(manage, "/people/{id}/enable", user::enable)
        .post(manage, "/people/{id}/erase", user::erase)
        .post(manage, "/people/{id}/owner", user::make_owner)
        .get(members, "/m/{market}/people", market::show)
        .post(appoint, "/m/{market}/people", market::add)
        .post(appoint, "/m/{market}/people/{user}", market::change)
        .post(appoint, "/m/{market}/people/{user}/remove", market::remove)
}

/// How somebody stands, as badges.
fn standing(user: &directory::User) -> Markup {
    html! {
        @if user.erased_at.is_some() { (badge(Tone::Plain, "Erased")) }
        @else if !user.is_enabled() { (badge(Tone::Bad, "Disabled")) }
        @else if !user.has_password { (badge(Tone::Warn, "No password yet")) }
        @else { (badge(Tone::Good, "Active")) }
    }
}

/// A link that is shown this once.
fn link_card(title: &str, email: &str, link: &Link) -> Markup {
    let time = match link.lifetime.as_hours() {
        0 => format!("{} minutes", link.lifetime.as_mins()),
        hours => format!("{hours} hours"),
    };
    let body = html! {
        (notice(Tone::Warn, "Shown this once", html! { p { "Send it to " strong { (email) } " by a way that only they read. It signs them in, once, within " (time) "." } }))
        pre.secret-list { (link.href) }
        div.form-foot { button.button.primary.js-only type="button" data-copy=(link.href) { (Icon::Copy) "Copy" } }
    };
    card(title, None, html! {}, body)
}
