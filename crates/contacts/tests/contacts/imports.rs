use std::collections::BTreeMap;

use contacts::{ContactsError, EraseReason, ListQuery, NewContact, Sight};
use kernel::Ulid;
use tabular::{Cell, ColumnKind, Hint, Table};

use crate::world::{on_both, person};

const FILE: &str = "First Name,Last Name,E-mail,Phone,Stage,Agent,Notes,Shoe size\r\n\
    Ana,Díaz,ana@example.com,(206) 555-0101,Viewing,Agent@Example.com,likes gardens,38\r\n\
    Bob,,bob@,12,,,,\r\n\
    Carl,,ANA@example.com,,,,,\r\n\
    Dana,,dana@example.com,,heaven,nobody@example.com,,\r\n\
    Erin,,erin@example.com,,,,,\r\n\
    Finn,,,+49 30 901820,,,,\r\n";

fn agents() -> BTreeMap<String, Ulid> {
    BTreeMap::from([("agent@example.com".to_owned(), Ulid::from_parts(1, 1))])
}

#[tokio::test]
async fn good_rows_are_taken_and_each_bad_value_is_named() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        // Erin was here, and was erased.
        let erin =
            NewContact { personal: person("Erin", Some("erin@example.com"), None), ..NewContact::default() };
        let erin = contacts.create(&market, &erin, &world.at()).await.unwrap();
        contacts.erase(&market, Sight::All, erin.id, EraseReason::Request, &world.at()).await.unwrap();

        let hint = Hint::named("people.csv");
        let tried =
            contacts.import(&market, FILE.as_bytes(), &hint, &agents(), true, &world.at()).await.unwrap();
        assert_eq!(contacts.counts(&market).await.unwrap().contacts, 0, "a dry run writes nothing");
        let report =
            contacts.import(&market, FILE.as_bytes(), &hint, &agents(), false, &world.at()).await.unwrap();
        assert_eq!(tried, report);
        assert_eq!((report.rows, report.accepted), (6, 2));
        let refused: Vec<_> = report
            .rejected
            .iter()
            .map(|refused| (refused.row, refused.field.as_str(), refused.value.as_str()))
            .collect();
        assert_eq!(
            refused,
            [
                (2, "email", "bob@"),
                (2, "phone", "12"),
                (3, "email", "ANA@example.com"),
                (4, "stage", "heaven"),
                (4, "assignee", "nobody@example.com"),
                (5, "", ""),
            ]
        );
        let erins = &report.rejected[5].message;
        assert!(erins.contains("suppression list") && !erins.to_lowercase().contains("erin"), "{erins}");
        assert_eq!(report.notices[0].field, "Shoe size");

        let page = contacts
            .list(&market, Sight::All, &ListQuery { limit: 10, ..ListQuery::default() })
            .await
            .unwrap();
        let names: Vec<_> =
            page.contacts.iter().filter_map(|contact| contact.personal.name.as_deref()).collect();
        assert_eq!(names, ["Finn", "Ana Díaz"]);
        let ana = &page.contacts[1];
        assert_eq!((ana.stage.as_str(), ana.assignee), ("viewing", Some(Ulid::from_parts(1, 1))));
        let notes = contacts.notes(&market, Sight::All, ana.id, 5).await.unwrap();
        assert_eq!(notes[0].body, "likes gardens");

        // The same file again: everybody is here already.
        let again =
            contacts.import(&market, FILE.as_bytes(), &hint, &agents(), false, &world.at()).await.unwrap();
        // Finn has no e-mail address to be known by.
        assert_eq!(again.accepted, 1);
        assert!(again.rejected.iter().any(|refused| refused.row == 1 && refused.message.contains("already")));
    })
    .await;
}

#[tokio::test]
async fn a_workbook_is_read_like_a_text_file() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let columns = [("Name", ColumnKind::Text), ("Email", ColumnKind::Text)];
        let mut table = Table::new("People", columns);
        for number in 0..600 {
            table.push([
                Cell::from(format!("Person {number}")),
                Cell::from(format!("person{number}@example.com")),
            ]);
        }
        let file = table.to_xlsx().unwrap();
        let report = contacts
            .import(&market, &file, &Hint::named("people.xlsx"), &BTreeMap::new(), false, &world.at())
            .await
            .unwrap();
        assert_eq!((report.rows, report.accepted, report.rejected.len()), (600, 600, 0));
        assert_eq!(contacts.counts(&market).await.unwrap().contacts, 600);
    })
    .await;
}

#[tokio::test]
async fn a_file_without_people_is_refused_whole() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        for file in ["colour,size\nred,3\n", "%PDF-1.7"] {
            let refused = contacts
                .import(&market, file.as_bytes(), &Hint::named("x.csv"), &BTreeMap::new(), false, &world.at())
                .await;
            assert!(matches!(refused, Err(ContactsError::Unreadable(_))), "{refused:?}");
        }
        let long = format!("name\n{}", "A\n".repeat(10_001));
        let refused = contacts
            .import(&market, long.as_bytes(), &Hint::named("x.csv"), &BTreeMap::new(), false, &world.at())
            .await;
        assert!(matches!(refused, Err(ContactsError::TooManyRows { rows: 10_001, .. })), "{refused:?}");
    })
    .await;
}
