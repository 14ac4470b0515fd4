//! What a person may do, and whether they come in.

use clap::Args;
use directory::{Email, User};
use kernel::{HubRole, HubRoleError, MarketId, MarketName, MarketRole};

use super::by_email;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    market,
    output::Output,
    sure::Sure,
};

pub const ROLE: &str = "\
Examples:
  ehub user role ana@example.org operator
  ehub user role ana@example.org none";

pub const GRANT: &str = "\
Examples:
  ehub user grant ana@example.org --market alpha --role owner
  ehub user grant sam@example.org --market alpha --role agent       sees the contacts assigned to them";

pub const REVOKE: &str = "\
Examples:
  ehub user revoke ana@example.org --market alpha";

pub const DISABLE: &str = "\
Examples:
  ehub user disable ana@example.org";

pub const ENABLE: &str = "\
Examples:
  ehub user enable ana@example.org";

pub const END_SESSIONS: &str = "\
Examples:
  ehub user end-sessions ana@example.org";

pub const RESET: &str = "\
Examples:
  ehub user reset-second-factor ana@example.org --yes

Make sure that it is the person who asks: by a call, or in the same room. It is noted in the audit chain.";

pub const ERASE: &str = "\
Examples:
  ehub user erase ana@example.org --yes";

/// A role of the hub, or none.
#[derive(Clone, Copy, Debug)]
pub struct Role(Option<HubRole>);

impl std::str::FromStr for Role {
    type Err = HubRoleError;

    fn from_str(text: &str) -> Result<Self, HubRoleError> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|role| Self(Some(role))) }
    }
}

#[derive(Debug, Args)]
pub struct RoleArgs {
    /// Whose
    email: Email,
    /// operator, growth, auditor or none
    role: Role,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub struct GrantArgs {
    /// Who
    email: Email,
    /// In which market
    #[arg(long, value_name = "NAME")]
    market: MarketName,
    /// As what: owner, manager, analyst, agent or viewer
    #[arg(long)]
    role: MarketRole,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// Who
    email: Email,
    /// From which market
    #[arg(long, value_name = "NAME")]
    market: MarketName,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub struct OneArgs {
    /// Who
    email: Email,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub struct SureArgs {
    /// Who
    email: Email,
    #[command(flatten)]
    sure: Sure,
    #[command(flatten)]
    store: StoreArgs,
}

async fn opened(email: &Email, store: &StoreArgs) -> Outcome<(Hub, User)> {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let user = by_email(&hub, email).await?;
    Ok((hub, user))
}

async fn markets_of(hub: &Hub, user: &User) -> Outcome<Vec<MarketId>> {
    let memberships = hub.directory.memberships(user.id).await;
    let memberships = memberships.during(format_args!("read the markets of {}", user.email))?;
    Ok(memberships.into_iter().map(|membership| membership.market).collect())
}

pub async fn role(args: &RoleArgs, out: &Output) -> Outcome {
    let (hub, user) = opened(&args.email, &args.store).await?;
    let changed = hub
        .directory
        .update_user(user.id, &user.name, args.role.0, &clock::moment()?)
        .await
        .during(format_args!("change the role of {}", user.email))?;
    let role = changed.hub_role.map_or("without a role in the hub", HubRole::label);
    out.say(format_args!("{} is {} now", user.email, role.to_lowercase()));
    hub.close().await;
    Ok(Status::Done)
}

pub async fn grant(args: &GrantArgs, out: &Output) -> Outcome {
    let (hub, user) = opened(&args.email, &args.store).await?;
    let market = market::record(&hub, &args.market).await?;
    hub.directory
        .put_member(user.id, market.id, args.role, &clock::moment()?)
        .await
        .during(format_args!("let {} into {}", user.email, market.name))?;
    hub.settle_agent(user.id, &[market.id], &clock::moment()?).await;
    out.say(format_args!("{} is {} of {} now", user.email, args.role.id(), market.name));
    hub.close().await;
    Ok(Status::Done)
}

pub async fn revoke(args: &RevokeArgs, out: &Output) -> Outcome {
    let (hub, user) = opened(&args.email, &args.store).await?;
    let market = market::record(&hub, &args.market).await?;
    let was = hub
        .directory
        .remove_member(user.id, market.id, &clock::moment()?)
        .await
        .during(format_args!("take {} out of {}", user.email, market.name))?;
    hub.settle_agent(user.id, &[market.id], &clock::moment()?).await;
    match was {
        Some(_) => out.say(format_args!("{} has no access to {} any more", user.email, market.name)),
        None => out.say(format_args!("{} had no access to {}", user.email, market.name)),
    }
    hub.close().await;
    Ok(Status::Done)
}

pub async fn disable(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, user) = opened(&args.email, &args.store).await?;
    let markets = markets_of(&hub, &user).await?;
    hub.directory
        .disable_user(user.id, &clock::moment()?)
        .await
        .during(format_args!("disable {}", user.email))?;
    hub.settle_agent(user.id, &markets, &clock::moment()?).await;
    out.say(format_args!("{} cannot come in any more; sessions, links and keys have ended", user.email));
    hub.close().await;
    Ok(Status::Done)
}

pub async fn enable(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, user) = opened(&args.email, &args.store).await?;
    hub.directory
        .enable_user(user.id, &clock::moment()?)
        .await
        .during(format_args!("enable {}", user.email))?;
    out.say(format_args!("{} may sign in again; next: ehub sign-in-link --email {}", user.email, user.email));
    hub.close().await;
    Ok(Status::Done)
}

pub async fn end_sessions(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, user) = opened(&args.email, &args.store).await?;
    let ended = hub
        .directory
        .revoke_sessions(user.id, None, &clock::moment()?)
        .await
        .during(format_args!("end the sessions of {}", user.email))?;
    out.say(format_args!("{ended} sessions of {} have ended", user.email));
    hub.close().await;
    Ok(Status::Done)
}

pub async fn reset_second_factor(args: &SureArgs, out: &Output) -> Outcome {
    args.sure.that(format_args!("{} can sign in without the second factor from then on", args.email))?;
    let (hub, user) = opened(&args.email, &args.store).await?;
    let had = hub
        .directory
        .remove_second_factor(user.id, &clock::moment()?)
        .await
        .during(format_args!("remove the second factor of {}", user.email))?;
    match had {
        true => out.say(format_args!("{} has no second factor any more", user.email)),
        false => out.say(format_args!("{} had no second factor", user.email)),
    }
    hub.close().await;
    Ok(Status::Done)
}

pub async fn erase(args: &SureArgs, out: &Output) -> Outcome {
    args.sure.that(format_args!("name and address of {} cannot be brought back", args.email))?;
    let (hub, user) = opened(&args.email, &args.store).await?;
    let markets = markets_of(&hub, &user).await?;
    hub.directory.erase_user(user.id, &clock::moment()?).await.during("erase the user")?;
    hub.settle_agent(user.id, &markets, &clock::moment()?).await;
    out.say(format_args!("erased; what they did is kept under user:{}", user.id));
    hub.close().await;
    Ok(Status::Done)
}
