use growth::{BoardQuery, GrowthError, policy::Policy};
use kernel::PolicyKey;
use store::testing::on_both_databases;

use super::{live, moment, tighter_policy, with_clients};

#[tokio::test]
async fn a_policy_is_previewed_saved_as_a_version_and_activated() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let before = live(&growth).await;
        let draft = Policy::from_toml(&tighter_policy()).expect("a policy");
        let preview = growth.preview_policy(&draft).await.expect("previews");
        assert_eq!(preview.movement.changed.len(), 3);

        let key =
            growth.save_policy(&tighter_policy(), " usage counts more ", &moment(2)).await.expect("saves");
        assert_eq!(key, PolicyKey { name: "framework".into(), version: 2 });
        let same = growth.save_policy(&tighter_policy(), "again", &moment(3)).await.expect("saves");
        assert_eq!(same, key, "the same text is the same version");
        assert_eq!(live(&growth).await.policy.key().version, 1, "saved is not active");

        let at_once =
            growth.board(BoardQuery { snapshot: None, policy: Some(key.clone()) }).await.expect("board");
        assert_ne!(*at_once.assessments, *before.assessments);
        growth.activate_policy(&key, &moment(4)).await.expect("activates");
        growth.activate_policy(&key, &moment(5)).await.expect("twice is once");
        assert_eq!(*live(&growth).await.assessments, *at_once.assessments);
        let versions = growth.policies().await.expect("lists");
        let active: Vec<_> = versions.iter().filter(|version| version.active).collect();
        assert_eq!((active.len(), &active[0].key, active[0].note.as_str()), (1, &key, "usage counts more"));
        assert_eq!(versions.len(), 3, "framework v1 and v2, legacy v1");

        let unknown = PolicyKey { name: "framework".into(), version: 9 };
        let refused = growth.activate_policy(&unknown, &moment(6)).await;
        assert!(matches!(refused, Err(GrowthError::UnknownPolicy(_))));
        assert!(matches!(growth.save_policy("name = 1", "", &moment(7)).await, Err(GrowthError::Policy(_))));
    })
    .await;
}

#[tokio::test]
async fn a_saved_policy_keeps_its_comments() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let text = growth::policy::FRAMEWORK_TOML.replace("name = \"framework\"", "# ours\nname = \"ours\"");
        let key = growth.save_policy(&text, "", &moment(2)).await.expect("saves");
        assert_eq!(key, PolicyKey { name: "ours".into(), version: 1 });
        assert!(growth.policy_text(&key).await.expect("text").contains("# ours"));
    })
    .await;
}
