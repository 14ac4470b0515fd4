//! A market's keys on their way to another hub: one file, sealed under a passphrase.

use zeroize::Zeroizing;

/// The passphrase of a key file; shown by nothing.
#[derive(Clone)]
pub struct Passphrase(pub(crate) Zeroizing<String>);

impl Passphrase {
    /// The passphrase without line ends around it, as it stands in a file.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim_matches(['\r', '\n']).to_owned()))
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Passphrase(..)")
    }
}
