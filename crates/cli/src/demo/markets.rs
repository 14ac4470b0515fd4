//! The simulated operator's markets, and the people in them.

use std::collections::BTreeMap;

use directory::{NewUser, User};
use kernel::{Actor, Currency, HubRole, Locale, MarketName, MarketRole, Moment, Region, Vertical};
use markets::{NewMarket, ZoneName};
use serde::Deserialize;
use tabular::Hint;

use super::leads;
use crate::{
    clock,
    exit::{During, Failure, Outcome},
    hub::Hub,
};

const MARKETS: &str = include_str!("../../../../data/demo/markets.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    person: Vec<PersonPart>,
    market: Vec<MarketPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonPart {
    email: String,
    name: String,
    hub_role: Option<HubRole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketPart {
    name: MarketName,
    region: Region,
    time_zone: ZoneName,
    verticals: Vec<Vertical>,
    members: BTreeMap<String, MarketRole>,
}

/// Opens the markets and lets their people in; `visitor` owns all of them.
///
/// # Errors
/// When the store fails.
pub async fn open(hub: &Hub, visitor: &User) -> Outcome<()> {
    let told: Told = toml::from_str(MARKETS).during("read the demo's markets")?;
    let mut people: BTreeMap<String, User> = BTreeMap::new();
    for PersonPart { email, name, hub_role } in told.person {
        let new = NewUser { email: email.parse().during("read the demo's people")?, name, hub_role };
        let added = hub.directory.add_user(new, &moment()?).await.during("add the demo's people")?;
        people.insert(email, added);
    }
    let currency: Currency = "USD".parse().during("name the demo's currency")?;
    let locale: Locale = "en-US".parse().during("name the demo's language")?;
    for MarketPart { name, region, time_zone, verticals, members } in told.market {
        let doing = format!("open the demo's market {name}");
        let file = contacts(&name).ok_or_else(|| Failure::new(format_args!("{name} has no contacts")))?;
        let new = NewMarket { name, region, currency, locale: locale.clone(), time_zone, verticals };
        let record = hub.markets.create(new, &moment()?).await.during(&doing)?;
        let mut belonging = vec![(visitor, MarketRole::Owner)];
        for (email, role) in &members {
            let user = people.get(email).ok_or_else(|| Failure::new(format_args!("nobody is {email}")))?;
            belonging.push((user, *role));
        }
        let mut agents = BTreeMap::new();
        let team: Vec<_> = belonging.iter().map(|(user, role)| (user.id, *role)).collect();
        for (user, role) in belonging {
            if role == MarketRole::Agent {
                agents.insert(user.email.to_string(), user.id);
            }
            hub.directory.put_member(user.id, record.id, role, &moment()?).await.during(&doing)?;
        }
        let market = hub.markets.enter(&record.name).await.during(&doing)?;
        let taken = hub
            .contacts
            .import(&market, file.as_bytes(), &Hint::default(), &agents, false, &moment()?)
            .await
            .during(&doing)?;
        if let Some(rejected) = taken.rejected.first() {
            return Err(Failure::new(format_args!("cannot {doing}: row {} is no contact", rejected.row)));
        }
        leads::tell(hub, &market, &team).await?;
    }
    Ok(())
}

/// The contacts of a market.
fn contacts(market: &MarketName) -> Option<&'static str> {
    Some(match market.as_str() {
        "cascade" => include_str!("../../../../data/demo/contacts-cascade.csv"),
        "lagoon" => include_str!("../../../../data/demo/contacts-lagoon.csv"),
        "mesa" => include_str!("../../../../data/demo/contacts-mesa.csv"),
        "prairie" => include_str!("../../../../data/demo/contacts-prairie.csv"),
        "summit" => include_str!("../../../../data/demo/contacts-summit.csv"),
        "delta" => include_str!("../../../../data/demo/contacts-delta.csv"),
        _ => return None,
    })
}

/// What the demo does is said to be done by the demo.
pub(super) fn moment() -> Outcome<Moment> {
    Ok(Moment { actor: Actor::new("demo (simulated)"), ..clock::moment()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_somebody_and_figures_over_markets_have_enough_of_them() {
        let told: Told = toml::from_str(MARKETS).expect("valid");
        let known: Vec<&str> = told.person.iter().map(|person| person.email.as_str()).collect();
        let members = told.market.iter().flat_map(|market| market.members.keys());
        for email in members {
            assert!(known.contains(&email.as_str()), "{email}");
        }
        assert!(told.market.iter().all(|market| contacts(&market.name).is_some()));
        assert!(told.market.len() >= 5, "fewer markets are withheld");
        assert!(told.person.iter().all(|person| person.name.contains("simulated")));
    }
}
