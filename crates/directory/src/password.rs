use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::User;

mod common;

/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password, in bytes: enough for any sentence, too little to keep the machine busy.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// Passwords hashed at the same time: each takes 19 MiB and a core for some tens of milliseconds.
const HASHES_AT_ONCE_MAX: usize = 2;

/// Why a password cannot be taken or checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// It is too easy to guess.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    /// It is too long.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// Many people have chosen it, or it repeats itself: it is among the first that are tried.
    #[error("this password is among the first that are tried: choose a few unrelated words instead")]
    Common,
    /// It is little more than the person's or the product's name.
    #[error(
        "this password is little more than your name, your e-mail or the product's name: add a few unrelated words"
    )]
    Personal,
    /// Hashing failed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

/// Argon2id with the parameters of OWASP's recommendation (19 MiB, 2 passes), a few at a time.
#[derive(Clone, Debug)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Passwords {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(HASHES_AT_ONCE_MAX)))
    }

    /// The PHC string of an acceptable new password of `user`.
    pub(crate) async fn hash(
        &self,
        password: &str,
        user: &User,
        salt: [u8; 16],
    ) -> Result<String, PasswordError> {
        acceptable(password, &[&user.name, user.email.as_str()])?;
        let password = password.to_owned();
        self.apart(move || hash(&password, salt)).await
    }

    /// Whether `password` belongs to `stored`. Without a stored one it takes as long and says no.
    pub(crate) async fn verify(&self, password: &str, stored: Option<String>) -> Result<bool, PasswordError> {
        let password: String = password.to_owned();
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        self.apart(move || {
            let Some(stored) = stored else {
                return hash(&password, [0; 16]).map(|_| false);
            };
            let parsed =
                PasswordHash::new(&stored).map_err(|error| PasswordError::Hash(error.to_string()))?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _turn = self.0.acquire().await.map_err(|error| PasswordError::Hash(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| PasswordError::Hash(error.to_string()))?
    }
}

/// Whether a password may be chosen, after ASVS 5.0 section 6.2: long enough, any characters, none asked for, not
/// among those that are tried first, not made of `context` (names, addresses) or of the product's name.
fn acceptable(password: &str, context: &[&str]) -> Result<(), PasswordError> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordError::TooShort);
    }
    if common::is_common(password) {
        return Err(PasswordError::Common);
    }
    if common::is_personal(password, context) {
        return Err(PasswordError::Personal);
    }
    Ok(())
}

fn hash(password: &str, salt: [u8; 16]) -> Result<String, PasswordError> {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| PasswordError::Hash(error.to_string()))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> User {
        User {
            id: kernel::Ulid::from_parts(1, 1),
            email: "ana.ortiz@example.com".parse().expect("an e-mail"),
            name: "Ana Ortiz".into(),
            hub_role: None,
            has_password: false,
            has_second_factor: false,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            disabled_at: None,
            erased_at: None,
        }
    }

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_and_recognised() {
        let passwords = Passwords::new();
        let stored = passwords.hash("correct horse battery", &ana(), [7; 16]).await.expect("hashes");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify("correct horse battery", Some(stored.clone())).await.expect("checks"));
        assert!(!passwords.verify("correct horse batterY", Some(stored)).await.expect("checks"));
        assert!(!passwords.verify("correct horse battery", None).await.expect("checks"));
    }

    #[test]
    fn any_characters_are_taken_and_length_is_all_that_is_asked_for() {
        let long = "seven otters with violet lamps read ".repeat(2) + "ok";
        assert!(long.len() > 64);
        for password in
            ["violet otter lamp", "правильнаялошадь", "🐎🔋 staple корень", "   w7#   otter ", long.as_str()]
        {
            assert!(acceptable(password, &["Ana Ortiz", "ana.ortiz@example.com"]).is_ok(), "{password}");
        }
    }

    #[test]
    fn what_is_tried_first_is_refused_with_the_reason() {
        let refused = |password: &str| {
            acceptable(password, &["Ana Ortiz", "ana.ortiz@example.com"]).expect_err(password).to_string()
        };
        assert!(refused("elevenchars").contains("at least 12"));
        assert!(refused(&"x".repeat(1025)).contains("at most 1024"));
        for password in [
            "qwertyqwerty",
            "QWERTYqwerty123!",
            "aaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "Mailcreated5240",
            "1234567890123",
        ] {
            assert!(refused(password).contains("first that are tried"), "{password}");
        }
        for password in ["EnterpriseHub1", "ana.ortiz@example.com", "OrtizOrtiz2026!", "AnaOrtiz-ehub"] {
            let reason = refused(password);
            assert!(reason.contains("name") || reason.contains("first"), "{password}: {reason}");
        }
    }
}
