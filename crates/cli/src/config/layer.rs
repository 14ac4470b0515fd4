//! What one source of the configuration says.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use serde::Deserialize;

use super::{LogFormat, SecondFactor};
use crate::exit::{Failure, Outcome};

/// What one source says; also the keys of the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Address and port to serve on; port 0 takes a free one. Default `127.0.0.1:4780`.
    pub listen: Option<SocketAddr>,
    /// Directory of the embedded databases. Default: the platform's data directory.
    pub data: Option<PathBuf>,
    /// `postgres://...` to keep the hub in PostgreSQL instead of `data`.
    pub database_url: Option<String>,
    /// File that holds the database URL, so that its password stays out of arguments and environment.
    pub database_url_file: Option<PathBuf>,
    /// File with the URLs of read replicas of that PostgreSQL, one per line, for figures over many markets.
    pub database_replicas_file: Option<PathBuf>,
    /// File with the key that wraps all others. Default: `keys/hub.key` in `data`, made at the first start.
    pub key_file: Option<PathBuf>,
    /// Program (with arguments) of a key service that wraps instead: gets `wrap` or `unwrap`, bytes on standard input.
    pub key_program: Option<String>,
    /// Most markets whose databases are open at the same time. Default 50.
    pub markets_open_max: Option<usize>,
    /// Folder for backups of markets that pages and API ask for. Default: `backups` in `data`.
    pub backups: Option<PathBuf>,
    /// `redis://...` that the nodes of one hub share budgets and leases through. Default: one node.
    pub redis_url: Option<String>,
    /// File that holds the Redis URL, so that its password stays out of arguments and environment.
    pub redis_url_file: Option<PathBuf>,
    /// Hosts, or host:port, that outgoing requests may reach although their addresses are not public.
    pub egress_allow: Option<Vec<String>>,
    /// The only hosts, or host:port, that outgoing requests may reach. Default: any public one.
    pub egress_only: Option<Vec<String>>,
    /// Issuer address of an OpenID provider that people may sign in at.
    pub oidc_issuer: Option<String>,
    /// What that provider calls this hub.
    pub oidc_client_id: Option<String>,
    /// File with the hub's secret there; without one, PKCE alone.
    pub oidc_client_secret_file: Option<PathBuf>,
    /// Text of the button that leads there. Default `Single sign-on`.
    pub oidc_label: Option<String>,
    /// Where GoHighLevel's API is. Default: GoHighLevel itself; another address is for its emulator.
    pub ghl_base: Option<String>,
    /// GoHighLevel's page where an owner gives consent. Default: GoHighLevel's own; white-label agencies have another.
    pub ghl_consent: Option<String>,
    /// Client identifier of the hub's app in GoHighLevel's marketplace; without one, private integration tokens alone.
    pub ghl_client_id: Option<String>,
    /// File with the client secret of that app.
    pub ghl_client_secret_file: Option<PathBuf>,
    /// File (TOML) with the keys that GoHighLevel signs webhooks with. Default: those that it has published.
    pub ghl_webhook_keys_file: Option<PathBuf>,
    /// Seconds between two comparisons with GoHighLevel, 1 to 86 400. Default 900.
    pub ghl_reconcile_seconds: Option<u32>,
    /// `optional` or `required`: whether people get no further than their account without a second step of signing in.
    /// Default `optional`.
    pub second_factor: Option<SecondFactor>,
    /// Kafka servers (`host:port`, commas between them) that events of markets are handed to. Default: none.
    pub kafka_brokers: Option<String>,
    /// File with settings of the Kafka client, `name=value` per line: TLS, user, password.
    pub kafka_settings_file: Option<PathBuf>,
    /// Addresses, beside this machine's own, that may read `/metrics` without signing in.
    pub metrics_allow: Option<Vec<IpAddr>>,
    /// Address under which people reach the hub, for links. Default: the address it listens on.
    pub public_url: Option<String>,
    /// What is logged: `info`, or a filter such as `server=debug,warn`. Default `info`.
    pub log: Option<String>,
    /// `text` or `json`. Default `text`.
    pub log_format: Option<LogFormat>,
}

/// What the environment says; `get` gives the value of a variable that is set and not empty.
pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Outcome<Layer> {
    Ok(Layer {
        listen: parsed(&get, "EHUB_LISTEN", "an address and a port, such as 127.0.0.1:4780")?,
        data: get("EHUB_DATA").map(PathBuf::from),
        database_url: get("EHUB_DATABASE_URL"),
        database_url_file: get("EHUB_DATABASE_URL_FILE").map(PathBuf::from),
        database_replicas_file: get("EHUB_DATABASE_REPLICAS_FILE").map(PathBuf::from),
        key_file: get("EHUB_KEY_FILE").map(PathBuf::from),
        key_program: get("EHUB_KEY_PROGRAM"),
        backups: get("EHUB_BACKUPS").map(PathBuf::from),
        markets_open_max: parsed(&get, "EHUB_MARKETS_OPEN_MAX", "a number of markets, such as 50")?,
        redis_url: get("EHUB_REDIS_URL"),
        redis_url_file: get("EHUB_REDIS_URL_FILE").map(PathBuf::from),
        egress_allow: get("EHUB_EGRESS_ALLOW").map(listed),
        egress_only: get("EHUB_EGRESS_ONLY").map(listed),
        oidc_issuer: get("EHUB_OIDC_ISSUER"),
        oidc_client_id: get("EHUB_OIDC_CLIENT_ID"),
        oidc_client_secret_file: get("EHUB_OIDC_CLIENT_SECRET_FILE").map(PathBuf::from),
        oidc_label: get("EHUB_OIDC_LABEL"),
        ghl_base: get("EHUB_GHL_BASE"),
        ghl_consent: get("EHUB_GHL_CONSENT"),
        ghl_client_id: get("EHUB_GHL_CLIENT_ID"),
        ghl_client_secret_file: get("EHUB_GHL_CLIENT_SECRET_FILE").map(PathBuf::from),
        ghl_webhook_keys_file: get("EHUB_GHL_WEBHOOK_KEYS_FILE").map(PathBuf::from),
        ghl_reconcile_seconds: parsed(
            &get,
            "EHUB_GHL_RECONCILE_SECONDS",
            "a number of seconds, such as 900",
        )?,
        kafka_brokers: get("EHUB_KAFKA_BROKERS"),
        kafka_settings_file: get("EHUB_KAFKA_SETTINGS_FILE").map(PathBuf::from),
        metrics_allow: get("EHUB_METRICS_ALLOW")
            .map(|text| {
                let all = listed(text.clone()).iter().map(|one| one.parse()).collect::<Result<_, _>>();
                all.map_err(|_| {
                    misunderstood(
                        "EHUB_METRICS_ALLOW",
                        &text,
                        "a list of addresses, such as 10.0.0.7,10.0.0.8",
                    )
                })
            })
            .transpose()?,
        public_url: get("EHUB_PUBLIC_URL"),
        log: get("EHUB_LOG"),
        log_format: match get("EHUB_LOG_FORMAT").as_deref() {
            None => None,
            Some("text") => Some(LogFormat::Text),
            Some("json") => Some(LogFormat::Json),
            Some(other) => return Err(misunderstood("EHUB_LOG_FORMAT", other, "text or json")),
        },
        second_factor: match get("EHUB_SECOND_FACTOR").as_deref() {
            None => None,
            Some("optional") => Some(SecondFactor::Optional),
            Some("required") => Some(SecondFactor::Required),
            Some(other) => return Err(misunderstood("EHUB_SECOND_FACTOR", other, "optional or required")),
        },
    })
}

/// The members of a list with commas.
fn listed(text: String) -> Vec<String> {
    text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

fn parsed<T: std::str::FromStr>(
    get: impl Fn(&str) -> Option<String>,
    name: &str,
    wanted: &str,
) -> Outcome<Option<T>> {
    get(name).map(|text| text.parse().map_err(|_| misunderstood(name, &text, wanted))).transpose()
}

fn misunderstood(name: &str, value: &str, wanted: &str) -> Failure {
    Failure::new(format_args!("{name} is `{value}`, which is not {wanted}"))
        .advise(format_args!("unset {name} or correct it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_cannot_be_understood_is_named() {
        for (variable, value) in [
            ("EHUB_LISTEN", "localhost"),
            ("EHUB_METRICS_ALLOW", "10.0.0.7,nobody"),
            ("EHUB_MARKETS_OPEN_MAX", "all"),
            ("EHUB_SECOND_FACTOR", "yes"),
            ("EHUB_GHL_RECONCILE_SECONDS", "often"),
        ] {
            let get = |name: &str| (name == variable).then(|| value.to_owned());
            let failure = from_environment(get).expect_err(variable);
            assert!(failure.to_string().contains(&format!("{variable} is `{value}`")), "{failure}");
        }
    }

    #[test]
    fn a_list_has_commas() {
        let get = |name: &str| (name == "EHUB_EGRESS_ALLOW").then(|| "crm.internal, [::1]:8080,".to_owned());
        let layer = from_environment(get).expect("valid");
        assert_eq!(layer.egress_allow, Some(vec!["crm.internal".to_owned(), "[::1]:8080".to_owned()]));
    }
}
