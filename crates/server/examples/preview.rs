//! A hub on an empty store, to look at pages while working on them:
//! `cargo run -p server --example preview -- 127.0.0.1:8901`. It forgets everything when it stops.

use server::{App, Clock, Config, Entropy, Parts};
use store::Db;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8901".to_owned());
    let folder = tempfile::tempdir()?;
    let db = Db::sqlite(&folder.path().join("hub.db")).await?;
    let listener = TcpListener::bind(&address).await?;
    let config = Config { public_url: format!("http://{}", listener.local_addr()?), ..Config::default() };
    let link = config.clone();
    let app = App::build(Parts { config, db, clock: Clock::system(), entropy: Entropy::system() }).await?;
    println!("{}", link.link(&app.owner_link("owner@localhost".parse()?, "Olive Owner").await?));
    server::serve(app, listener, async {
        // Without a signal handler the preview runs until it is killed.
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    Ok(())
}
