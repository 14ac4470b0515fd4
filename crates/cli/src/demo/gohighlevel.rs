//! GoHighLevel beside the demo: emulated in the same process, and connected with one of its markets.

use std::net::{Ipv4Addr, SocketAddr};

use connect::{Site, ghl::tokens::Secret};
use directory::User;
use emulator::ghl::{Clock, Emulator, Options};
use kernel::{MarketName, Moment};
use serde_json::json;

use crate::{
    clock,
    config::Config,
    exit::{During, Failure, Outcome},
    hub::Hub,
};

/// The market that is connected.
const MARKET: &str = "summit";
/// Contacts that the office has.
const CONTACTS: usize = 60;
/// The same office at every start, so that the market knows it again.
const SEED: u64 = 7;

/// An emulated office.
pub struct Office {
    emulator: Emulator,
    location: String,
}

impl Office {
    /// Opens the office, which tells the hub at `hub_url` what happens in it, and has the configuration name it.
    pub async fn open(config: &mut Config, hub_url: &str) -> Outcome<Self> {
        let options = Options {
            contacts: CONTACTS,
            seed: SEED,
            webhook_url: Some(format!("{hub_url}/webhooks/ghl")),
            ..Options::default()
        };
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let emulator = Emulator::start(listen, options, Clock::following(clock::now))
            .await
            .during("emulate GoHighLevel")?;
        let connection = emulator.connection();
        let text = |name: &str| connection[name].as_str().unwrap_or_default().to_owned();
        let location = connection["locations"][0]["id"].as_str().unwrap_or_default().to_owned();
        let keys = config.data.value.join("gohighlevel-keys.txt");
        std::fs::write(&keys, text("webhookPublicKey")).during(format_args!("write {}", keys.display()))?;
        let site: Site = emulator.base().trim_start_matches("http://").parse().during("name the office")?;
        config.egress_allow.value.push(site);
        config.ghl_base.value = Some(emulator.base().to_owned());
        config.ghl_consent.value = Some(text("consent"));
        config.ghl_client_id.value = Some(text("clientId"));
        config.ghl_client_secret.value = Some(Secret::new(text("clientSecret")));
        config.ghl_webhook_keys_file.value = Some(keys);
        Ok(Self { emulator, location })
    }

    /// Where it is.
    pub fn base(&self) -> &str {
        self.emulator.base()
    }

    /// Gives consent in the place of the visitor.
    pub async fn connect(&self, hub: &Hub, visitor: &User) -> Outcome<()> {
        let at = Moment { actor: visitor.actor(), ..clock::moment()? };
        let name: MarketName = MARKET.parse().during("name the market")?;
        let market = hub.markets.enter(&name).await.during("enter the market")?;
        let consent = hub.gohighlevel.begin_install(&market, visitor.id, &at).await;
        let consent = consent.during("ask GoHighLevel for consent")?;
        let asked = |name: &str| {
            let query = consent.split_once('?').map_or("", |(_, query)| query);
            url_pairs(query).find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
        };
        let wanted = json!({ "locationId": self.location, "redirectUri": asked("redirect_uri") });
        let (status, answer) = self.emulator.admin("POST", "install", &wanted);
        let code = answer["code"]
            .as_str()
            .ok_or_else(|| Failure::new(format_args!("the emulator gives no consent: {status} {answer}")))?;
        let installed = hub.gohighlevel.finish_install(&asked("state"), code, visitor.id, &at).await;
        installed.during("connect the market with GoHighLevel")?;
        Ok(())
    }
}

fn url_pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    form_urlencoded::parse(query.as_bytes()).into_owned()
}
