use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

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

    /// The PHC string of an acceptable new password.
    pub(crate) async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, PasswordError> {
        if password.chars().count() < PASSWORD_CHARS_MIN {
            return Err(PasswordError::TooShort);
        }
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordError::TooLong);
        }
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

fn hash(password: &str, salt: [u8; 16]) -> Result<String, PasswordError> {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| PasswordError::Hash(error.to_string()))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_and_recognised() {
        let passwords = Passwords::new();
        let stored = passwords.hash("correct horse battery", [7; 16]).await.expect("hashes");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify("correct horse battery", Some(stored.clone())).await.expect("checks"));
        assert!(!passwords.verify("correct horse batterY", Some(stored)).await.expect("checks"));
        assert!(!passwords.verify("correct horse battery", None).await.expect("checks"));
    }

    #[tokio::test]
    async fn too_short_and_too_long_are_refused() {
        let passwords = Passwords::new();
        assert!(matches!(passwords.hash("elevenchars", [0; 16]).await, Err(PasswordError::TooShort)));
        assert!(matches!(passwords.hash(&"x".repeat(1025), [0; 16]).await, Err(PasswordError::TooLong)));
    }
}
