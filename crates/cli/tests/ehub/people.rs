//! People, their roles, and keys for programs.

use crate::shell::Shell;

#[test]
fn users_are_added_listed_and_let_in() {
    let shell = Shell::new();
    shell.hub(&["sign-in-link"], 1);
    shell.hub(&["user", "add", "Ana@Example.org", "--name", "Ana", "--role", "operator"], 0);
    let twice = shell.hub(&["user", "add", "ana@example.org"], 1);
    assert!(twice.stderr.contains("ana@example.org"), "{}", twice.stderr);
    let users = shell.hub(&["user", "list"], 0).json();
    assert_eq!((&users[0]["email"], &users[0]["hub_role"]), (&"ana@example.org".into(), &"operator".into()));
    let link = shell.hub(&["sign-in-link", "--email", "ana@example.org"], 0).json();
    let link = link["link"].as_str().expect("a link").to_owned();
    assert!(link.starts_with("http://127.0.0.1:4780/sign-in/"), "{link}");
    let stranger = shell.hub(&["sign-in-link", "--email", "x@example.org"], 1);
    assert!(stranger.stderr.contains("x@example.org"), "{}", stranger.stderr);
}

#[test]
fn a_membership_is_of_one_market_and_ends() {
    let shell = Shell::new();
    shell.market("alpha");
    shell.market("beta");
    for email in ["ana@example.org", "bo@example.org"] {
        shell.hub(&["user", "add", email], 0);
    }
    shell.hub(&["user", "grant", "ana@example.org", "--market", "alpha", "--role", "owner"], 0);
    shell.hub(&["user", "grant", "bo@example.org", "--market", "alpha", "--role", "agent"], 0);
    let members = |market: &str| {
        let list = shell.hub(&["user", "list", "--market", market], 0).json();
        list.as_array().expect("a list").iter().map(|user| user["email"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(members("alpha"), ["ana@example.org", "bo@example.org"]);
    assert_eq!(members("beta"), Vec::<String>::new());
    shell.hub(&["user", "revoke", "bo@example.org", "--market", "alpha"], 0);
    assert_eq!(members("alpha"), ["ana@example.org"]);
    let unknown = shell.hub(&["user", "grant", "bo@example.org", "--market", "gamma", "--role", "agent"], 1);
    assert!(
        unknown.stderr.contains("gamma") && unknown.stderr.contains("ehub market list"),
        "{}",
        unknown.stderr
    );
    let role = shell.hub(&["user", "grant", "bo@example.org", "--market", "alpha", "--role", "operator"], 1);
    assert!(role.stderr.contains("owner, manager, analyst, agent, viewer"), "{}", role.stderr);
}

#[test]
fn a_role_of_the_hub_changes_and_the_last_operator_stays() {
    let shell = Shell::new();
    shell.hub(&["user", "add", "ana@example.org", "--role", "operator"], 0);
    for verb in [&["user", "role", "ana@example.org", "none"][..], &["user", "disable", "ana@example.org"]] {
        let refused = shell.hub(verb, 1);
        assert!(refused.stderr.contains("operator"), "{}", refused.stderr);
    }
    shell.hub(&["user", "add", "bo@example.org", "--role", "growth"], 0);
    shell.hub(&["user", "role", "bo@example.org", "operator"], 0);
    shell.hub(&["user", "disable", "ana@example.org"], 0);
    let users = shell.hub(&["user", "list"], 0).json();
    assert!(users[0]["disabled_at"].is_string() && users[1]["hub_role"] == "operator", "{users}");
    shell.hub(&["user", "enable", "ana@example.org"], 0);
}

#[test]
fn what_cannot_be_undone_asks_first() {
    let shell = Shell::new();
    shell.market("alpha");
    shell.hub(&["user", "add", "ana@example.org", "--role", "operator"], 0);
    shell.hub(&["user", "add", "bo@example.org"], 0);
    for verb in [
        &["user", "erase", "bo@example.org"][..],
        &["user", "reset-second-factor", "bo@example.org"],
        &["market", "delete", "alpha"],
        &["market", "restore", "alpha", "--from", "nowhere"],
        &["market", "purge"],
    ] {
        let refused = shell.hub(verb, 1);
        assert!(refused.stderr.contains("nothing was done") && refused.stderr.contains("--yes"), "{verb:?}");
    }
    shell.hub(&["user", "erase", "bo@example.org", "--yes"], 0);
    let users = shell.hub(&["user", "list"], 0);
    assert!(!users.stdout.contains("bo@example.org"), "{}", users.stdout);
}

#[test]
fn a_key_is_shown_once_and_can_be_taken_back() {
    let shell = Shell::new();
    shell.market("alpha");
    let made = shell.hub(&["key", "create", "Website", "--market", "alpha", "--role", "agent"], 0);
    let json = made.json();
    let key = json["key"].as_str().expect("the key").to_owned();
    let (id, secret) = key.strip_prefix("ehub_").and_then(|rest| rest.split_once('_')).expect("a key");
    assert_eq!((json["id"].as_str(), secret.len()), (Some(id), 32));
    assert!(!made.stderr.contains(secret), "the talk does not repeat it");

    let list = shell.hub(&["key", "list"], 0);
    assert!(!list.stdout.contains(secret), "{}", list.stdout);
    let listed = list.json();
    assert_eq!((&listed[0]["market"], &listed[0]["state"]), (&"alpha".into(), &"working".into()));
    shell.hub(&["key", "revoke", id], 0);
    assert_eq!(shell.hub(&["key", "list", "--market", "alpha"], 0).json()[0]["state"], "revoked");
    shell.hub(&["key", "revoke", "01ARZ3NDEKTSV4RRFFQ69G5FAV"], 1);

    shell.hub(&["key", "create", "Figures", "--role", "growth", "--days", "7"], 0);
    for wrong in [
        &["key", "create", "Wrong", "--role", "agent"][..],
        &["key", "create", "Wrong", "--market", "alpha", "--role", "growth"],
        &["key", "create", "Long", "--role", "growth", "--days", "4000"],
    ] {
        shell.hub(wrong, 1);
    }
    let plain = shell.path("hub").display().to_string();
    let arguments = ["key", "create", "Plain", "--role", "growth", "--data", &plain, "--quiet"];
    let plain = shell.run(&arguments).expect(0);
    assert!(plain.stdout.starts_with("ehub_") && plain.stdout.lines().count() == 1, "{}", plain.stdout);
    assert_eq!(plain.stderr, "");
}
