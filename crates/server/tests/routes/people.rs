//! People and programs with the roles that a test needs.

use directory::{KeyScope, KeyWanted};
use jiff::SignedDuration;
use kernel::{HubRole, MarketRole};
use markets::Market;
use server::testing::{Client, TestHub};

/// A browser of somebody new with these roles.
pub async fn person(hub: &TestHub, role: Option<HubRole>, markets: &[(&Market, MarketRole)]) -> Client {
    let number = hub.state().entropy().number() % 1_000_000_000_000;
    let user = hub.user(&format!("person{number}@example.com"), role).await;
    for (market, role) in markets {
        let put = hub.hub().directory.put_member(user.id, market.id(), *role, &hub.moment()).await;
        put.expect("the user can be made a member");
    }
    hub.sign_in(&user).await
}

/// A browser in which an operator was signed in who has been disabled since.
pub async fn disabled(hub: &TestHub) -> Client {
    hub.operator_link().await;
    let user = hub.user("former@example.com", Some(HubRole::Operator)).await;
    let client = hub.sign_in(&user).await;
    hub.hub().directory.disable_user(user.id, &hub.moment()).await.expect("disabled");
    client
}

/// A program with an operator's key whose time is over.
pub async fn expired(hub: &TestHub) -> Client {
    let wanted = KeyWanted {
        name: "old".to_owned(),
        scope: KeyScope::Hub(HubRole::Operator),
        lifetime: SignedDuration::from_hours(1),
        created_by: None,
    };
    let secret = hub.state().entropy().bytes();
    let made = hub.hub().directory.create_key(wanted, &hub.moment(), secret).await.expect("a key");
    hub.advance(SignedDuration::from_hours(2));
    hub.anyone().with_key(&made.text)
}
