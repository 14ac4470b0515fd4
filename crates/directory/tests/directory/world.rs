//! What the stories have in common.

use directory::{Directory, Email, Entry, LINK_LIFETIME, NewUser, Started, User, Visit};
use jiff::Timestamp;
use kernel::{Actor, HubRole, MarketId, Moment, Ulid};
use seal::{Key, KeyId};
use store::Db;

/// When the stories begin.
pub fn morning() -> Timestamp {
    "2026-01-19T08:30:00.123456789Z".parse().expect("instant")
}

/// A moment of that morning; `n` makes its identifiers.
pub fn moment(n: u128) -> Moment {
    at(morning(), n)
}

/// A moment of another time.
pub fn at(now: Timestamp, n: u128) -> Moment {
    Moment { now, actor: Actor::new("user:tester"), entropy: n << 20 }
}

pub fn visit() -> Visit {
    Visit { address: "192.0.2.7".into(), label: "Firefox on Linux".into() }
}

pub fn email(text: &str) -> Email {
    text.parse().expect("e-mail")
}

pub fn market(n: u128) -> MarketId {
    MarketId::from(Ulid::from_parts(1, n))
}

/// A directory with its key and one operator, Ana.
pub async fn with_operator(db: Db) -> (Directory, User) {
    let directory = Directory::open(db).await.expect("opens");
    let directory = directory.with_key(KeyId::new(Ulid::from_parts(1, 1)), Key::from_bytes([7; 32]));
    let ana = directory.ensure_operator(email("Ana@Example.com"), "Ana", &moment(1)).await.expect("operator");
    (directory, ana)
}

/// Somebody more: `ben` is ben@example.com.
pub async fn newcomer(directory: &Directory, name: &str, hub_role: Option<HubRole>) -> User {
    let n = name.bytes().fold(1_u128, |sum, byte| sum * 31 + u128::from(byte));
    let new = NewUser { email: email(&format!("{name}@example.com")), name: name.to_owned(), hub_role };
    directory.add_user(new, &moment(n)).await.expect("added")
}

/// The session that this entry is, of somebody without a second factor.
pub fn inside(entry: Entry) -> Started {
    match entry {
        Entry::In(started) => *started,
        Entry::SecondStep(_) => panic!("nobody set a second factor up"),
    }
}

/// Lets a user in by link, in a browser of their own.
pub async fn signed_in(directory: &Directory, user: &User, n: u8) -> Started {
    let link = directory.issue_link(user.id, LINK_LIFETIME, &moment(9), [n; 32]).await.expect("a link");
    let entry =
        directory.sign_in_with_link(link.as_str(), &visit(), morning(), [n.wrapping_add(128); 32]).await;
    inside(entry.expect("signs in"))
}
