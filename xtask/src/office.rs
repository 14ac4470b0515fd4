//! GoHighLevel's emulator as a process: told what to do, asked for the truth.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::Ed25519KeyPair;
use serde_json::Value;

use crate::{
    command::{Companion, quiet},
    fault::{Doing, Fault},
    http, served, sign_in,
};

/// The first private key of RFC 8032, section 7.1, by which the emulator signs what it tells.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
    0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

/// Who owns the markets of a measurement.
const OWNER: &str = "owner@example.com";

/// A running emulator.
pub struct Office {
    process: Companion,
    /// Where it is: `http://127.0.0.1:PORT`.
    pub base: String,
    /// What it said first: how to connect.
    pub connection: Value,
}

impl Office {
    /// Starts one on a free port.
    pub fn start(program: &Path, locations: usize, contacts: usize) -> Result<Self, Fault> {
        let (locations, contacts) = (locations.to_string(), contacts.to_string());
        let words = ["emulate", "ghl", "--listen", "127.0.0.1:0", "--format", "json"];
        let mut command = served::ehub(program, &words, &[]);
        command.args(["--locations", &locations, "--contacts", &contacts]);
        let mut process = Companion::start(&command, None, "TERM")?;
        let deadline = Instant::now() + Duration::from_secs(60);
        let line = process
            .hear("how to connect", deadline, |line| line.starts_with('{').then(|| line.to_owned()))?;
        let connection: Value = serde_json::from_str(&line).doing("reading how to connect")?;
        let base = connection["base"]
            .as_str()
            .ok_or_else(|| Fault::new("the emulator tells no address"))?
            .to_owned();
        Ok(Self { process, base, connection })
    }

    /// Identifiers of its locations.
    pub fn locations(&self) -> Vec<String> {
        let listed = self.connection["locations"].as_array().into_iter().flatten();
        listed.filter_map(|location| location["id"].as_str().map(str::to_owned)).collect()
    }

    /// What it answers below `/__emulator/`.
    pub fn ask(&self, method: &str, what: &str, body: &Value) -> Result<Value, Fault> {
        let path = format!("/__emulator/{what}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer =
            http::request(&self.base, method, &path, &[("Content-Type", "application/json")], &body)?;
        if answer.status >= 300 {
            return Err(Fault::new(format!("{method} {path} answers {}: {}", answer.status, answer.body)));
        }
        serde_json::from_str(&answer.body).doing("reading the emulator's answer")
    }

    /// A private integration token of a location.
    pub fn private_token(&self, location: &str) -> Result<String, Fault> {
        let answer =
            self.ask("POST", "tokens", &serde_json::json!({ "locationId": location, "private": true }))?;
        let token = answer["access_token"].as_str().map(str::to_owned);
        token.ok_or_else(|| Fault::new("the emulator gives no private token"))
    }

    /// The public key of its webhooks: SubjectPublicKeyInfo in base64.
    pub fn public_key(&self) -> String {
        let public = self.connection["webhookPublicKey"].as_str().unwrap_or_default();
        public.lines().filter(|line| !line.starts_with("-----")).collect()
    }

    /// A list of signing keys with the emulator's in it, as a hub reads it.
    pub fn signing_keys(&self) -> String {
        let public = self.public_key();
        format!("[[key]]\nname = \"emulator\"\npublic = \"{public}\"\nsource = \"RFC 8032, 7.1\"\n")
    }

    /// A person connects a market of the hub with a location: consent at GoHighLevel, and back with a code.
    pub fn consent(&self, hub: &str, session: &str, market: &str, location: &str) -> Result<(), Fault> {
        let begun = http::request(
            hub,
            "GET",
            &format!("/m/{market}/gohighlevel/connect"),
            &[("Cookie", session)],
            "",
        )?;
        let to = begun.header("location").unwrap_or_default();
        let path = to.strip_prefix(&self.base).ok_or_else(|| {
            Fault::new(format!("{market}: connecting is answered {} and leads to `{to}`", begun.status))
        })?;
        let consented = http::request(&self.base, "GET", &format!("{path}&choose={location}"), &[], "")?;
        let back = consented.header("location").unwrap_or_default();
        let path = back.strip_prefix(hub).ok_or_else(|| Fault::new(format!("consent leads to `{back}`")))?;
        let ended = http::request(hub, "GET", path, &[("Cookie", session)], "")?;
        match ended.status {
            200..=399 => Ok(()),
            status => Err(Fault::new(format!("{market}: the code is answered {status}: {}", ended.body))),
        }
    }

    /// Asks it to end.
    pub fn stop(mut self) -> Result<(), Fault> {
        self.process.stop()
    }
}

/// The `x-ghl-signature` of a body, as the emulator would write it.
pub fn signature(body: &[u8]) -> Result<String, Fault> {
    let pair = Ed25519KeyPair::from_seed_unchecked(&SEED).map_err(|error| Fault::new(error.to_string()))?;
    Ok(STANDARD.encode(pair.sign(body)))
}

/// Arguments by which `ehub` takes the emulator for GoHighLevel, with its data in `folder`.
pub fn at(office: &Office, folder: &Path) -> Result<Vec<String>, Fault> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).doing("writing the hub's configuration")?;
        Ok::<_, Fault>(path.display().to_string())
    };
    let text = |name: &str| office.connection[name].as_str().unwrap_or_default();
    let keys = write("signing-keys.toml", &office.signing_keys())?;
    let secret = write("client-secret", text("clientSecret"))?;
    let lines = [
        ("data", folder.join("hub").display().to_string()),
        ("ghl_base", office.base.clone()),
        ("ghl_consent", text("consent").to_owned()),
        ("ghl_client_id", text("clientId").to_owned()),
        ("ghl_client_secret_file", secret),
        ("ghl_webhook_keys_file", keys),
    ];
    // What is lost is to be found while somebody looks on, not within a quarter of an hour.
    let seconds = "ghl_reconcile_seconds = 60\n";
    let mut config: String = lines.iter().map(|(key, value)| format!("{key} = {value:?}\n")).collect();
    config.push_str(seconds);
    config.push_str(&format!("egress_allow = [{:?}]\n", office.base.trim_start_matches("http://")));
    Ok(vec!["--config".to_owned(), write("ehub.toml", &config)?])
}

/// A person who owns these markets.
pub fn owner(program: &Path, markets: &[&str], at: &[String]) -> Result<(), Fault> {
    quiet(&mut served::ehub(program, &["user", "add", OWNER], at))?;
    for market in markets {
        let grant = ["user", "grant", OWNER, "--market", market, "--role", "owner"];
        quiet(&mut served::ehub(program, &grant, at))?;
    }
    Ok(())
}

/// Signs the owner in; the session as a `Cookie` header value.
pub fn session(program: &Path, at: &[String], base: &str) -> Result<String, Fault> {
    let words = ["sign-in-link", "--email", OWNER, "--public-url", base];
    let link = quiet(&mut served::ehub(program, &words, at))?;
    sign_in::follow(base, link.trim())
}
