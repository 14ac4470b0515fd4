//! The one place of the command line that reads the clock and the system's entropy; everything below
//! takes both as arguments.

use std::time::Instant;

use growth::Moment;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{Actor, Chance};
use ring::rand::{SecureRandom, SystemRandom};

use crate::exit::{Failure, Outcome};

/// The instant a command speaks of.
#[expect(clippy::disallowed_methods, reason = "the shell's clock module: time enters here as an argument")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Begins to measure how long something takes.
pub fn stopwatch() -> Instant {
    Instant::now()
}

/// The civil date of `now` in UTC, the zone that dates in files are read in.
pub fn today() -> Date {
    now().to_zoned(TimeZone::UTC).date()
}

/// Bytes from the operating system's random generator.
///
/// # Errors
/// When the operating system has none to give.
pub fn entropy<const N: usize>() -> Outcome<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::new("the operating system gives no random numbers"))?;
    Ok(bytes)
}

/// The operating system's random generator, to be handed to what makes keys.
///
/// # Panics
/// When asked while the operating system has no randomness to give: going on would make keys guessable.
pub fn chance() -> Chance {
    let random = SystemRandom::new();
    Chance::from_fn(move |bytes| {
        if random.fill(bytes).is_err() {
            panic!("the operating system gives no random numbers");
        }
    })
}

/// Who does what a command does, when, and the chance it may need.
///
/// # Errors
/// As [`entropy`].
pub fn moment() -> Outcome<Moment> {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let actor = Actor::new(format!("{} (shell)", user.as_deref().unwrap_or("somebody"))).known_as("shell");
    Ok(Moment { now: now(), actor, entropy: u128::from_le_bytes(entropy()?) })
}
