//! What people there do, and what goes wrong.

use std::collections::HashMap;

use connect::ghl::tokens::Secret;
use emulator::ghl::Rule;
use gohighlevel::Installed;
use markets::Market;
use serde_json::{Value, json};

use super::World;

impl World {
    /// A person gives consent for the market's location, or for the whole company.
    pub async fn consent(&self, is_company: bool) -> Installed {
        let (state, code) = self.consented(&self.market, is_company).await;
        self.bridge.finish_install(&state, &code, self.user(), &self.at()).await.unwrap()
    }

    /// What comes back in the address after consent: state and code.
    pub async fn consented(&self, market: &Market, is_company: bool) -> (String, String) {
        self.consented_for(market, &self.location, is_company).await
    }

    /// The same for another location.
    pub async fn consented_for(&self, market: &Market, location: &str, is_company: bool) -> (String, String) {
        let url = self.bridge.begin_install(market, self.user(), &self.at()).await.unwrap();
        let query: HashMap<String, String> =
            url::form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
        let body = json!({
            "locationId": location, "company": is_company, "redirectUri": query["redirect_uri"]
        });
        let (status, answer) = self.emulated.admin("POST", "install", &body);
        assert_eq!(status, 201, "{answer}");
        (query["state"].clone(), answer["code"].as_str().unwrap().to_owned())
    }

    /// Connects the market by consent, and works off what that told.
    pub async fn connect(&self) {
        assert_eq!(self.consent(false).await.location.as_deref(), Some(&*self.location));
        self.settled().await;
    }

    /// A private integration token of the location.
    pub fn private_token(&self) -> Secret {
        let body = json!({ "locationId": self.location, "private": true });
        let (_, answer) = self.emulated.admin("POST", "tokens", &body);
        Secret::new(answer["access_token"].as_str().unwrap())
    }

    /// Connects by a private integration token.
    pub async fn connect_private(&self) {
        let token = self.private_token();
        self.bridge.use_private_token(&self.market, &self.location, token, &self.at()).await.unwrap();
    }

    pub fn strike(&self, rule: Rule) {
        self.emulated.inject(rule).unwrap();
    }

    /// Somebody in the office does this at a screen; what it answers.
    pub fn staff(&self, method: &str, path: &str, body: Value) -> Value {
        let call = json!({ "locationId": self.location, "method": method, "path": path, "body": body });
        let (status, answer) = self.emulated.admin("POST", "staff", &call);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// A contact is added there; its identifier.
    pub fn add_there(&self, fields: Value) -> String {
        let mut body = fields;
        body["locationId"] = json!(self.location);
        let answer = self.staff("POST", "/contacts/", body);
        answer["contact"]["id"].as_str().unwrap().to_owned()
    }

    /// Somebody writes to the office.
    pub fn writes(&self, contact: &str, channel: &str, text: &str) {
        let body =
            json!({ "locationId": self.location, "contactId": contact, "type": channel, "body": text });
        let (status, answer) = self.emulated.admin("POST", "inbound", &body);
        assert!(status < 300, "{answer}");
    }

    /// What is true of the location.
    pub fn truth(&self) -> Value {
        self.emulated.truth(Some(&self.location))["locations"][&self.location].take()
    }

    /// The identifiers of the contacts that are there.
    pub fn remote_contacts(&self) -> Vec<String> {
        let truth = self.truth();
        let here = truth["contacts"].as_object().unwrap().iter().filter(|(_, it)| it["gone"].is_null());
        here.map(|(id, _)| id.clone()).collect()
    }

    /// Some contact of the office.
    pub fn somebody(&self) -> String {
        self.truth()["contacts"].as_object().unwrap().keys().next().unwrap().clone()
    }

    /// How often an operation was asked.
    pub fn asked(&self, operation: &str) -> usize {
        let (mut count, mut after) = (0, 0);
        loop {
            let (_, page) = self.emulated.admin("GET", &format!("requests?after={after}"), &Value::Null);
            let rows = page["requests"].as_array().unwrap();
            count += rows.iter().filter(|row| row["operation"] == operation).count();
            after += rows.len();
            if rows.is_empty() {
                return count;
            }
        }
    }
}
