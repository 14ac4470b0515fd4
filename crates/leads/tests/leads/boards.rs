use contacts::{ContactEdit, NewContact, Personal, Sight};
use kernel::{PersonId, Ulid};
use leads::{
    BoardQuery, BoardSort, LeadsError,
    band::Band,
    timeline::{Direction, LeadSource},
};
use markets::Market;
use tabular::FormulaGuard;

use crate::world::{World, arrival, look, message, on_both};

/// Five leads: Ana the best, Eve lost.
async fn five(world: &World, market: &Market, agent: Ulid) -> [PersonId; 5] {
    let mut people = Vec::new();
    for (number, name) in ["Ana Díaz", "Bob", "Cid", "Dee", "Eve"].into_iter().enumerate() {
        let email = (number == 0).then(|| "ana@example.com".to_owned());
        let personal = Personal { name: Some(name.to_owned()), email, ..Personal::default() };
        let assignee = (number < 2).then_some(agent);
        let new = NewContact { personal, assignee, ..NewContact::default() };
        let person = world.contacts.create(market, &new, &world.at()).await.unwrap().id;
        for look_at in number..4 {
            world.tell(market, person, &format!("look {look_at}"), look("a")).await;
        }
        people.push(person);
    }
    world.tell(market, people[0], "asks", message(Direction::Inbound)).await;
    world.tell(market, people[1], "arrived", arrival(LeadSource::Portal)).await;
    let lost = ContactEdit { stage: Some("lost".to_owned()), ..ContactEdit::default() };
    world.contacts.update(market, Sight::All, people[4], 1, &lost, &world.at()).await.unwrap();
    assert_eq!(world.score(market).await.len(), 4);
    people.try_into().unwrap()
}

async fn listed(world: &World, market: &Market, sight: Sight, query: BoardQuery) -> Vec<PersonId> {
    let page = world.leads.board(market, sight, &query).await.unwrap();
    assert_eq!(page.total, page.rows.len() as u64, "what is counted is what is listed");
    page.rows.iter().map(|row| row.contact.id).collect()
}

#[tokio::test]
async fn a_board_lists_the_open_leads_by_chance_and_by_every_condition() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let agent = Ulid::from_parts(1, 1);
        let [ana, bob, cid, dee, eve] = five(&world, &market, agent).await;
        let all = async |query| listed(&world, &market, Sight::All, query).await;
        let open = || BoardQuery::default();
        let by_chance = all(open()).await;
        assert_eq!((by_chance.len(), by_chance[0]), (4, ana));
        let page = world.leads.board(&market, Sight::All, &open()).await.unwrap();
        assert!(page.rows.is_sorted_by(|one, other| one.effective >= other.effective));
        let ranks: Vec<usize> = page.rows.iter().map(|row| row.standing.unwrap().rank).collect();
        assert!(ranks[0] == 1 && ranks.is_sorted(), "{ranks:?}");

        assert_eq!(all(BoardQuery { closed: true, ..open() }).await.len(), 5);
        assert_eq!(all(BoardQuery { band: Some(Band::Hot), ..open() }).await, by_chance);
        assert!(all(BoardQuery { band: Some(Band::Cold), ..open() }).await.is_empty());
        assert_eq!(all(BoardQuery { source: Some(LeadSource::Portal), ..open() }).await, [bob]);
        let best = page.rows[0].effective.unwrap();
        assert_eq!(all(BoardQuery { probability_min: Some(best), ..open() }).await, [ana]);
        let mut mine = all(BoardQuery { assignee: Some(Some(agent)), ..open() }).await;
        mine.sort_unstable();
        assert_eq!(mine, [ana, bob]);
        assert_eq!(all(BoardQuery { assignee: Some(None), ..open() }).await.len(), 2);
        let stage = |stage: &str| BoardQuery { stage: Some(stage.to_owned()), closed: true, ..open() };
        assert_eq!(all(stage("lost")).await, [eve]);
        let pipeline = Some("residential".to_owned());
        assert_eq!(all(BoardQuery { pipeline, ..open() }).await.len(), 4);
        let arrived = all(BoardQuery { sort: BoardSort::Arrived, ..open() }).await;
        assert_eq!(arrived[..2], [bob, dee], "the latest first, as we know by now");
        let active = all(BoardQuery { sort: BoardSort::Active, ..open() }).await;
        assert_eq!(active[0], ana);
        for text in ["díaz", "ana@EXAMPLE.com", " Ana "] {
            let text = Some(text.to_owned());
            assert_eq!(all(BoardQuery { text, ..open() }).await, [ana]);
        }
        assert!(all(BoardQuery { text: Some("nobody".to_owned()), ..open() }).await.is_empty());

        // Agents see their own, whatever they ask for.
        let sight = Sight::AssignedTo(agent);
        let own: Vec<PersonId> =
            by_chance.iter().copied().filter(|person| [ana, bob].contains(person)).collect();
        assert_eq!(listed(&world, &market, sight, open()).await, own);
        let nobodys = BoardQuery { assignee: Some(None), ..open() };
        assert!(listed(&world, &market, sight, nobodys).await.is_empty());
        let unseen = world.leads.lead(&market, sight, cid, world.now()).await;
        assert!(matches!(unseen, Err(LeadsError::Unknown(person)) if person == cid));
        let unseen = world.leads.history(&market, sight, cid, 5).await;
        assert!(matches!(unseen, Err(LeadsError::Unknown(_))));
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition_in_every_order() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        five(&world, &market, Ulid::from_parts(1, 1)).await;
        for number in 0..7 {
            // Not scored yet: they come last.
            world.lead(&market, &format!("Person {number}")).await;
        }
        for sort in [BoardSort::Chance, BoardSort::Arrived, BoardSort::Active, BoardSort::Cold] {
            let whole = BoardQuery { sort, limit: 100, ..BoardQuery::default() };
            let whole: Vec<PersonId> = listed(&world, &market, Sight::All, whole).await;
            let mut query = BoardQuery { sort, limit: 3, ..BoardQuery::default() };
            let mut seen = Vec::new();
            loop {
                let page = world.leads.board(&market, Sight::All, &query).await.unwrap();
                assert_eq!(page.total, 11);
                seen.extend(page.rows.iter().map(|row| row.contact.id));
                let Some(next) = page.next else { break };
                query.after = Some(next);
            }
            assert_eq!((seen.len(), &seen), (11, &whole), "{sort:?}");
        }
        let query = BoardQuery { after: Some("nonsense".to_owned()), ..BoardQuery::default() };
        let refused = world.leads.board(&market, Sight::All, &query).await;
        assert!(matches!(refused, Err(LeadsError::Invalid { field: "after", .. })));
    })
    .await;
}

#[tokio::test]
async fn a_name_is_found_among_however_many_have_it() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let file: String = (0..620).map(|number| format!("Person {number}\n")).collect();
        let (hint, agents) = (tabular::Hint::named("people.csv"), std::collections::BTreeMap::new());
        let file = format!("name\nSomebody Else\n{file}");
        world.contacts.import(&market, file.as_bytes(), &hint, &agents, false, &world.at()).await.unwrap();
        world.leads.score_due(&market, world.now(), 50).await.unwrap();
        let whole = BoardQuery { limit: 500, ..BoardQuery::default() };
        let mut expected = Vec::new();
        let mut after = None;
        loop {
            let page =
                world.leads.board(&market, Sight::All, &BoardQuery { after, ..whole.clone() }).await.unwrap();
            let persons =
                page.rows.iter().filter(|row| row.contact.personal.name.as_deref() != Some("Somebody Else"));
            expected.extend(persons.map(|row| row.contact.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(expected.len(), 620);
        let mut query = BoardQuery { text: Some("pERSON ".to_owned()), limit: 400, ..BoardQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = world.leads.board(&market, Sight::All, &query).await.unwrap();
            assert_eq!(page.total, 620);
            seen.extend(page.rows.iter().map(|row| row.contact.id));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "in the order of the whole board");
        let export = world.leads.export(&market, Sight::All, &query, &world.at()).await.unwrap();
        assert_eq!(export.manifest.rows, 620);
    })
    .await;
}

#[tokio::test]
async fn an_export_is_complete_and_its_manifest_says_what_is_in_it() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        five(&world, &market, Ulid::from_parts(1, 1)).await;
        for number in 0..520 {
            if number % 10 == 0 {
                world.lead(&market, &format!("Person {number}")).await;
            }
        }
        world.score(&market).await;
        let query = BoardQuery { limit: 1, ..BoardQuery::default() };
        let export = world.leads.export(&market, Sight::All, &query, &world.at()).await.unwrap();
        assert_eq!((export.table.row_count(), export.manifest.rows), (56, 56), "pages do not matter");
        let csv = export.table.to_csv(FormulaGuard::Off).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, csv.as_bytes());
        let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(export.manifest.sha256, digest);
        assert!(csv.starts_with("contact,name,email,") && csv.contains("Ana Díaz"));
        assert_eq!(export.manifest.models.len(), 1);
        assert!(export.manifest.models[0].starts_with("prior rule leads_prior v1"));
        let filter = store::trail::Filter { action: Some("leads.exported".to_owned()), ..Default::default() };
        let noted =
            store::trail::page(market.db(), &filter, store::trail::Order::Newest, None, 5).await.unwrap();
        assert_eq!(noted[0].detail.get("rows").map(String::as_str), Some("56"));
        assert_eq!(noted[0].detail.get("sha256"), Some(&export.manifest.sha256));

        let empty = BoardQuery { text: Some("nobody".to_owned()), ..BoardQuery::default() };
        let export = world.leads.export(&market, Sight::All, &empty, &world.at()).await.unwrap();
        assert_eq!((export.manifest.rows, export.manifest.models.len()), (0, 0));
    })
    .await;
}
