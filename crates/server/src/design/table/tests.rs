use axum::{body::to_bytes, response::Response};
use maud::html;

use super::*;

#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    tier: &'static str,
    score: Option<f64>,
}

fn table() -> Table<Row> {
    let tiers = ["one", "two"].map(|tier| (tier.to_owned(), tier.to_uppercase()));
    Table::new("rows", "Rows of the test", ("row", "rows"), |row: &Row| row.name.clone())
        .column(
            Column::text("name", "Name", |row: &Row| row.name.clone()).sorted_by(|a, b| a.name.cmp(&b.name)),
        )
        .column(Column::text("tier", "Tier", |row: &Row| row.tier.to_owned()))
        .column(
            Column::new(
                "score",
                "Score",
                ColumnKind::Number,
                |row: &Row| html! { (row.score.unwrap_or_default()) },
                |row: &Row| Cell::from(row.score),
            )
            .sorted_by_number(|row| row.score),
        )
        .column(Column::text("note", "Note", |_: &Row| "=SUM(1)".to_owned()).optional())
        .filter(Filter::new("tier", "Tier", tiers, |row: &Row| row.tier.to_owned()))
        .searched_in(|row| row.name.clone())
        .default_sort("-score")
}

fn rows() -> Vec<Row> {
    (0..120)
        .map(|index| Row {
            name: format!("Client {index:03}"),
            tier: if index % 2 == 0 { "one" } else { "two" },
            score: (index != 60).then_some(f64::from(index)),
        })
        .collect()
}

fn names(address: &str) -> Vec<String> {
    table().matching(&rows(), &Address::parse(address)).iter().map(|row| row.name.clone()).collect()
}

#[test]
fn the_address_decides_which_rows_are_shown_and_in_which_order() {
    assert_eq!(names("/x")[0], "Client 119");
    assert_eq!(names("/x")[119], "Client 060", "unknown comes last");
    assert_eq!(names("/x?sort=score")[119], "Client 060", "also when ascending");
    assert_eq!(names("/x?sort=name")[0], "Client 000");
    assert_eq!(names("/x?tier=two").len(), 60);
    assert_eq!(names("/x?tier=one&tier=two").len(), 120);
    assert_eq!(names("/x?q=CLIENT 00").len(), 10);
    assert_eq!(names("/x?tier=none").len(), 0);
    assert_eq!(names("/x?sort=nothing&sort=-score").len(), 120);
}

#[test]
fn pages_beyond_the_end_show_the_last_one() {
    let (table, rows) = (table(), rows());
    let selection = table.select(&rows, &Address::parse("/x?page=99"));
    assert_eq!((selection.page, selection.pages, selection.page_rows.len()), (3, 3, 20));
    let selection = table.select(&rows, &Address::parse("/x?page=-1&per=7"));
    assert_eq!((selection.page, selection.per_page), (1, 50));
}

#[test]
fn headers_say_how_the_table_is_sorted_and_links_keep_the_rest_of_the_address() {
    let html = table().render(&rows(), &Address::parse("/x?client=c1&tier=one&page=2"), &[]).into_string();
    assert!(html.contains("aria-sort=\"descending\""));
    assert!(html.contains("href=\"/x?client=c1&amp;tier=one&amp;sort=name\""), "{html}");
    assert!(html.contains("51–60</strong> of 60 rows (120 in all)"), "{html}");
    assert!(html.contains("aria-label=\"Remove filter Tier: ONE\""));
    assert!(!html.contains(">Note</th>"), "optional columns wait to be chosen");
}

#[test]
fn nothing_and_nothing_matching_say_what_to_do() {
    let none = table().render(&[], &Address::parse("/x"), &[]).into_string();
    assert!(none.contains("Nothing here yet"));
    let filtered = table().render(&rows(), &Address::parse("/x?q=zebra&sort=name"), &[]).into_string();
    assert!(filtered.contains("Nothing matches") && filtered.contains("href=\"/x?sort=name\""), "{filtered}");
}

async fn body(response: Response) -> Vec<u8> {
    to_bytes(response.into_body(), usize::MAX).await.expect("body").to_vec()
}

#[tokio::test]
async fn an_export_has_every_matching_row_and_every_column_and_says_how_many() {
    let address = Address::parse("/x?tier=one&page=2&cols=name&format=csv");
    let response = table().export(&rows(), &address, "clients").expect("csv").expect("a file");
    assert_eq!(response.headers()["x-row-count"], "60");
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"clients.csv\"");
    let text = String::from_utf8(body(response).await).expect("text");
    assert_eq!(text.lines().count(), 61);
    assert_eq!(text.lines().next(), Some("Name,Tier,Score,Note"));
    assert_eq!(text.lines().nth(1), Some("Client 118,one,118,'=SUM(1)"), "formulas are defused");

    let address = Address::parse("/x?format=xlsx");
    let response = table().export(&rows(), &address, "clients").expect("xlsx").expect("a file");
    assert_eq!(response.headers()["x-row-count"], "120");
    assert!(body(response).await.starts_with(b"PK"));

    assert!(table().export(&rows(), &Address::parse("/x"), "clients").expect("none").is_none());
    assert!(table().export(&rows(), &Address::parse("/x?format=pdf"), "clients").is_err());
}
