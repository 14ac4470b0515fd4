//! `ehub demo` and `ehub serve`: a hub that answers, remembers and stops.

use std::time::Duration;

use crate::shell::Shell;

/// Longer than the product promises (a second, built for release): tests run unoptimised and side by side.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn the_demo_answers_lets_its_visitor_in_and_reuses_its_data() {
    let shell = Shell::new();
    let arguments = ["demo", "--no-open", "--listen", "127.0.0.1:0"];
    let hub = shell.start(&arguments);
    assert!(hub.started_in < PATIENCE, "{:?}", hub.started_in);
    assert_eq!(hub.get("/healthz").0, 200);
    let path = hub.sign_in_link.split_once(&hub.address.to_string()).expect("a link to this hub").1;
    assert!(path.len() > 20, "{path}");
    assert!(hub.get(path).0 < 400, "the link is understood");
    #[cfg(target_os = "linux")]
    assert!(hub.held_mib() < 64.0, "{} MiB", hub.held_mib());
    let (stopping, well) = hub.stop();
    assert!(well && stopping < Duration::from_secs(5), "{stopping:?}");

    let data = shell.path(".local/share/enterprisehub/demo").display().to_string();
    let snapshots = || {
        let json =
            shell.run(&["growth", "import", "--list", "--data", &data, "--format", "json"]).expect(0).json();
        json.as_array().expect("a list").clone()
    };
    let before = snapshots();
    assert_eq!(before.len(), 2, "two snapshots, so that movement shows");
    assert!(before.iter().all(|snapshot| snapshot["simulated"] == true));
    let again = shell.start(&arguments);
    assert_eq!(again.get("/healthz").0, 200);
    assert_eq!(snapshots(), before, "the second start reuses the data");
    drop(again);

    let own = shell.file("own.csv", "client_id,client_name,current_mrr\na,Alder,1000\n");
    shell.run(&["growth", "import", &own, "--as-of", "2026-01-19", "--data", &data]).expect(0);
    drop(shell.start(&arguments));
    assert_eq!(snapshots().len(), 3, "what a visitor imported is kept");
}

#[test]
fn the_demo_keeps_away_from_a_hub_with_real_data() {
    let shell = Shell::new();
    let data = shell.path("real").display().to_string();
    let clients = shell.file("clients.csv", "client_id,client_name,current_mrr\na,Alder,1000\n");
    shell.run(&["growth", "import", &clients, "--as-of", "2026-01-19", "--data", &data]).expect(0);
    let refused = shell.run(&["demo", "--no-open", "--listen", "127.0.0.1:0", "--data", &data]).expect(1);
    assert!(refused.stderr.contains("ehub serve"), "{}", refused.stderr);
}

#[test]
fn a_served_hub_starts_empty_and_takes_an_import_while_it_runs() {
    let shell = Shell::new();
    let data = shell.path("hub").display().to_string();
    let hub = shell.start(&["serve", "--listen", "127.0.0.1:0", "--data", &data]);
    assert_eq!(hub.get("/healthz").0, 200);
    let clients = shell.file("clients.csv", "client_id,client_name,current_mrr\na,Alder,1000\n");
    shell.run(&["growth", "import", &clients, "--as-of", "2026-01-19", "--data", &data]).expect(0);
    let link =
        shell.run(&["sign-in-link", "--data", &data, "--public-url", "https://hub.example.org"]).expect(0);
    assert!(link.stdout.starts_with("https://hub.example.org/sign-in/"), "{}", link.stdout);
    let path = link.stdout.trim().trim_start_matches("https://hub.example.org");
    assert!(hub.get(path).0 < 400, "a link made beside the running hub is understood");
}

#[test]
fn an_address_that_is_taken_is_named_with_advice() {
    let shell = Shell::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let refused = shell.run(&["serve", "--listen", &address]).expect(1);
    assert!(refused.stderr.contains(&address) && refused.stderr.contains("--listen"), "{}", refused.stderr);
}
