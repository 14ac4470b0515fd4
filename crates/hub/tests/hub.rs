//! A whole hub: every domain's rows through the life of a market, on both databases.

use std::path::{Path, PathBuf};

use contacts::{ContactsError, ListQuery, NewContact, Personal, Sight};
use hub::{Hub, HubConfig};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Chance, MarketName, Moment, PersonId};
use markets::{Market, NewMarket, Passphrase, Placement};
use store::testing::POSTGRES_URL;
use tempfile::TempDir;
use webhooks::{NewEndpoint, Topics};

struct World {
    hub: Hub,
    home: TempDir,
    url: Option<String>,
}

fn chance() -> Chance {
    Chance::from_fn(|bytes| {
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), bytes).expect("chance")
    })
}

fn at(seconds: i64) -> Moment {
    let start: Timestamp = "2026-01-19T09:00:00Z".parse().expect("an instant");
    let now = start + SignedDuration::from_secs(seconds);
    Moment { now, actor: Actor::new("ana@example.com").known_as("user:1"), entropy: chance().number() }
}

fn name(text: &str) -> MarketName {
    text.parse().expect("a name")
}

async fn open(home: &Path, url: Option<&str>) -> Hub {
    let config = match url {
        None => HubConfig::embedded(home, chance()),
        Some(url) => HubConfig::on_server(home, url, chance()),
    };
    Hub::open(config, at(0).now).await.expect("the hub opens")
}

impl World {
    async fn new(admin: Option<&str>) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let url = match admin {
            None => None,
            Some(admin) => {
                let database = format!("ehub_test_hub_{:x}", chance().number() as u64);
                Some(store::postgres::ensure_database(admin, &database).await.expect("a database"))
            }
        };
        Self { hub: open(home.path(), url.as_deref()).await, home, url }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    async fn market(&self, text: &str) -> Market {
        let new = NewMarket {
            name: name(text),
            region: "us-wa".parse().expect("a region"),
            currency: "USD".parse().expect("a currency"),
            locale: "en-US".parse().expect("a locale"),
            time_zone: "America/Los_Angeles".parse().expect("a zone"),
            verticals: vec![],
        };
        self.hub.markets.create(new, &at(0)).await.expect("made");
        self.enter(text).await
    }

    async fn enter(&self, text: &str) -> Market {
        self.hub.markets.enter(&name(text)).await.expect("entered")
    }

    /// A contact with a note, and what its creation tells others.
    async fn contact(&self, market: &Market, person: &str) -> PersonId {
        let personal = Personal {
            name: Some(format!("{person} canary")),
            email: Some(format!("{person}@canary.example")),
            phone: None,
            address: Some(format!("1 {person} canary street")),
        };
        let new = NewContact { personal, pipeline: None, stage: None, assignee: None };
        let made = self.hub.contacts.create(market, &new, &at(1)).await.expect("created");
        self.hub
            .contacts
            .add_note(market, Sight::All, made.id, &format!("{person} canary note"), &at(2))
            .await
            .expect("noted");
        made.id
    }

    async fn names(&self, market: &Market) -> Vec<String> {
        let query = ListQuery { limit: 50, ..ListQuery::default() };
        let page = self.hub.contacts.list(market, Sight::All, &query).await.expect("listed");
        let mut names: Vec<String> =
            page.contacts.into_iter().filter_map(|contact| contact.personal.name).collect();
        names.sort();
        names
    }

    async fn found_by_address(&self, market: &Market, address: &str) -> usize {
        let query = ListQuery { limit: 50, search: Some(address.to_owned()), ..ListQuery::default() };
        self.hub.contacts.list(market, Sight::All, &query).await.expect("searched").contacts.len()
    }

    async fn close(self) {
        for record in self.hub.markets.list().await.expect("listed") {
            let _ = self.hub.markets.delete(&record.name, SignedDuration::ZERO, &at(0)).await;
        }
        self.hub.markets.purge_due(&at(400 * 86_400)).await.expect("purged");
        self.hub.close().await;
        if let (Some(url), Ok(admin)) = (&self.url, std::env::var(POSTGRES_URL)) {
            for database in [
                store::postgres::database_of(url).to_owned(),
                format!("{}_keys", store::postgres::database_of(url)),
            ] {
                store::postgres::drop_database(&admin, &database, "nobody_of_that_name")
                    .await
                    .expect("dropped");
            }
        }
    }
}

async fn on_both(test: impl AsyncFn(&World)) {
    let mut admins = vec![None];
    admins.extend(std::env::var(POSTGRES_URL).ok().map(Some));
    for admin in admins {
        let world = World::new(admin.as_deref()).await;
        test(&world).await;
        world.close().await;
    }
}

#[tokio::test]
async fn a_hub_opened_again_finds_its_markets_and_can_read_them() {
    on_both(async |world| {
        let alpha = world.market("alpha").await;
        world.contact(&alpha, "ana").await;
        let again = open(world.home.path(), world.url.as_deref()).await;
        let there = again.markets.enter(&name("alpha")).await.expect("entered");
        let page = again
            .contacts
            .list(&there, Sight::All, &ListQuery { limit: 5, ..ListQuery::default() })
            .await
            .expect("listed");
        assert_eq!(page.contacts[0].personal.name.as_deref(), Some("ana canary"));
        assert_eq!(again.markets.derive_key("x").expose(), world.hub.markets.derive_key("x").expose());
        drop((alpha, there));
        if world.url.is_some() {
            again.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn every_table_of_a_market_has_a_rule_for_every_column() {
    on_both(async |world| {
        let alpha = world.market("alpha").await;
        let schemas: Vec<&store::Schema> = world.hub.markets.schemas().to_vec();
        let unruled = store::schema::unruled(alpha.db(), &schemas).await.expect("looked");
        assert_eq!(unruled, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn contacts_come_through_backup_restore_and_move_as_they_were() {
    on_both(async |world| {
        let alpha = world.market("alpha").await;
        let ana = world.contact(&alpha, "ana").await;
        let folder = world.folder("backup");
        world.hub.markets.backup(&name("alpha"), &folder, &at(3)).await.expect("backed up");
        world.contact(&alpha, "bob").await;
        world.hub.markets.restore(&name("alpha"), &folder, &at(4)).await.expect("restored");
        let alpha = world.enter("alpha").await;
        assert_eq!(world.names(&alpha).await, ["ana canary"]);
        assert_eq!(world.found_by_address(&alpha, "ANA@canary.example").await, 1);
        if let Ok(admin) = std::env::var(POSTGRES_URL) {
            let second = world.hub.markets.put_server("second", &admin, 2, &[], &at(5)).await.expect("added");
            world
                .hub
                .markets
                .move_to(&name("alpha"), Placement::Server(second), &at(6))
                .await
                .expect("moved");
            let there = world.enter("alpha").await;
            assert_eq!(world.names(&there).await, ["ana canary"]);
            let notes = world.hub.contacts.notes(&there, Sight::All, ana, 10).await.expect("read");
            assert_eq!(notes[0].body, "ana canary note");
        }
    })
    .await;
}

#[tokio::test]
async fn an_erased_contact_stays_erased_and_suppressed_when_an_older_backup_is_restored() {
    on_both(async |world| {
        let alpha = world.market("alpha").await;
        let ana = world.contact(&alpha, "ana").await;
        world.contact(&alpha, "bob").await;
        let folder = world.folder("backup");
        world.hub.markets.backup(&name("alpha"), &folder, &at(3)).await.expect("backed up");
        let reason = contacts::EraseReason::ALL[0];
        world.hub.contacts.erase(&alpha, Sight::All, ana, reason, &at(4)).await.expect("erased");
        world.hub.markets.restore(&name("alpha"), &folder, &at(5)).await.expect("restored");
        let alpha = world.enter("alpha").await;
        assert_eq!(world.names(&alpha).await, ["bob canary"]);
        assert_eq!(world.found_by_address(&alpha, "ana@canary.example").await, 0);
        assert!(world.hub.contacts.is_suppressed(&alpha, "ana@canary.example").await.expect("asked"));
        let again = Personal { email: Some("ana@canary.example".to_owned()), ..Personal::default() };
        let new = NewContact { personal: again, pipeline: None, stage: None, assignee: None };
        let refused = world.hub.contacts.create(&alpha, &new, &at(6)).await.expect_err("suppressed");
        assert!(!matches!(refused, ContactsError::Store(_)), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn every_domains_rows_come_through_an_export_into_another_market_of_the_same_hub() {
    on_both(async |world| {
        let alpha = world.market("alpha").await;
        world.contact(&alpha, "ana").await;
        let bob = world.contact(&alpha, "bob").await;
        world.hub.contacts.suppress(&alpha, "carl@canary.example", &at(3)).await.expect("suppressed");
        let endpoint = NewEndpoint {
            url: "https://example.com/hook".to_owned(),
            description: "books".to_owned(),
            topics: Topics::all(),
        };
        world.hub.webhooks.create(&alpha, endpoint, &at(3)).await.expect("made");
        world
            .hub
            .contacts
            .erase(&alpha, Sight::All, bob, contacts::EraseReason::ALL[0], &at(4))
            .await
            .expect("erased");
        let folder = world.folder("export");
        world.hub.markets.export(&name("alpha"), &folder, None, &at(5)).await.expect("exported");
        for file in std::fs::read_dir(&folder).expect("read") {
            let path = file.expect("an entry").path();
            let text = String::from_utf8_lossy(&std::fs::read(&path).expect("read")).into_owned();
            assert!(!text.contains("canary") && !text.contains("whsec"), "{}", path.display());
        }
        audit::export::verify(&folder, &audit::Expected::default()).expect("its audit chain is whole");

        world.hub.markets.import(&folder, name("copy"), None, &at(6)).await.expect("imported");
        let copy = world.enter("copy").await;
        assert_eq!(world.names(&copy).await, ["ana canary"]);
        assert_eq!(world.found_by_address(&copy, "ana@canary.example").await, 1);
        for address in ["carl@canary.example", "bob@canary.example"] {
            assert!(world.hub.contacts.is_suppressed(&copy, address).await.expect("asked"), "{address}");
        }
        let endpoints = world.hub.webhooks.endpoints(&copy).await.expect("read");
        assert_eq!((endpoints[0].url.as_str(), endpoints[0].has_secret), ("https://example.com/hook", false));
    })
    .await;
}

#[tokio::test]
async fn a_whole_market_travels_to_another_hub_and_is_exported_there_alike() {
    let (here, there) = (World::new(None).await, World::new(None).await);
    let alpha = here.market("alpha").await;
    here.contact(&alpha, "ana").await;
    let passphrase = Passphrase::new("correct horse battery staple");
    let (first, second) = (here.folder("first"), here.folder("second"));
    let said =
        here.hub.markets.export(&name("alpha"), &first, Some(&passphrase), &at(3)).await.expect("exported");
    there.hub.markets.import(&first, name("alpha"), Some(&passphrase), &at(4)).await.expect("imported");
    let arrived = there.enter("alpha").await;
    assert_eq!(there.names(&arrived).await, ["ana canary"]);
    let again = there.hub.markets.export(&name("alpha"), &second, None, &at(5)).await.expect("exported");
    assert_eq!(again.tables, said.tables);
    assert_eq!(again.content_sha256, said.content_sha256);
    drop((alpha, arrived));
    here.close().await;
    there.close().await;
}

#[tokio::test]
async fn nobody_belongs_to_a_market_that_is_purged_whoever_purges_it() {
    on_both(async |world| {
        let alpha = world.market("alpha").await;
        let new = directory::NewUser {
            email: "olga@example.com".parse().expect("an e-mail"),
            name: String::new(),
            hub_role: None,
        };
        let olga = world.hub.directory.add_user(new, &at(1)).await.expect("added");
        let role = kernel::MarketRole::Owner;
        world.hub.directory.put_member(olga.id, alpha.id(), role, &at(2)).await.expect("made a member");
        drop(alpha);
        world.hub.markets.delete(&name("alpha"), SignedDuration::ZERO, &at(3)).await.expect("deleted");
        assert_eq!(world.hub.directory.memberships(olga.id).await.expect("read").len(), 1);
        world.hub.markets.purge_due(&at(4)).await.expect("purged");
        assert_eq!(world.hub.directory.memberships(olga.id).await.expect("read"), []);
    })
    .await;
}

#[tokio::test]
async fn a_market_needs_an_owner_before_it_goes_live() {
    on_both(async |world| {
        let alpha = world.market("alpha").await;
        let missing = async || {
            let list = world.hub.markets.checklist(&name("alpha")).await.expect("a checklist");
            list.missing().map(|step| step.id).collect::<Vec<_>>()
        };
        assert!(missing().await.contains(&"owner"));
        let new = directory::NewUser {
            email: "olga@example.com".parse().expect("an e-mail"),
            name: String::new(),
            hub_role: None,
        };
        let olga = world.hub.directory.add_user(new, &at(1)).await.expect("added");
        let role = kernel::MarketRole::Owner;
        world.hub.directory.put_member(olga.id, alpha.id(), role, &at(2)).await.expect("made a member");
        assert!(!missing().await.contains(&"owner"));
    })
    .await;
}
