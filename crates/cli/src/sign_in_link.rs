//! `ehub sign-in-link`: lets an existing user in once.

use clap::Args;
use directory::{Email, LINK_LIFETIME, User};
use kernel::HubRole;
use serde_json::json;

use crate::{
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    hub::{self, Hub},
    output::{Format, Output},
    user,
};

/// For whom.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SignInLinkArgs {
    /// E-mail of the user; the first operator unless given
    #[arg(long)]
    email: Option<Email>,
    /// Address under which the hub is reached [env: EHUB_PUBLIC_URL] [default: the address it listens on]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub sign-in-link
  ehub sign-in-link --email ana@example.org --public-url https://hub.example.org";

/// Makes the link and prints it.
pub fn run(args: &SignInLinkArgs, out: &Output) -> Outcome {
    let mut flags = args.store.layer();
    flags.public_url.clone_from(&args.public_url);
    let config = args.store.load(flags)?;
    let base = config.public_url.value.clone().unwrap_or_else(|| format!("http://{}", config.listen.value));
    hub::block_on(async {
        let hub = Hub::open(&config).await?;
        let user = chosen(&hub, args.email.as_ref()).await?;
        let link = hub.sign_in_link(&user, &base).await?;
        match out.format() {
            Format::Json => {
                let minutes = LINK_LIFETIME.as_mins();
                let json = json!({ "email": user.email, "link": link, "expires_in_minutes": minutes });
                out.data(format!("{json}\n").as_bytes())?;
            }
            Format::Table | Format::Csv => out.data(format!("{link}\n").as_bytes())?,
        }
        out.say(format_args!("signs {} in, once, within {} minutes", user.email, LINK_LIFETIME.as_mins()));
        Ok(Status::Done)
    })
}

async fn chosen(hub: &Hub, email: Option<&Email>) -> Outcome<User> {
    match email {
        Some(email) => user::by_email(hub, email).await,
        None => {
            let users = hub.directory.users().await.during("look the users up")?;
            users
                .into_iter()
                .find(|user| user.hub_role == Some(HubRole::Operator) && user.is_enabled())
                .ok_or_else(|| {
                    Failure::new("this hub has no operator yet")
                        .advise("`ehub user add you@example.org --role operator` adds one")
                })
        }
    }
}
