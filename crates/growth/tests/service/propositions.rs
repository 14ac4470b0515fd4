use growth::{GrowthError, proposition_record::PropositionStatus};
use store::testing::on_both_databases;

use super::{id, moment, with_clients};

#[tokio::test]
async fn a_proposition_is_drafted_edited_and_sent() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let nobody = growth.draft_proposition(&id("nobody"), &moment(2)).await;
        assert!(matches!(nobody, Err(GrowthError::UnknownClient(_))));
        let draft = growth.draft_proposition(&id("c1"), &moment(2)).await.expect("drafts");
        assert_eq!(draft.content, growth.preview_proposition(&id("c1")).await.expect("previews"));
        let open = growth.draft_proposition(&id("c1"), &moment(3)).await.expect("drafts");
        assert_eq!(open, draft, "one open draft per client");

        let key = draft.summary.id;
        let mut text = draft.content.clone();
        text.subject = "An offer worth a look".into();
        let edited = growth.edit_proposition(key, &text, &moment(4)).await.expect("edits");
        assert_eq!((edited.this_version, edited.edited, &edited.content), (2, true, &text));
        assert_eq!(growth.edit_proposition(key, &text, &moment(5)).await.expect("again"), edited);
        let first = growth.proposition(key, Some(1)).await.expect("stays readable");
        assert_eq!(first.content, draft.content);
        let stranger = growth.preview_proposition(&id("c2")).await.expect("previews");
        let wrong = growth.edit_proposition(key, &stranger, &moment(6)).await;
        assert!(matches!(wrong, Err(GrowthError::PropositionClient { .. })));

        let sent = growth.mark_sent(key, Some("ceo@harbour.example"), &moment(7)).await.expect("sends");
        assert_eq!((sent.summary.status, sent.summary.sent_version), (PropositionStatus::Sent, Some(2)));
        assert_eq!(growth.mark_sent(key, None, &moment(8)).await.expect("twice is once"), sent);
        let late = growth.edit_proposition(key, &draft.content, &moment(9)).await;
        assert!(matches!(late, Err(GrowthError::PropositionSent)));
        let next = growth.draft_proposition(&id("c1"), &moment(10)).await.expect("a new one");
        assert_ne!(next.summary.id, key);
        assert_eq!(growth.propositions(Some(&id("c1"))).await.expect("lists").len(), 2);
        assert_eq!(growth.propositions(Some(&id("c2"))).await.expect("lists").len(), 0);
    })
    .await;
}
