//! Signed notes (<https://c2sp.org/signed-note>): a text, an empty line, a line per signature.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    digest,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};

/// The signature type of ed25519.
const ED25519_TYPE: u8 = 1;
/// Bytes of a note at most: a checkpoint has a few hundred.
const NOTE_BYTES_MAX: usize = 64 * 1024;

/// Why a note or key is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// A key's name is empty or has spaces or `+`.
    #[error("a key's name has letters and signs, no spaces and no `+`: `{0}`")]
    Name(String),
    /// The seed gives no key.
    #[error("these 32 bytes give no ed25519 key")]
    Seed,
    /// The text names no public key.
    #[error("a public key is written NAME+8 hexadecimal digits+base 64, and the digits are its fingerprint")]
    Key,
    /// The text is no signed note.
    #[error("no signed note: {0}")]
    Form(&'static str),
    /// Nobody with the expected key signed the note.
    #[error("it is not signed with the key {0}")]
    Unsigned(String),
    /// A signature of the expected key is not valid for the text.
    #[error("its signature by {0} is not valid: the text or the signature was changed")]
    Signature(String),
    /// The note is signed and says something else than a checkpoint.
    #[error("no checkpoint: {0}")]
    Checkpoint(&'static str),
}

/// A public key with the name under which it signs.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    public: [u8; 32],
}

impl Verifier {
    /// The ed25519 key `public`, known as `name`.
    ///
    /// # Errors
    /// When the name has spaces or `+`, or is empty.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, NoteError> {
        let plain = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '+';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(NoteError::Name(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), public })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public
    }

    /// The first four bytes of SHA-256 over name, line feed, type and key: which key a signature is by.
    fn fingerprint(&self) -> [u8; 4] {
        let hashed = [self.name.as_bytes(), &[b'\n', ED25519_TYPE], &self.public].concat();
        let hash = digest::digest(&digest::SHA256, &hashed);
        let mut first = [0; 4];
        first.copy_from_slice(&hash.as_ref()[..4]);
        first
    }

    fn signed(&self, text: &str, signatures: &[Signature<'_>]) -> Result<(), NoteError> {
        let fingerprint = self.fingerprint();
        let own = |line: &&Signature<'_>| line.name == self.name && line.fingerprint == fingerprint;
        let line = signatures.iter().find(own).ok_or_else(|| NoteError::Unsigned(self.to_string()))?;
        UnparsedPublicKey::new(&ED25519, self.public)
            .verify(text.as_bytes(), &line.bytes)
            .map_err(|_| NoteError::Signature(self.to_string()))
    }

    /// The text of the note `note`, when this key signed it.
    ///
    /// # Errors
    /// When it is no note, or this key did not sign it.
    pub(crate) fn open<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        let (text, signatures) = parse(note)?;
        self.signed(text, &signatures)?;
        Ok(text)
    }
}

/// The form `NAME+fingerprint+base 64` of the specification.
impl fmt::Display for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fingerprint = u32::from_be_bytes(self.fingerprint());
        let key = STANDARD.encode([&[ED25519_TYPE][..], &self.public].concat());
        write!(out, "{}+{fingerprint:08x}+{key}", self.name)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::str::FromStr for Verifier {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let [ED25519_TYPE, public @ ..] = key.as_slice() else { return Err(NoteError::Key) };
        let verifier = Self::new(name, public.try_into().map_err(|_| NoteError::Key)?)?;
        // The fingerprint, and that nothing is written in a second way.
        if verifier.to_string() == text { Ok(verifier) } else { Err(NoteError::Key) }
    }
}

/// A secret key with the name under which it signs. Shown by nothing.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl Signer {
    /// The ed25519 key of these 32 secret random bytes (RFC 8032), known as `name`.
    ///
    /// # Errors
    /// When the name has spaces or `+`, or is empty.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Seed)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Seed)?;
        Ok(Self { pair, verifier: Verifier::new(name, public)? })
    }

    /// The public half.
    pub fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// The note that says `text`, which ends with a line feed.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let line = [&self.verifier.fingerprint()[..], signature.as_ref()].concat();
        format!("{text}\n\u{2014} {} {}\n", self.verifier.name, STANDARD.encode(line))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signer({})", self.verifier)
    }
}

struct Signature<'n> {
    name: &'n str,
    fingerprint: [u8; 4],
    bytes: Vec<u8>,
}

/// The text of a note with its last line feed, and the signatures after the last empty line.
fn parse(note: &str) -> Result<(&str, Vec<Signature<'_>>), NoteError> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteError::Form("it is too long"));
    }
    if note.chars().any(|letter| letter.is_control() && letter != '\n') {
        return Err(NoteError::Form("it has control characters"));
    }
    let split = note.rfind("\n\n").ok_or(NoteError::Form("no empty line before the signatures"))?;
    let (text, lines) = (&note[..=split], &note[split + 2..]);
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Form("the last line does not end"))?;
    let signatures = lines.split('\n').map(signature).collect::<Option<Vec<_>>>();
    Ok((text, signatures.ok_or(NoteError::Form("a line after the empty one is no signature"))?))
}

fn signature(line: &str) -> Option<Signature<'_>> {
    let (name, signed) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let decoded = STANDARD.decode(signed).ok()?;
    let (fingerprint, bytes) = decoded.split_at_checked(4)?;
    let named = !name.is_empty() && !name.contains('+') && !bytes.is_empty();
    named
        .then(|| Some(Signature { name, fingerprint: fingerprint.try_into().ok()?, bytes: bytes.to_vec() }))?
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SIGNATURE: &str =
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    fn peter() -> Signer {
        // The seed of the example's secret key, `PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+..`.
        let secret = STANDARD.decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").expect("base 64");
        Signer::from_seed("PeterNeumann", secret[1..].try_into().expect("32 bytes")).expect("a key")
    }

    /// The example of the Go package that the format comes from (golang.org/x/mod/sumdb/note).
    #[test]
    fn the_published_note_is_signed_and_opened_alike() {
        let note = format!("{TEXT}\n\u{2014} PeterNeumann {SIGNATURE}\n");
        assert_eq!(peter().sign(TEXT), note);
        assert_eq!(peter().verifier().to_string(), KEY);
        let verifier: Verifier = KEY.parse().expect("a key");
        assert_eq!(verifier.open(&note), Ok(TEXT));
    }

    /// RFC 8032, section 7.1, tests 1 to 3: secret seed and public key.
    #[test]
    fn seeds_give_the_published_keys() {
        for (seed, public) in [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            ),
        ] {
            let bytes = |hex: &str| *hex.parse::<crate::Hash>().expect("32 bytes").as_bytes();
            let signer = Signer::from_seed("rfc8032", &bytes(seed)).expect("a key");
            assert_eq!(*signer.verifier().public_key(), bytes(public));
        }
    }

    #[test]
    fn a_note_that_was_changed_or_signed_by_others_is_not_opened() {
        let note = peter().sign(TEXT);
        let verifier = peter().verifier();
        let changed = note.replace("answer", "solution");
        assert_eq!(verifier.open(&changed), Err(NoteError::Signature(KEY.to_owned())));
        let other = Signer::from_seed("PeterNeumann", &[1; 32]).expect("a key").verifier();
        assert_eq!(other.open(&note), Err(NoteError::Unsigned(other.to_string())));
        let renamed = note.replace("\u{2014} PeterNeumann", "\u{2014} Peter");
        assert_eq!(verifier.open(&renamed), Err(NoteError::Unsigned(KEY.to_owned())));
        for broken in ["", "text\n", "text\n\n", "text\n\n\u{2014} a b\n", &note[..note.len() - 1]] {
            assert!(matches!(verifier.open(broken), Err(NoteError::Form(_))), "{broken}");
        }
    }

    #[test]
    fn other_signatures_beside_ours_do_not_matter() {
        let note = peter().sign(TEXT);
        let witness = Signer::from_seed("witness", &[2; 32]).expect("a key").sign(TEXT);
        let both = format!("{note}{}", &witness[TEXT.len() + 1..]);
        assert_eq!(peter().verifier().open(&both), Ok(TEXT));
    }

    #[test]
    fn keys_have_one_writing() {
        for text in
            ["", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", &KEY[1..]]
        {
            assert_eq!(text.parse::<Verifier>(), Err(NoteError::Key), "{text}");
        }
        for name in ["", "a b", "a+b", "a\n"] {
            assert!(matches!(Verifier::new(name, [0; 32]), Err(NoteError::Name(_))), "{name}");
        }
        assert_eq!(format!("{:?}", peter()), format!("Signer({KEY})"));
    }
}
