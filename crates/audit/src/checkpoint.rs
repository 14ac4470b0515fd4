//! Checkpoints (<https://c2sp.org/tlog-checkpoint>): a signed note that says how many entries there are and
//! the root of their Merkle tree. Its first line, the origin, is the name of the key that signs.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Hash;
pub use crate::note::{NoteError, Signer, Verifier};

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose chain it is: `hub`, or a market's identifier.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// A checkpoint with its signatures: the text as it is stored, sent and kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    checkpoint: Checkpoint,
}

impl Note {
    /// Reads a note and believes nothing of it yet: [`Note::checkpoint`] is what it claims until
    /// [`Verifier::verify`] agreed.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let body = text.split("\n\n").next().unwrap_or_default();
        Ok(Self { text: text.to_owned(), checkpoint: read(&format!("{body}\n"))? })
    }

    /// The whole note.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

impl Signer {
    /// The signed checkpoint over the first `size` entries, whose tree has this root.
    pub fn checkpoint(&self, size: u64, root: Hash) -> Note {
        let checkpoint = Checkpoint { origin: self.verifier().name().to_owned(), size, root };
        let body = format!("{}\n{size}\n{}\n", checkpoint.origin, STANDARD.encode(root.as_bytes()));
        Note { text: self.sign(&body), checkpoint }
    }
}

impl Verifier {
    /// What the note says, when this key signed it for its own chain.
    ///
    /// # Errors
    /// When the note is not signed with this key, or is no checkpoint of its chain.
    pub fn verify(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let checkpoint = read(self.open(note)?)?;
        if checkpoint.origin != self.name() {
            return Err(NoteError::Checkpoint("its first line is not the name of the key"));
        }
        Ok(checkpoint)
    }
}

fn read(body: &str) -> Result<Checkpoint, NoteError> {
    let body =
        body.strip_suffix('\n').ok_or(NoteError::Checkpoint("its text does not end with a line feed"))?;
    let mut lines = body.split('\n');
    let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(NoteError::Checkpoint("it has fewer than three lines"));
    };
    if origin.is_empty() || lines.any(str::is_empty) {
        return Err(NoteError::Checkpoint("a line of it is empty"));
    }
    let digits = size.bytes().all(|digit| digit.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
    let size = size.parse().ok().filter(|_| digits);
    let root = STANDARD.decode(root).ok().and_then(|bytes| Hash::try_from(bytes.as_slice()).ok());
    Ok(Checkpoint {
        origin: origin.to_owned(),
        size: size.ok_or(NoteError::Checkpoint("its second line is no number of entries"))?,
        root: root.ok_or(NoteError::Checkpoint("its third line is no root hash in base 64"))?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer() -> Signer {
        Signer::from_seed("hub", &[7; 32]).expect("a key")
    }

    #[test]
    fn a_checkpoint_is_three_lines_and_a_signature() {
        let note = signer().checkpoint(12, Hash::ZERO);
        let lines: Vec<&str> = note.text().lines().collect();
        assert_eq!(lines[..4], ["hub", "12", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ""]);
        assert!(lines[4].starts_with("\u{2014} hub ") && lines.len() == 5);
        assert_eq!(signer().verifier().verify(note.text()).as_ref(), Ok(note.checkpoint()));
        assert_eq!(Note::parse(note.text()), Ok(note));
    }

    /// The first lines of the specification's example.
    #[test]
    fn a_published_checkpoint_is_read_with_its_extension_line() {
        let body =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nfuture\n";
        let read = read(body).expect("a checkpoint");
        assert_eq!((read.origin.as_str(), read.size), ("example.com/behind-the-sofa", 20_852_163));
    }

    #[test]
    fn texts_that_are_no_checkpoint_are_refused() {
        let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        for body in [
            "".to_owned(),
            "hub\n1\n".to_owned(),
            format!("hub\n01\n{root}\n"),
            format!("hub\n+1\n{root}\n"),
            format!("hub\n1\n{}\n", &root[1..]),
            format!("\n1\n{root}\n"),
            format!("hub\n18446744073709551616\n{root}\n"),
        ] {
            assert!(matches!(read(&body), Err(NoteError::Checkpoint(_))), "{body}");
        }
    }

    #[test]
    fn a_checkpoint_of_another_chain_is_refused_although_the_key_signed_it() {
        let body = "market\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
        let refused = Err(NoteError::Checkpoint("its first line is not the name of the key"));
        assert_eq!(signer().verifier().verify(&signer().sign(body)), refused);
    }

    proptest! {
        #[test]
        fn no_changed_bit_of_a_checkpoint_passes(size: u64, at: prop::sample::Index, bit in 0..8_u32) {
            let note = signer().checkpoint(size, Hash::of(&[b"x"]));
            let mut bytes = note.text().as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let passes = String::from_utf8(bytes).is_ok_and(|text| signer().verifier().verify(&text).is_ok());
            prop_assert!(!passes);
        }
    }
}
