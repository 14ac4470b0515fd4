//! What was given up is tried again when what stopped it is over: nobody has to go through a list.

use boxed::boxed;
use connect::ghl::fault::Class;
use jiff::SignedDuration;
use kernel::Moment;
use markets::Market;
use store::trail;

use crate::{GoHighLevel, GoHighLevelError, records::out::again};

/// How old a message may be that goes out without anybody having looked at it again.
const MESSAGE_FRESH: SignedDuration = SignedDuration::from_hours(24);

/// What waits until a connection, a scope or a location is good again.
const WAITING: [Class; 6] = [
    Class::RefreshDead,
    Class::RefreshLost,
    Class::ScopeMissing,
    Class::LocationInactive,
    Class::TokenExpired,
    Class::WrongLocation,
];

/// What stopped writes, and is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The location answers again, by a connection that is good.
    Reachable,
    /// Stages, workflows, calendars or fields there have other identifiers, or names of ours, than before.
    NamedAnew,
    /// This is another version of the program.
    Upgraded,
    /// A person saw to an incident of this class.
    SeenTo(u8),
}

impl Over {
    /// The classes of what died of it; none: whatever it died of.
    fn classes(self) -> Option<Vec<u8>> {
        let numbers = |classes: &[Class]| Some(classes.iter().map(|class| class.number()).collect());
        match self {
            Self::Reachable => numbers(&[
                Class::TokenExpired,
                Class::RefreshLost,
                Class::RefreshDead,
                Class::ScopeMissing,
                Class::GatewayAs401,
                Class::WrongLocation,
                Class::AgencyOnly,
                Class::LocationInactive,
                Class::Unavailable,
                Class::EffectUnknown,
                Class::NotJson,
            ]),
            Self::NamedAnew => numbers(&[
                Class::UnknownProperty,
                Class::StageGone,
                Class::WorkflowGone,
                Class::PartlyDropped,
            ]),
            Self::Upgraded => None,
            Self::SeenTo(class) => Some(vec![class]),
        }
    }

    /// For the trail.
    fn word(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::NamedAnew => "named_anew",
            Self::Upgraded => "upgraded",
            Self::SeenTo(_) => "seen_to",
        }
    }
}

#[boxed]
impl GoHighLevel {
    /// Tries again what was given up for what is over now; how many writes. What may be there already is looked for first,
    /// and messages are judged by the gate again. Enrolments are left to a person, and so are messages of another day.
    pub(crate) async fn try_again(
        &self,
        market: &Market,
        over: Over,
        at: &Moment,
    ) -> Result<u64, GoHighLevelError> {
        let since = at.at().checked_sub(MESSAGE_FRESH).unwrap_or(jiff::Timestamp::MIN);
        let mut tx = market.db().begin().await?;
        let revived = again::revive_of(&mut tx, over.classes().as_deref(), since, at.at()).await?;
        if revived > 0 {
            let subject = format!("market:{}", market.id());
            let entry = audit::NewEntry::new(at.now, &at.actor, "gohighlevel.writes-replayed", &subject);
            trail::append(&mut tx, entry.with("writes", revived).with("over", over.word()));
        }
        tx.commit().await?;
        Ok(revived)
    }

    /// Makes due at once what waits for a connection, a scope or a location that are good again, and tries again what was
    /// given up for them; how many writes.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn hasten_writes(&self, market: &Market, at: &Moment) -> Result<u64, GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        let hastened = again::hasten(&mut tx, &WAITING.map(Class::number), at.at()).await?;
        tx.commit().await?;
        Ok(hastened + self.try_again(market, Over::Reachable, at).await?)
    }
}
