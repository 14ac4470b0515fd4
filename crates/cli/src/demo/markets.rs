//! The simulated operator's markets, and the people in them.

use std::collections::BTreeMap;

use directory::{NewUser, User};
use kernel::{Actor, Currency, HubRole, Locale, MarketName, MarketRole, Moment, Region, Vertical};
use markets::{NewMarket, ZoneName};
use serde::Deserialize;

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
        let new = NewMarket { name, region, currency, locale: locale.clone(), time_zone, verticals };
        let record = hub.markets.create(new, &moment()?).await.during(&doing)?;
        let mut belonging = vec![(visitor, MarketRole::Owner)];
        for (email, role) in &members {
            let user = people.get(email).ok_or_else(|| Failure::new(format_args!("nobody is {email}")))?;
            belonging.push((user, *role));
        }
        for (user, role) in belonging {
            hub.directory.put_member(user.id, record.id, role, &moment()?).await.during(&doing)?;
        }
    }
    Ok(())
}

/// What the demo does is said to be done by the demo.
fn moment() -> Outcome<Moment> {
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
        assert!(told.market.len() >= 5, "fewer markets are withheld");
        assert!(told.person.iter().all(|person| person.name.contains("simulated")));
    }
}
