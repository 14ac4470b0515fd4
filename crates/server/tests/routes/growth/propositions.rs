use growth::{
    metrics::ClientId,
    proposition::{Block, SectionKey},
    proposition_record::PropositionVersion,
};
use kernel::Ulid;
use server::testing::{Answer, Client, TestHub};

use super::fifty;

const FORMATS: [(&str, &str, &str); 5] = [
    ("text", "text/plain; charset=utf-8", "email.txt"),
    ("html", "text/html; charset=utf-8", "email.html"),
    ("markdown", "text/markdown; charset=utf-8", "proposal.md"),
    ("summary_pdf", "application/pdf", "summary.pdf"),
    ("proposal_pdf", "application/pdf", "proposal.pdf"),
];

/// The fifty clients and a draft for the first.
async fn drafted() -> (TestHub, Client, Ulid) {
    let hub = fifty::hub().await;
    let ana = hub.operator().await;
    let answer = ana.post("/growth/propositions", &[("client_id", "c00")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let id = answer.header("location").rsplit('/').next().expect("an identifier").parse().expect("a Ulid");
    (hub, ana, id)
}

async fn latest(hub: &TestHub, id: Ulid) -> PropositionVersion {
    hub.state().growth().proposition(id, None).await.expect("it is there")
}

/// The form of the summary, with this text in every paragraph and all else left out.
fn summary_form(kept: &PropositionVersion, text: &str) -> Vec<(String, String)> {
    let summary = kept.content.section(SectionKey::Summary).expect("a summary");
    let paragraphs =
        summary.blocks.iter().enumerate().filter(|(_, block)| matches!(block, Block::Paragraph { .. }));
    let mut form: Vec<(String, String)> =
        paragraphs.map(|(place, _)| (format!("b{place}-0-text"), text.to_owned())).collect();
    form.push(("version".to_owned(), kept.summary.version.to_string()));
    form.push(("title".to_owned(), "In short".to_owned()));
    form
}

async fn send(ana: &Client, path: &str, form: &[(String, String)]) -> Answer {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    ana.post(path, &form).await
}

fn is_file(answer: &Answer, media_type: &str, ending: &str) {
    assert_eq!((answer.status, answer.header("content-type")), (200, media_type));
    let disposition = answer.header("content-disposition");
    assert!(disposition.starts_with("attachment; filename=\"c00-2026-01-19-"), "{disposition}");
    assert!(disposition.ends_with(&format!("{ending}\"")), "{disposition}");
    if media_type == "application/pdf" {
        assert!(
            answer.body.starts_with(b"%PDF-") && answer.body.len() > 10_000,
            "{} bytes",
            answer.body.len()
        );
    }
}

#[tokio::test]
async fn the_list_leads_to_a_preview_that_keeps_nothing_and_offers_every_file() {
    let hub = fifty::hub().await;
    let ana = hub.operator().await;
    let list = ana.get("/growth/propositions").await.text();
    assert!(list.contains("/growth/propositions/new?client=c00") && list.contains("Not written"), "{list}");
    let preview = ana.get("/growth/propositions/new?client=c00").await.text();
    assert!(preview.contains("Growth proposal") && preview.contains("Start a draft"), "{preview}");
    for (format, media_type, ending) in FORMATS {
        is_file(
            &ana.get(&format!("/growth/propositions/new/export/{format}?client=c00")).await,
            media_type,
            ending,
        );
    }
    assert!(hub.state().growth().propositions(None).await.expect("asked").is_empty());
    assert_eq!(ana.get("/growth/propositions/new?client=nobody").await.status, 404);
    assert_eq!(ana.get("/growth/propositions/new").await.status, 400);
}

#[tokio::test]
async fn a_draft_is_one_per_client_and_its_files_have_the_right_media_types() {
    let (_hub, ana, id) = drafted().await;
    let again = ana.post("/growth/propositions", &[("client_id", "c00")]).await;
    assert_eq!(again.header("location"), format!("/growth/propositions/{id}"));
    for (format, media_type, ending) in FORMATS {
        is_file(&ana.get(&format!("/growth/propositions/{id}/export/{format}")).await, media_type, ending);
    }
    assert_eq!(ana.get(&format!("/growth/propositions/{id}/export/docx")).await.status, 404);
    assert_eq!(ana.get(&format!("/growth/propositions/{id}?version=7")).await.status, 404);
    assert_eq!(ana.post("/growth/propositions", &[("client_id", "nobody")]).await.status, 404);
}

#[tokio::test]
async fn an_edited_section_is_a_new_version_keeps_the_facts_and_is_in_the_files() {
    let (hub, ana, id) = drafted().await;
    let before = latest(&hub, id).await;
    let form = ana.get(&format!("/growth/propositions/{id}?edit=urgency")).await.status;
    assert_eq!(form, 200);
    let path = format!("/growth/propositions/{id}/sections/summary");
    let marker = "Shall we talk <b>on Tuesday</b>?";
    let answer = send(&ana, &path, &summary_form(&before, marker)).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let after = latest(&hub, id).await;
    assert!(after.edited && after.this_version == 2);
    assert_eq!(after.content.facts, before.content.facts);
    assert_eq!(after.content.sections[1..], before.content.sections[1..]);
    let text = ana.get(&format!("/growth/propositions/{id}/export/text")).await.text();
    assert!(text.contains(marker), "{text}");
    let page = ana.get(&format!("/growth/propositions/{id}")).await.text();
    assert!(page.contains("Shall we talk &lt;b&gt;on Tuesday&lt;/b&gt;?"), "text is never markup");
    let first = ana.get(&format!("/growth/propositions/{id}/export/text?version=1")).await.text();
    assert!(!first.contains("on Tuesday"), "earlier versions stay");

    let answer = ana.post(&format!("/growth/propositions/{id}/restore"), &[("version", "1")]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(latest(&hub, id).await.content, before.content);
}

#[tokio::test]
async fn a_half_empty_section_comes_back_with_its_errors_and_is_not_kept() {
    let (hub, ana, id) = drafted().await;
    let path = format!("/growth/propositions/{id}/sections/summary");
    let answer =
        ana.post(&path, &[("version", "1"), ("title", ""), ("b0-0-text", "Kept while I fix it")]).await;
    let page = answer.text();
    assert_eq!(answer.status, 422);
    assert!(page.contains("The section needs a heading.") && page.contains("Kept while I fix it"), "{page}");
    let answer = ana
        .post(
            &format!("/growth/propositions/{id}/heading"),
            &[("version", "1"), ("title", "T"), ("subject", " ")],
        )
        .await;
    assert!(answer.status == 422 && answer.text().contains("subject-error"), "{}", answer.text());
    let stale = ana.post(&path, &[("version", "9"), ("title", "Late"), ("b0-0-text", "x")]).await;
    assert!(
        stale.status == 422 && stale.text().contains("Meanwhile version 1 was written"),
        "{}",
        stale.text()
    );
    assert_eq!(latest(&hub, id).await.this_version, 1);
    assert_eq!(ana.post(&format!("/growth/propositions/{id}/sections/nonsense"), &[]).await.status, 404);
}

#[tokio::test]
async fn a_section_can_be_left_out_and_everything_written_anew() {
    let (hub, ana, id) = drafted().await;
    let generated = latest(&hub, id).await.content;
    let remove = format!("/growth/propositions/{id}/sections/questions/remove");
    assert_eq!(ana.post(&remove, &[("version", "1")]).await.status, 303);
    assert_eq!(latest(&hub, id).await.content.sections.len(), generated.sections.len() - 1);
    assert_eq!(ana.post(&remove, &[("version", "1")]).await.status, 409, "made on an older version");
    assert_eq!(ana.post(&format!("/growth/propositions/{id}/regenerate"), &[]).await.status, 303);
    let anew = latest(&hub, id).await;
    assert_eq!((anew.this_version, anew.edited, anew.content), (3, false, generated));
}

#[tokio::test]
async fn what_was_sent_is_frozen_and_a_new_draft_begins_beside_it() {
    let (hub, ana, id) = drafted().await;
    let path = format!("/growth/propositions/{id}/sent");
    assert_eq!(
        ana.post(&path, &[("version", "2"), ("to", "x")]).await.status,
        409,
        "not what was on the screen"
    );
    assert_eq!(ana.post(&path, &[("version", "1"), ("to", "cfo@brokerage.example")]).await.status, 303);
    let sent = latest(&hub, id).await;
    assert_eq!(
        (sent.summary.sent_version, sent.summary.sent_to.as_deref()),
        (Some(1), Some("cfo@brokerage.example"))
    );
    let page = ana.get(&format!("/growth/propositions/{id}?edit=summary")).await.text();
    assert!(page.contains("cfo@brokerage.example") && !page.contains("name=\"b0-0-text\""), "{page}");
    let summary = format!("/growth/propositions/{id}/sections/summary");
    assert_eq!(send(&ana, &summary, &summary_form(&sent, "Changed")).await.status, 409);
    assert_eq!(
        ana.post(&format!("/growth/propositions/{id}/regenerate"), &[]).await.status,
        409,
        "not written anew either"
    );
    assert_eq!(ana.post(&path, &[("version", "1")]).await.status, 409);
    assert_eq!(latest(&hub, id).await.content, sent.content);

    let next = ana.post("/growth/propositions", &[("client_id", "c00")]).await;
    assert_ne!(next.header("location"), format!("/growth/propositions/{id}"));
    let all = hub.state().growth().propositions(Some(&ClientId::new("c00"))).await.expect("asked");
    assert_eq!(all.len(), 2);
}
