use std::time::Duration;

use super::{Action, Backup, Class};

/// A sender's day, after which messages go again; the ramp of new senders pauses as long.
const SENDER_DAY: Duration = Duration::from_secs(24 * 3600);

/// What an SMS error code of the carrier means. Codes are those of the provider behind GoHighLevel's phone system
/// (<https://www.twilio.com/docs/api/errors>).
pub fn of_sms_code(code: u32) -> Option<(Class, Action)> {
    Some(match code {
        // Unreachable, unknown or inactive destination, landline, not a mobile number.
        30003 | 30005 | 30006 | 21614 | 21635 => (Class::SmsUnreachable, Action::FailOver(Backup::Channel)),
        // Blocked by the recipient, opted out.
        30004 | 21610 => (Class::SmsOptOut, Action::SetDnd),
        // Suspended account, filtered, campaign suspended, not registered, toll-free unverified, invalid sender.
        30002 | 30007 | 30032 | 30033 | 30034 | 30037 => (Class::SmsBlocked, Action::StopSending),
        // The day's cap of the carrier.
        30023 => (Class::SmsCapped, Action::Reschedule { after: SENDER_DAY }),
        _ => return None,
    })
}

/// The first such code that a text names as a number of its own.
pub(super) fn find_code(text: &str) -> Option<(Class, Action)> {
    text.split(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| digits.len() == 5)
        .filter_map(|digits| digits.parse().ok())
        .find_map(of_sms_code)
}
