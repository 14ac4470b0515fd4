//! `ehub config show`: every key, its value and who said it.

use clap::{Args, Subcommand};
use serde_json::{Map, json};

use super::{SecondFactor, StoreArgs};
use crate::{
    exit::{Outcome, Status},
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

/// What to do with the configuration.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ConfigArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub config show
  ehub config show --config /etc/enterprisehub/ehub.toml";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show every key, its value in force, and whether a flag, the environment, the file or nobody said it
    #[command(after_long_help = KEYS)]
    Show(StoreArgs),
}

const KEYS: &str = "\
Keys of the configuration file, and the variables that win over it:
  listen             EHUB_LISTEN             address and port to serve on; port 0 takes a free one
  data               EHUB_DATA               directory of the embedded databases
  database_url       EHUB_DATABASE_URL       postgres://... to use instead of the embedded databases
  database_url_file  EHUB_DATABASE_URL_FILE  file that holds that URL, so that its password is in no argument
  database_replicas_file  EHUB_DATABASE_REPLICAS_FILE  file with URLs of its read replicas, one per line
  key_file           EHUB_KEY_FILE           file with the key that wraps all others; keys/hub.key in data unless given
  key_program        EHUB_KEY_PROGRAM        program of a key service that wraps and unwraps instead
  backups            EHUB_BACKUPS            folder for backups of markets that pages and API ask for; backups in data unless given
  markets_open_max   EHUB_MARKETS_OPEN_MAX   most markets whose databases are open at the same time
  redis_url          EHUB_REDIS_URL          redis://... that the nodes of one hub share budgets and leases through
  redis_url_file     EHUB_REDIS_URL_FILE     file that holds that URL
  egress_allow       EHUB_EGRESS_ALLOW       hosts that requests may reach although their addresses are not public
  egress_only        EHUB_EGRESS_ONLY        the only hosts that requests may reach; any public one unless given
  oidc_issuer        EHUB_OIDC_ISSUER        OpenID provider that people may sign in at
  oidc_client_id     EHUB_OIDC_CLIENT_ID     what that provider calls this hub
  oidc_client_secret_file  EHUB_OIDC_CLIENT_SECRET_FILE  file with the hub's secret there
  oidc_label         EHUB_OIDC_LABEL         text of the button that leads there
  ghl_base           EHUB_GHL_BASE           where GoHighLevel's API is; GoHighLevel itself unless given
  ghl_consent        EHUB_GHL_CONSENT        GoHighLevel's page where an owner gives consent
  ghl_client_id      EHUB_GHL_CLIENT_ID      client identifier of the hub's app in GoHighLevel's marketplace
  ghl_client_secret_file  EHUB_GHL_CLIENT_SECRET_FILE  file with the secret of that app
  ghl_webhook_keys_file   EHUB_GHL_WEBHOOK_KEYS_FILE   file with keys that webhooks are signed with; the published ones unless given
  ghl_reconcile_seconds   EHUB_GHL_RECONCILE_SECONDS   seconds between two comparisons with GoHighLevel
  second_factor      EHUB_SECOND_FACTOR      optional, or required: nobody gets past their account without one
  kafka_brokers      EHUB_KAFKA_BROKERS      Kafka servers that events of markets are handed to (a build with Kafka)
  kafka_settings_file  EHUB_KAFKA_SETTINGS_FILE  file with settings of its client, name=value per line
  metrics_allow      EHUB_METRICS_ALLOW      addresses that may read /metrics without signing in
  public_url         EHUB_PUBLIC_URL         address under which people reach the hub, for links
  log                EHUB_LOG                what is logged: info, or a filter such as server=debug,warn
  log_format         EHUB_LOG_FORMAT         text or json

The file is --config FILE, else EHUB_CONFIG, else ehub.toml in the platform's configuration directory.

Examples:
  ehub config show
  ehub config show --config /etc/enterprisehub/ehub.toml --format json";

/// Runs the verb.
pub fn run(args: &ConfigArgs, out: &Output) -> Outcome {
    let Verb::Show(store) = &args.verb;
    let config = store.load(store.layer())?;
    let rows = [
        ("listen", config.listen.value.to_string(), config.listen.source),
        ("data", config.data.value.display().to_string(), config.data.source),
        (
            "database_url",
            config.database_url.value.as_deref().map(without_password).unwrap_or_default(),
            config.database_url.source,
        ),
        (
            "database_replicas",
            joined(config.database_replicas.value.iter().map(|url| without_password(url))),
            config.database_replicas.source,
        ),
        (
            "key_file",
            config.key_file.value.map(|file| file.display().to_string()).unwrap_or_default(),
            config.key_file.source,
        ),
        ("key_program", config.key_program.value.unwrap_or_default(), config.key_program.source),
        ("backups", config.backups.value.display().to_string(), config.backups.source),
        ("markets_open_max", config.markets_open_max.value.to_string(), config.markets_open_max.source),
        (
            "redis_url",
            config.redis_url.value.as_deref().map(without_password).unwrap_or_default(),
            config.redis_url.source,
        ),
        (
            "egress_allow",
            joined(config.egress_allow.value.iter().map(ToString::to_string)),
            config.egress_allow.source,
        ),
        (
            "egress_only",
            joined(config.egress_only.value.iter().map(ToString::to_string)),
            config.egress_only.source,
        ),
        ("oidc_issuer", config.oidc_issuer.value.unwrap_or_default(), config.oidc_issuer.source),
        ("oidc_client_id", config.oidc_client_id.value.unwrap_or_default(), config.oidc_client_id.source),
        (
            "oidc_client_secret",
            config.oidc_client_secret.value.map(|_| "***".to_owned()).unwrap_or_default(),
            config.oidc_client_secret.source,
        ),
        ("oidc_label", config.oidc_label.value, config.oidc_label.source),
        ("ghl_base", config.ghl_base.value.unwrap_or_default(), config.ghl_base.source),
        ("ghl_consent", config.ghl_consent.value.unwrap_or_default(), config.ghl_consent.source),
        ("ghl_client_id", config.ghl_client_id.value.unwrap_or_default(), config.ghl_client_id.source),
        (
            "ghl_client_secret",
            config.ghl_client_secret.value.map(|_| "***".to_owned()).unwrap_or_default(),
            config.ghl_client_secret.source,
        ),
        (
            "ghl_webhook_keys_file",
            config.ghl_webhook_keys_file.value.map(|file| file.display().to_string()).unwrap_or_default(),
            config.ghl_webhook_keys_file.source,
        ),
        (
            "ghl_reconcile_seconds",
            config.ghl_reconcile_seconds.value.to_string(),
            config.ghl_reconcile_seconds.source,
        ),
        (
            "second_factor",
            match config.second_factor.value {
                SecondFactor::Optional => "optional",
                SecondFactor::Required => "required",
            }
            .to_owned(),
            config.second_factor.source,
        ),
        ("kafka_brokers", config.kafka_brokers.value.unwrap_or_default(), config.kafka_brokers.source),
        (
            "kafka_settings_file",
            config.kafka_settings_file.value.map(|file| file.display().to_string()).unwrap_or_default(),
            config.kafka_settings_file.source,
        ),
        (
            "metrics_allow",
            joined(config.metrics_allow.value.iter().map(ToString::to_string)),
            config.metrics_allow.source,
        ),
        ("public_url", config.public_url.value.unwrap_or_default(), config.public_url.source),
        ("log", config.log.value, config.log.source),
        ("log_format", format!("{:?}", config.log_format.value).to_lowercase(), config.log_format.source),
    ];
    let mut table = Table::new(&[("key", Align::Left), ("value", Align::Left), ("source", Align::Left)]);
    let mut json = Map::new();
    for (key, value, source) in rows {
        json.insert(key.to_owned(), json!({ "value": value, "source": source.to_string() }));
        let shown = if value.is_empty() { Cell::none() } else { Cell::text(value) };
        table.row(vec![Cell::text(key), shown, Cell::text(source)]);
    }
    out.answer(&Answer { json, table })?;
    Ok(Status::Done)
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(", ")
}

/// The URL with its password, if any, replaced by stars.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(authority_end);
    match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{scheme}://{user}:***@{host}{tail}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://ehub:s3cr:t@db:5432/hub?x=1", "postgres://ehub:***@db:5432/hub?x=1"),
            ("postgres://ehub:p@ss@db/hub", "postgres://ehub:***@db/hub"),
            ("postgres://db/hub", "postgres://db/hub"),
            ("postgres://ehub@db/a:b@c", "postgres://ehub@db/a:b@c"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
