use std::time::Duration;

use connect::ghl::{
    Options,
    oauth::App,
    signature::Keys,
    tokens::Waits,
    wire::{BASE, CONSENT},
};

/// The path that consent comes back to: below the hub's address, and to be entered in the app's settings at GoHighLevel.
/// It names nobody, since an app that is sold under another name may not.
pub const CALLBACK: &str = "/integrations/crm/callback";

/// What the bridge is opened with. [`Config::default`] is for GoHighLevel itself, without an app.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the API is.
    pub base: String,
    /// The page on which a person gives consent. White-label agencies have one of their own.
    pub consent: String,
    /// The marketplace app in whose name a hub asks; none where private integration tokens are all there is.
    pub app: Option<App>,
    /// The keys by which webhooks may be signed.
    pub webhook_keys: Keys,
    /// Where browsers reach this hub; without it nobody can be sent to give consent.
    pub public_url: Option<String>,
    /// Names this process in leases: unique, new at every start.
    pub node: String,
    /// Time between two comparisons with GoHighLevel.
    pub reconcile_every: Duration,
    /// The longest wait before a request is sent a second time; it doubles from then on.
    pub retry_base: Duration,
    /// Waits before it is looked whether something was created.
    pub read_back_waits: [Duration; 2],
    /// Waits before tokens are read again after somebody else renewed them.
    pub token_waits: Waits,
    /// The longest time for one attempt of a request.
    pub attempt_max: Duration,
    /// How long a worker may be silent before its events and writes are another one's.
    pub lease_for: Duration,
}

impl Default for Config {
    fn default() -> Self {
        let options = Options::default();
        Self {
            base: BASE.to_owned(),
            consent: CONSENT.to_owned(),
            app: None,
            webhook_keys: Keys::shipped(),
            public_url: None,
            node: "node".to_owned(),
            reconcile_every: Duration::from_secs(900),
            retry_base: options.retry_base,
            read_back_waits: options.read_back_waits,
            token_waits: options.token_waits,
            attempt_max: options.attempt_max,
            lease_for: Duration::from_secs(60),
        }
    }
}

impl Config {
    /// Where GoHighLevel sends a person back to after consent.
    pub fn redirect_uri(&self) -> Option<String> {
        self.public_url.as_ref().map(|url| format!("{}{CALLBACK}", url.trim_end_matches('/')))
    }

    /// What the client of GoHighLevel is made of.
    pub(crate) fn options(&self) -> Options {
        Options {
            base: self.base.trim_end_matches('/').to_owned(),
            app: self.app.clone(),
            token_waits: self.token_waits,
            read_back_waits: self.read_back_waits,
            retry_base: self.retry_base,
            attempt_max: self.attempt_max,
            ..Options::default()
        }
    }
}
