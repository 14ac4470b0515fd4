//! Reads on a real replica: a second server that follows the first over streaming replication.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use store::{
    Db, MarketOptions, MarketPlace, Query, Schema, StoreError, jobs, postgres, schema::migrate_all,
    testing::POSTGRES_URL,
};

const ALL: &[&Schema] = &[&jobs::SCHEMA];

/// A running replica, gone when dropped.
struct Replica {
    server: Child,
    folder: PathBuf,
    port: u16,
}

impl Drop for Replica {
    fn drop(&mut self) {
        // Best effort: the test has said what it had to say.
        let _ = self.server.kill();
        let _ = self.server.wait();
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
        if let Some(pid) = pid.lines().next() {
            let _ = Command::new("kill").args(["-s", "QUIT", pid]).stderr(Stdio::null()).status();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder with PostgreSQL's programs, when they are installed as Debian does.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    versions.map(|version| version.path().join("bin")).find(|bin| bin.join("pg_basebackup").is_file())
}

/// `program`, as the user that PostgreSQL may run as.
fn unprivileged(program: &Path) -> Command {
    let id = Command::new("id").arg("-u").output().expect("id runs").stdout;
    if id.starts_with(b"0\n") {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

impl Replica {
    /// Copies the server of `primary` and follows it.
    fn of(bin: &Path, primary: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ehub-replica-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        #[cfg(unix)]
        std::os::unix::fs::chown(&folder, owner(), None).expect("the folder can be given away");
        let data = folder.join("data");
        let copy = unprivileged(&bin.join("pg_basebackup"))
            .args(["--dbname", primary, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync"])
            .arg("--pgdata")
            .arg(&data)
            .current_dir(&folder)
            .output()
            .expect("pg_basebackup runs");
        assert!(copy.status.success(), "{}", String::from_utf8_lossy(&copy.stderr));
        let port =
            TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
        let server = unprivileged(&bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-c", &format!("port={port}"), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "max_connections=300", "-c", "fsync=off"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres runs");
        Self { server, folder, port }
    }

    /// The URL with the replica's port.
    fn url(&self, primary: &str) -> String {
        let start = primary.find("://").expect("a URL") + 3;
        let end = primary[start..].find(['/', '?']).map_or(primary.len(), |at| start + at);
        let port = primary[start..end].rsplit_once(':').map_or(end, |(host, _)| start + host.len());
        format!("{}:{}{}", &primary[..port], self.port, &primary[end..])
    }
}

#[cfg(unix)]
fn owner() -> Option<u32> {
    let id = |user: &[&str]| {
        let output = Command::new("id").arg("-u").args(user).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    if id(&[]) == Some(0) { id(&["postgres"]) } else { None }
}

async fn rows(db: &Db) -> Result<i64, StoreError> {
    db.one(Query::new("SELECT COUNT(*) AS n FROM note")).await?.int("n")
}

#[tokio::test]
async fn reads_go_to_a_replica_while_it_keeps_up_and_to_the_primary_when_it_is_gone() {
    let (Ok(admin), Some(bin)) = (std::env::var(POSTGRES_URL), programs()) else {
        eprintln!("not tested: PostgreSQL and its programs are needed");
        return;
    };
    let name = format!("ehub_replica_{}", std::process::id());
    let password = "a-password_of-0123456789";
    let url = postgres::create_database(&admin, &name, &name, password, "template0").await.expect("is made");
    let replica = Replica::of(&bin, &admin);
    let place = MarketPlace::Postgres { url: url.clone(), pool_size: 3, replicas: vec![replica.url(&url)] };
    let db = Db::open_market(&place, &MarketOptions::default()).await.expect("opens");
    assert!(migrate_all(&db, ALL).await.is_complete());
    db.execute(Query::new("CREATE TABLE note (id BIGINT PRIMARY KEY)")).await.expect("makes a table");
    db.execute(Query::new("INSERT INTO note (id) VALUES (1)")).await.expect("writes");

    // The replica needs a moment to come up; a verdict on it is believed for a while.
    let deadline = Instant::now() + Duration::from_secs(60);
    let reads = loop {
        let reads = db.replica().await;
        let row = reads.one(Query::new("SELECT pg_is_in_recovery() AS replays")).await.expect("answers");
        if row.bool("replays").expect("a truth value") {
            break reads;
        }
        assert!(Instant::now() < deadline, "the replica is never used");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(rows(&reads).await.expect("reads"), 1);
    let refused = reads.execute(Query::new("INSERT INTO note (id) VALUES (2)")).await;
    assert!(refused.is_err(), "a replica took a write");
    db.execute(Query::new("INSERT INTO note (id) VALUES (2)")).await.expect("the primary takes it");
    let deadline = Instant::now() + Duration::from_secs(10);
    while rows(&reads).await.expect("reads") < 2 {
        assert!(Instant::now() < deadline, "the replica does not follow");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    drop(replica);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if rows(&db.replica().await).await.is_ok_and(|rows| rows == 2) {
            break;
        }
        assert!(Instant::now() < deadline, "reads do not come back to the primary");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    db.close().await;
    postgres::drop_database(&admin, &name, &name).await.expect("drops");
}
