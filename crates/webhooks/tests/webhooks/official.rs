//! What the official library of Standard Webhooks says to our messages.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use jiff::Timestamp;
use kernel::Moment;

use crate::world::{fresh, on_both};

struct Official {
    process: Child,
    said: BufReader<ChildStdout>,
    port: u16,
}

impl Drop for Official {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Official {
    /// The library's receiver with this secret; `None` where there is no Python (never under CI).
    fn start(secret: &str) -> Option<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/official");
        let mut command = Command::new("python3");
        command.args(["receiver.py", secret]).current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1");
        let Ok(mut process) = command.stdout(Stdio::piped()).spawn() else {
            let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!in_ci, "python3 is missing: under CI the official library judges our messages");
            eprintln!("not tested against the official library: python3 is missing");
            return None;
        };
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        Some(Self { process, said, port: line.trim().parse().unwrap() })
    }

    fn next(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

/// The library looks at the machine's clock.
fn today(at: Moment) -> Moment {
    let elapsed = std::time::UNIX_EPOCH.elapsed().unwrap();
    Moment { now: Timestamp::from_microsecond(elapsed.as_micros() as i64).unwrap(), ..at }
}

#[tokio::test]
async fn the_official_library_believes_our_messages_and_nobody_elses() {
    on_both(async |world| {
        let (webhooks, market) = (fresh(), world.market("alpha").await);
        // The address is known only when the receiver runs, which needs the secret first.
        let made = world.endpoint(&webhooks, &market, "http://localhost:1/", "").await;
        let Some(mut official) = Official::start(&made.secret.expose()) else { return };
        let point = |port: u16| webhooks::EndpointEdit {
            url: Some(format!("http://localhost:{port}/hook")),
            ..webhooks::EndpointEdit::default()
        };
        let id = made.endpoint.id;
        webhooks.update(&market, id, 1, point(official.port), &world.at()).await.unwrap();

        let at = today(world.at());
        webhooks.test(&market, id, &at).await.unwrap();
        assert_eq!(webhooks.deliver_due(&market, at.now).await.unwrap().delivered, 1);
        let word = official.next();
        assert!(word.starts_with("verified ") && word.ends_with(" webhook.test"), "{word}");

        // With a new secret beside the one that the library knows.
        webhooks.rotate(&market, id, 2, &at).await.unwrap();
        let person = world.person(&market).await;
        let message = world.tell(&market, "contact.created", &person, 1).await;
        webhooks.relay(&market, at.now).await.unwrap();
        assert_eq!(webhooks.deliver_due(&market, at.now).await.unwrap().delivered, 1);
        assert_eq!(official.next(), format!("verified {message} contact.created"));

        // With two new ones, the library's is out.
        webhooks.rotate(&market, id, 3, &today(world.at())).await.unwrap();
        let at = today(world.at());
        webhooks.test(&market, id, &at).await.unwrap();
        assert_eq!(webhooks.deliver_due(&market, at.now).await.unwrap().again, 1);
        assert_eq!(official.next(), "refused: No matching signature found");

        // Signed ten minutes ago.
        let mut early = today(world.at());
        early.now -= jiff::SignedDuration::from_mins(10);
        webhooks.test(&market, id, &early).await.unwrap();
        assert_eq!(webhooks.deliver_due(&market, early.now).await.unwrap().again, 1);
        assert_eq!(official.next(), "refused: Message timestamp too old");
    })
    .await;
}
