//! What goes wrong, on demand: rules that name a class of fault, where it strikes and how often.
//!
//! The classes are numbered; [`CLASSES`] says what each of them does.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{chance::Chance, clock::written};

/// A class of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// Its number.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// Where it strikes.
    pub strikes: Strikes,
    /// What happens.
    pub about: &'static str,
}

/// Where a class of faults strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strikes {
    /// A request to the API.
    Request,
    /// An event on its way to the webhook.
    Event,
    /// Neither by itself: see the admin addresses.
    World,
}

const fn class(number: u8, name: &'static str, strikes: Strikes, about: &'static str) -> Class {
    Class { number, name, strikes, about }
}

/// Every class there is, by its number.
pub const CLASSES: [Class; 40] = [
    class(1, "burst", Strikes::Request, "the ten-second budget is used up: 429 until it is over"),
    class(
        2,
        "day-limit",
        Strikes::Request,
        "the day's budget is used up: 429 with nothing left until the reset, in `seconds` if given",
    ),
    class(3, "expired-token", Strikes::Request, "the access token ends now: 401 Invalid JWT"),
    class(
        4,
        "refresh-race",
        Strikes::Request,
        "the access token ends, and somebody else has used its refresh token",
    ),
    class(
        5,
        "refresh-dead",
        Strikes::Request,
        "tokens and refresh tokens of the location are revoked; variant `company`: the agency's too",
    ),
    class(
        6,
        "missing-scope",
        Strikes::Request,
        "401 not authorized for this scope; variant `withdraw`: the scope is gone for good",
    ),
    class(7, "gateway-401", Strikes::Request, "401 whose body says that a command timed out"),
    class(8, "e01", Strikes::Request, "401 E01, which means a missing parameter"),
    class(9, "wrong-location", Strikes::Request, "403 the token does not have access to this location"),
    class(10, "forbidden-resource", Strikes::Request, "403 Forbidden resource"),
    class(11, "version-gone", Strikes::Request, "400 not available in this API version; `v3` still answers"),
    class(12, "location-inactive", Strikes::Request, "the location is suspended until it is resumed"),
    class(
        13,
        "unknown-property",
        Strikes::Request,
        "422 property X should not exist, for `field` or the last optional one",
    ),
    class(14, "bad-value", Strikes::Request, "422 for `field`, or phone or email"),
    class(15, "duplicate", Strikes::Request, "somebody else has just created the same: 400 with its id"),
    class(
        16,
        "entity-gone",
        Strikes::Request,
        "the contact was deleted; variant `merged`: merged into another with its address and number",
    ),
    class(17, "stage-gone", Strikes::Request, "the pipelines were rebuilt: same names, other ids"),
    class(
        18,
        "workflow-gone",
        Strikes::Request,
        "the workflow was deleted; on appointments: the calendar was unpublished",
    ),
    class(19, "slot-taken", Strikes::Request, "somebody else has just booked the slot"),
    class(
        20,
        "server-error",
        Strikes::Request,
        "variant: a status (503), `hang` for `seconds` (30), or `cut`; with `after`, the effect took place",
    ),
    class(
        21,
        "post-in-doubt",
        Strikes::Request,
        "as server-error, on requests that create; by default the effect took place",
    ),
    class(
        22,
        "dropped-field",
        Strikes::Request,
        "200, and `field` (or tags, custom fields, ..) was not written; bulk: one item failed",
    ),
    class(23, "html", Strikes::Request, "502 with a page of HTML"),
    class(
        24,
        "drift",
        Strikes::Request,
        "variant `enum`: an unknown word, `type`: a number became a text, `field`: a new member",
    ),
    class(
        25,
        "bad-signature",
        Strikes::Event,
        "the signature does not fit; variant `missing`: there is none",
    ),
    class(26, "duplicate-event", Strikes::Event, "the same event twice, with the same webhookId"),
    class(27, "late-event", Strikes::Event, "the event comes `seconds` (30) late, after younger ones"),
    class(28, "lost-event", Strikes::Event, "the event is never sent"),
    class(
        29,
        "storm",
        Strikes::Event,
        "`times` (50) further events of the same entity, each with its own webhookId",
    ),
    class(30, "poison-event", Strikes::Event, "a further, signed event whose members have the wrong types"),
    class(
        31,
        "echo",
        Strikes::World,
        "nothing to inject: what the API writes comes back as events by itself",
    ),
    class(
        32,
        "install-first",
        Strikes::World,
        "POST /__emulator/install: INSTALL is sent before the code can be exchanged",
    ),
    class(33, "uninstall", Strikes::World, "POST /__emulator/uninstall"),
    class(
        34,
        "outage",
        Strikes::Request,
        "everything answers with a status (503) for `seconds` (60) from the first request on",
    ),
    class(35, "sms-unreachable", Strikes::Request, "the SMS fails with `code` (30003)"),
    class(36, "sms-opt-out", Strikes::Request, "the SMS fails with `code` (30004) and DND becomes permanent"),
    class(37, "sms-blocked", Strikes::Request, "the SMS fails with `code` (30007)"),
    class(38, "sms-capped", Strikes::Request, "the SMS fails with `code` (30023)"),
    class(39, "clock-skew", Strikes::Event, "the event's timestamp is `seconds` (3600) wrong"),
    class(40, "private-token-ends", Strikes::Request, "the private token was rotated: it dies in seven days"),
];

/// What to inject.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Number of the class in [`CLASSES`].
    pub class: u8,
    /// Which form of it, where there are several.
    #[serde(default)]
    pub variant: Option<String>,
    /// Which operations (`POST /contacts/upsert`) or events (`ContactCreate`); `*` stands for any text.
    #[serde(default)]
    pub operation: Option<String>,
    /// Only in this location.
    #[serde(default)]
    pub location_id: Option<String>,
    /// How often at most; 0: without end; default: once.
    #[serde(default)]
    pub count: Option<u64>,
    /// How likely each time, 0 to 1; default: 1.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Whether the effect takes place before the fault shows.
    #[serde(default)]
    pub after: Option<bool>,
    /// Seconds, as the class says.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// How many, as the class says.
    #[serde(default)]
    pub times: Option<u32>,
    /// The field that it is about.
    #[serde(default)]
    pub field: Option<String>,
    /// A carrier's code.
    #[serde(default)]
    pub code: Option<String>,
}

impl Rule {
    /// Once, wherever the class can strike.
    pub fn once(class: u8) -> Self {
        Self { class, ..Self::default() }
    }

    /// The form asked for, or this one.
    pub(super) fn variant_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.variant.as_deref().unwrap_or(default)
    }

    /// Whether the fault shows after the effect.
    pub(super) fn is_after(&self) -> bool {
        self.after.unwrap_or(self.class == 21)
    }
}

/// A rule that is in force.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Standing {
    /// Its number.
    pub id: u64,
    /// What it says.
    pub rule: Rule,
    /// How often it struck.
    pub struck: u64,
    #[serde(skip)]
    began: Option<Timestamp>,
}

/// A fault that struck.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Struck {
    /// Counts from 1.
    pub number: u64,
    /// The rule.
    pub rule: u64,
    /// Its class.
    pub class: u8,
    /// When.
    pub at: String,
    /// The operation or event.
    pub operation: String,
    /// Where.
    pub location_id: Option<String>,
    /// The trace id of the answer, or the webhookId.
    pub trace: String,
}

/// Rules and what came of them.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Rules in force, oldest first.
    pub standing: Vec<Standing>,
    /// Faults that struck.
    pub struck: Vec<Struck>,
    rules_made: u64,
}

/// What a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occasion<'a> {
    /// The operation or event.
    pub name: &'a str,
    /// Where.
    pub location: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
    /// Trace id or webhookId.
    pub trace: &'a str,
}

impl Faults {
    /// Puts a rule in force; its number.
    ///
    /// # Errors
    /// When there is no such class.
    pub fn add(&mut self, rule: Rule) -> Result<u64, String> {
        if !CLASSES.iter().any(|class| class.number == rule.class) {
            return Err(format!("there is no class {}: 1 to {}", rule.class, CLASSES.len()));
        }
        self.rules_made += 1;
        self.standing.push(Standing { id: self.rules_made, rule, struck: 0, began: None });
        Ok(self.rules_made)
    }

    /// The first rule that strikes here, among those that `able` says can.
    pub fn draw(
        &mut self,
        strikes: Strikes,
        occasion: Occasion<'_>,
        chance: &mut Chance,
        able: impl Fn(&Rule) -> bool,
    ) -> Option<Rule> {
        for standing in &mut self.standing {
            let rule = &standing.rule;
            let class = CLASSES.iter().find(|class| class.number == rule.class)?;
            let timed = rule.class == 34;
            let spent = match (timed, standing.began) {
                (true, Some(began)) => {
                    occasion.now.duration_since(began).as_secs() >= i64::from(rule.seconds.unwrap_or(60))
                }
                (true, None) => false,
                (false, _) => rule.count != Some(0) && standing.struck >= rule.count.unwrap_or(1),
            };
            let here = class.strikes == strikes
                && rule.operation.as_deref().is_none_or(|pattern| fits(pattern, occasion.name))
                && rule.location_id.as_deref().is_none_or(|wanted| Some(wanted) == occasion.location);
            if spent || !here || !able(rule) || chance.fraction() >= rule.probability.unwrap_or(1.0) {
                continue;
            }
            standing.struck += 1;
            standing.began.get_or_insert(occasion.now);
            let number = u64::try_from(self.struck.len()).unwrap_or(u64::MAX) + 1;
            self.struck.push(Struck {
                number,
                rule: standing.id,
                class: rule.class,
                at: written(occasion.now),
                operation: occasion.name.to_owned(),
                location_id: occasion.location.map(str::to_owned),
                trace: occasion.trace.to_owned(),
            });
            return Some(rule.clone());
        }
        None
    }
}

/// Whether `text` fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || text.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{CLASSES, Chance, Faults, Occasion, Rule, Strikes, fits};

    fn draw(faults: &mut Faults, name: &str, second: i64) -> Option<u8> {
        let now = Timestamp::from_second(second).expect("a second");
        let occasion = Occasion { name, location: Some("l"), now, trace: "t" };
        faults.draw(Strikes::Request, occasion, &mut Chance::new(1), |_| true).map(|rule| rule.class)
    }

    #[test]
    fn classes_are_numbered_in_order() {
        assert!(CLASSES.iter().enumerate().all(|(at, class)| usize::from(class.number) == at + 1));
    }

    #[test]
    fn a_rule_strikes_as_often_as_it_says_and_where_it_says() {
        let mut faults = Faults::default();
        let rule =
            Rule { class: 1, operation: Some("POST /contacts*".into()), count: Some(2), ..Rule::default() };
        faults.add(rule).expect("there is such a class");
        assert_eq!(draw(&mut faults, "GET /contacts/", 0), None);
        let post = (0..3).map(|_| draw(&mut faults, "POST /contacts/upsert", 0)).collect::<Vec<_>>();
        assert_eq!(post, [Some(1), Some(1), None]);
        assert_eq!(faults.struck.len(), 2);
    }

    #[test]
    fn an_outage_lasts_its_seconds() {
        let mut faults = Faults::default();
        faults.add(Rule { seconds: Some(30), ..Rule::once(34) }).expect("there is such a class");
        let seen: Vec<_> = [0, 29, 30].iter().map(|second| draw(&mut faults, "GET /x", *second)).collect();
        assert_eq!(seen, [Some(34), Some(34), None]);
    }

    #[test]
    fn patterns_fit_as_expected() {
        assert!(fits("*", "anything") && fits("Contact*", "ContactCreate") && fits("a*c", "abc"));
        assert!(fits("*Create", "ContactCreate") && !fits("*Create", "CreateX") && !fits("a", "ab"));
    }
}
