//! A hub on an empty store, to look at pages while working on them:
//! `cargo run -p server --example preview -- 127.0.0.1:8901`. It forgets everything when it stops.

use hub::{Hub, HubConfig};
use server::{App, Clock, Config, Entropy, Parts};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8901".to_owned());
    let folder = tempfile::tempdir()?;
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let chance = kernel::Chance::from_fn({
        let entropy = entropy.clone();
        move |bytes| entropy.fill(bytes)
    });
    let hub = Hub::open(HubConfig::embedded(folder.path(), chance), clock.now()).await?;
    let listener = TcpListener::bind(&address).await?;
    let config = Config { public_url: format!("http://{}", listener.local_addr()?), ..Config::default() };
    let link = config.clone();
    let app = App::build(Parts { config, hub, clock, entropy }).await?;
    println!("{}", link.link(&app.operator_link("operator@localhost".parse()?, "Olive Operator").await?));
    server::serve(app, listener, async {
        // Without a signal handler the preview runs until it is killed.
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    Ok(())
}
