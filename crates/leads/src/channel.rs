use std::fmt;

use serde::{Deserialize, Serialize};

/// How somebody is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Text messages, also with pictures.
    Sms,
    /// Calls and voicemail drops.
    Voice,
    /// E-mail.
    Email,
    /// WhatsApp.
    WhatsApp,
    /// Messages on Facebook and Instagram.
    Messenger,
    /// Messages of a business profile on Google.
    GoogleBusiness,
    /// Chat on a web site.
    Chat,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 7] = [
        Self::Sms,
        Self::Voice,
        Self::Email,
        Self::WhatsApp,
        Self::Messenger,
        Self::GoogleBusiness,
        Self::Chat,
    ];

    /// Whether it reaches a telephone number: what the Telephone Consumer Protection Act is about.
    pub fn is_telephone(self) -> bool {
        matches!(self, Self::Sms | Self::Voice | Self::WhatsApp)
    }

    /// Whether messages come from a number or an address, by which people are known; elsewhere it is a name of the platform.
    pub(crate) fn has_address(self) -> bool {
        self.is_telephone() || self == Self::Email
    }

    /// Channels that the same address answers for: somebody who says `STOP` in one means all of these. A
    /// revocation of consent holds for calls and texts alike, however it was sent (47 CFR 64.1200(a)(10)).
    pub fn siblings(self) -> &'static [Self] {
        match self {
            Self::Sms | Self::Voice | Self::WhatsApp => &[Self::Sms, Self::Voice, Self::WhatsApp],
            Self::Email => &[Self::Email],
            Self::Messenger => &[Self::Messenger],
            Self::GoogleBusiness => &[Self::GoogleBusiness],
            Self::Chat => &[Self::Chat],
        }
    }

    /// As it is written in data.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Email => "email",
            Self::WhatsApp => "whats_app",
            Self::Messenger => "messenger",
            Self::GoogleBusiness => "google_business",
            Self::Chat => "chat",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sms => "text message",
            Self::Voice => "call",
            Self::Email => "e-mail",
            Self::WhatsApp => "WhatsApp message",
            Self::Messenger => "Messenger message",
            Self::GoogleBusiness => "Google business message",
            Self::Chat => "chat message",
        })
    }
}
