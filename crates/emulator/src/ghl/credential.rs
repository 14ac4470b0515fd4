//! Tokens: what was granted to whom, single-use refresh tokens with their half minute of grace, private tokens.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::{chance::Chance, limits::Quota};

/// How long an access token lives: a second less than a day.
pub(super) const ACCESS_SECONDS: i64 = 86_399;
/// How long the same refresh gives the same pair.
const GRACE_SECONDS: i64 = 30;
/// How long an unused refresh token lives.
const REFRESH_DAYS: i64 = 365;
/// How long an authorisation code lives.
const CODE_SECONDS: i64 = 600;
/// How long a Private Integration Token outlives its rotation.
const ROTATED_PIT_DAYS: i64 = 7;

/// For whom a token speaks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// The agency.
    Company,
    /// One location.
    Location(String),
}

impl Holder {
    /// `Company` or `Location`, as GoHighLevel says.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Company => "Company",
            Self::Location(_) => "Location",
        }
    }

    /// The location's identifier.
    pub fn location(&self) -> Option<&str> {
        match self {
            Self::Company => None,
            Self::Location(id) => Some(id),
        }
    }
}

/// What an access token may.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// For whom.
    pub holder: Holder,
    /// What.
    pub scopes: BTreeSet<String>,
    /// Until when; `None`: it does not end by itself.
    pub ends: Option<Timestamp>,
    /// Whether it is a Private Integration Token.
    pub private: bool,
}

impl Token {
    /// Whose budget its requests are counted in.
    pub fn payer<'a>(&self, text: &'a str) -> &'a str {
        if self.private { text } else { "app" }
    }

    /// How much it may ask.
    pub fn quota(&self, app: Quota, private: Quota) -> Quota {
        if self.private { private } else { app }
    }
}

/// A pair that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// For whom.
    pub holder: Holder,
    /// What it may.
    pub scopes: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Refresh {
    holder: Holder,
    scopes: BTreeSet<String>,
    ends: Timestamp,
    used: Option<(Timestamp, Pair)>,
}

#[derive(Clone, Debug)]
struct Code {
    holder: Holder,
    scopes: BTreeSet<String>,
    redirect: String,
    ends: Timestamp,
}

/// Every token there is.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    access: HashMap<String, Token>,
    refresh: HashMap<String, Refresh>,
    codes: HashMap<String, Code>,
}

impl Credentials {
    /// An authorisation code, to be exchanged once.
    pub fn code(
        &mut self,
        chance: &mut Chance,
        holder: Holder,
        scopes: BTreeSet<String>,
        redirect: &str,
        now: Timestamp,
    ) -> String {
        let code = chance.token("");
        let ends = now + SignedDuration::from_secs(CODE_SECONDS);
        self.codes.insert(code.clone(), Code { holder, scopes, redirect: redirect.to_owned(), ends });
        code
    }

    /// Exchanges a code; `None` when it is unknown, used, too old, or was given to another address.
    pub fn exchange(
        &mut self,
        chance: &mut Chance,
        code: &str,
        redirect: Option<&str>,
        now: Timestamp,
    ) -> Option<Pair> {
        let code = self.codes.remove(code)?;
        let same_address = redirect.is_none_or(|redirect| redirect == code.redirect);
        (same_address && now < code.ends).then(|| self.issue(chance, code.holder, code.scopes, now))
    }

    /// A new pair.
    pub fn issue(
        &mut self,
        chance: &mut Chance,
        holder: Holder,
        scopes: BTreeSet<String>,
        now: Timestamp,
    ) -> Pair {
        let (access, refresh) = (chance.token("eyJhbGciOiJSUzI1NiJ9."), chance.token("eyJyZWZyZXNoIn0."));
        let pair = Pair { access, refresh, holder: holder.clone(), scopes: scopes.clone() };
        let ends = Some(now + SignedDuration::from_secs(ACCESS_SECONDS));
        let token = Token { holder: holder.clone(), scopes: scopes.clone(), ends, private: false };
        self.access.insert(pair.access.clone(), token);
        let ends = now + SignedDuration::from_hours(24 * REFRESH_DAYS);
        self.refresh.insert(pair.refresh.clone(), Refresh { holder, scopes, ends, used: None });
        pair
    }

    /// For whom a refresh token would speak.
    pub fn refreshes(&self, refresh: &str) -> Option<&Holder> {
        self.refresh.get(refresh).map(|refresh| &refresh.holder)
    }

    /// Uses a refresh token. Within half a minute the same one gives the same pair; later, nothing.
    pub fn refresh(&mut self, chance: &mut Chance, text: &str, now: Timestamp) -> Option<Pair> {
        let known = self.refresh.get(text)?.clone();
        if let Some((at, pair)) = known.used {
            let grace = now.duration_since(at) <= SignedDuration::from_secs(GRACE_SECONDS);
            return grace.then_some(pair);
        }
        if now >= known.ends {
            return None;
        }
        let pair = self.issue(chance, known.holder, known.scopes, now);
        if let Some(refresh) = self.refresh.get_mut(text) {
            refresh.used = Some((now, pair.clone()));
        }
        Some(pair)
    }

    /// Somebody else uses a refresh token, and the half minute passes: its holder comes too late.
    pub fn lose_race(&mut self, chance: &mut Chance, text: &str, now: Timestamp) {
        let _ = self.refresh(chance, text, now);
        if let Some(refresh) = self.refresh.get_mut(text)
            && let Some((at, _)) = &mut refresh.used
        {
            *at = now - SignedDuration::from_secs(GRACE_SECONDS + 1);
        }
    }

    /// As [`Credentials::lose_race`], for every unused refresh token of a holder.
    pub fn lose_all_races(&mut self, chance: &mut Chance, holder: &Holder, now: Timestamp) {
        let mut texts: Vec<String> = self
            .refresh
            .iter()
            .filter(|(_, refresh)| refresh.holder == *holder && refresh.used.is_none())
            .map(|(text, _)| text.clone())
            .collect();
        // The order of a map is nobody's seed.
        texts.sort();
        for text in texts {
            self.lose_race(chance, &text, now);
        }
    }

    /// A Private Integration Token.
    pub fn private(&mut self, chance: &mut Chance, holder: Holder, scopes: BTreeSet<String>) -> String {
        let text = format!("pit-{}", chance.uuid());
        self.access.insert(text.clone(), Token { holder, scopes, ends: None, private: true });
        text
    }

    /// A token that is still good.
    pub fn token(&self, text: &str, now: Timestamp) -> Option<&Token> {
        self.access.get(text).filter(|token| token.ends.is_none_or(|ends| now < ends))
    }

    /// Ends an access token now.
    pub fn expire(&mut self, text: &str, now: Timestamp) {
        if let Some(token) = self.access.get_mut(text).filter(|token| !token.private) {
            token.ends = Some(now);
        }
    }

    /// Rotates a private token: the old one dies silently after a week.
    pub fn rotate(&mut self, chance: &mut Chance, text: &str, now: Timestamp) -> Option<String> {
        let old = self.access.get_mut(text).filter(|token| token.private)?;
        old.ends = Some(now + SignedDuration::from_hours(24 * ROTATED_PIT_DAYS));
        let (holder, scopes) = (old.holder.clone(), old.scopes.clone());
        Some(self.private(chance, holder, scopes))
    }

    /// Takes a scope away from every token of a holder.
    pub fn withdraw_scope(&mut self, holder: &Holder, scope: &str) {
        for token in self.access.values_mut().filter(|token| token.holder == *holder) {
            token.scopes.remove(scope);
        }
        for refresh in self.refresh.values_mut().filter(|refresh| refresh.holder == *holder) {
            refresh.scopes.remove(scope);
        }
    }

    /// Ends every refresh token of a holder, and its access tokens unless they are to live on.
    pub fn revoke(&mut self, holder: &Holder, access_too: bool) {
        self.refresh.retain(|_, refresh| refresh.holder != *holder);
        if access_too {
            self.access.retain(|_, token| token.private || token.holder != *holder);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::{SignedDuration, Timestamp};

    use super::{Chance, Credentials, Holder, Pair};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn begun() -> (Credentials, Chance, Pair) {
        let (mut credentials, mut chance) = (Credentials::default(), Chance::new(1));
        let pair = credentials.issue(&mut chance, Holder::Company, BTreeSet::new(), at(0));
        (credentials, chance, pair)
    }

    #[test]
    fn a_refresh_token_works_once_and_for_half_a_minute_gives_the_same_pair() {
        let (mut credentials, mut chance, first) = begun();
        let second = credentials.refresh(&mut chance, &first.refresh, at(100)).expect("it is fresh");
        assert_ne!(second.refresh, first.refresh);
        assert_eq!(credentials.refresh(&mut chance, &first.refresh, at(130)), Some(second.clone()));
        assert_eq!(credentials.refresh(&mut chance, &first.refresh, at(131)), None);
        assert!(credentials.refresh(&mut chance, &second.refresh, at(131)).is_some());
    }

    #[test]
    fn an_access_token_lives_a_second_less_than_a_day() {
        let (credentials, _, pair) = begun();
        assert!(credentials.token(&pair.access, at(86_398)).is_some());
        assert!(credentials.token(&pair.access, at(86_399)).is_none());
    }

    #[test]
    fn a_code_is_exchanged_once_and_from_its_own_address() {
        let (mut credentials, mut chance, _) = begun();
        let mut code = || credentials.code(&mut chance, Holder::Company, BTreeSet::new(), "http://a/", at(0));
        let (one, two) = (code(), code());
        assert!(credentials.exchange(&mut chance, &one, Some("http://b/"), at(1)).is_none());
        assert!(credentials.exchange(&mut chance, &two, Some("http://a/"), at(1)).is_some());
        assert!(credentials.exchange(&mut chance, &two, Some("http://a/"), at(1)).is_none());
    }

    #[test]
    fn a_rotated_private_token_dies_after_a_week() {
        let (mut credentials, mut chance, _) = begun();
        let old = credentials.private(&mut chance, Holder::Location("l".into()), BTreeSet::new());
        let new = credentials.rotate(&mut chance, &old, at(0)).expect("it is private");
        let week = 7 * 86_400;
        assert!(credentials.token(&old, at(week - 1)).is_some());
        assert!(credentials.token(&old, at(week)).is_none());
        assert!(credentials.token(&new, at(week)).is_some());
    }
}
