use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, Ulid};
use store::StoreError;

use super::{Directory, Visit, micros, sign_in};
use crate::{
    DirectoryError, Entry, PROOF_LIFETIME, SignInError, SignedIn, Token, User,
    oidc::{AuthorisationRequest, IdClaims, Identity, Returned},
    records,
    records::OpenRequest,
    trail,
};

/// How long a browser may stay at a provider.
pub const OIDC_REQUEST_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

#[boxed]
impl Directory {
    /// Begins a sign-in at the provider `issuer`, after which the browser goes to the local address `next`; with
    /// a user, it links an identity to them instead.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_oidc(
        &self,
        issuer: &str,
        next: &str,
        user_id: Option<Ulid>,
        now: Timestamp,
        entropy: [u8; 32],
    ) -> Result<AuthorisationRequest, StoreError> {
        let token = Token::from_entropy(entropy);
        let open = OpenRequest { issuer: issuer.to_owned(), next: next.to_owned(), user_id };
        let expires_at = sign_in::later(now, OIDC_REQUEST_LIFETIME);
        let mut tx = self.db.begin().await?;
        let fingerprint = Token::fingerprint(token.as_str());
        records::add_oidc_request(&mut tx, fingerprint, &open, micros(now), expires_at).await?;
        tx.commit().await?;
        Ok(AuthorisationRequest::new(token))
    }

    /// Uses up the request of a browser that came back: `token` is its cookie, `state` what the provider gave back.
    ///
    /// # Errors
    /// [`SignInError::RequestUnusable`] when the two do not belong together, a second time, or too late; or when
    /// the database fails.
    pub async fn take_oidc(&self, token: &str, state: &str, now: Timestamp) -> Result<Returned, SignInError> {
        if !crate::oidc::is_state(token, state) {
            return Err(SignInError::RequestUnusable);
        }
        let mut tx = self.db.begin().await?;
        let open = records::take_oidc_request(&mut tx, Token::fingerprint(token), now).await?;
        tx.commit().await?;
        let OpenRequest { issuer, next, user_id } = open.ok_or(SignInError::RequestUnusable)?;
        let (nonce, verifier) = (crate::oidc::nonce(token), crate::oidc::verifier(token));
        Ok(Returned { issuer, next, user_id, nonce, verifier })
    }

    /// Lets the user in for whom a believed ID token vouches: the one with this identity, or else the one who was
    /// invited under the e-mail that the provider has verified, whose identity it is from now on. Nobody is added.
    ///
    /// # Errors
    /// [`SignInError::NotInvited`], or when the database fails.
    pub async fn sign_in_with_oidc(
        &self,
        claims: &IdClaims,
        visit: &Visit,
        moment: &Moment,
        entropy: [u8; 32],
    ) -> Result<Entry, SignInError> {
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time(IDENTITIES).await?;
        let known = records::user_of_identity(&mut tx, &claims.issuer, &claims.subject).await?;
        let user = match (known, &claims.verified_email) {
            (Some(user), _) => user,
            (None, Some(email)) => {
                let invited = records::user_by_email(&mut tx, email).await?.filter(User::is_enabled);
                let invited = invited.ok_or(SignInError::NotInvited)?;
                let theirs = records::identities(&mut tx, invited.id).await?;
                // Somebody else at the provider has this address now: an address that was given anew is no proof.
                if theirs.iter().any(|identity| identity.issuer == claims.issuer) {
                    return Err(SignInError::NotInvited);
                }
                records::add_identity(&mut tx, &identity(claims, invited.id, moment)).await?;
                let detail = [("issuer", claims.issuer.clone())];
                trail::record(&mut tx, moment, "user.identity_linked", trail::user(invited.id), &detail);
                invited
            }
            (None, None) => return Err(SignInError::NotInvited),
        };
        if !user.is_enabled() {
            return Err(SignInError::NotInvited);
        }
        records::touch_identity(&mut tx, &claims.issuer, &claims.subject, moment.at()).await?;
        let entry = sign_in::enter(&mut tx, user, visit, moment.now, entropy).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Notes that the bearer of a session has just shown a provider again who they are.
    ///
    /// # Errors
    /// [`SignInError::NotInvited`] when the identity is not theirs, or the provider does not say that they signed
    /// in within [`PROOF_LIFETIME`]; or when the database fails.
    pub async fn prove_by_identity(
        &self,
        signed_in: &SignedIn,
        claims: &IdClaims,
        now: Timestamp,
    ) -> Result<(), SignInError> {
        let is_recent = claims.authenticated_at.is_some_and(|at| now.duration_since(at) <= PROOF_LIFETIME);
        let mut tx = self.db.begin().await?;
        let owner = records::user_of_identity(&mut tx, &claims.issuer, &claims.subject).await?;
        if !is_recent || owner.is_none_or(|owner| owner.id != signed_in.user.id) {
            return Err(SignInError::NotInvited);
        }
        records::prove_session(&mut tx, signed_in.session.id, micros(now)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The identities of a user at providers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities(&self, user_id: Ulid) -> Result<Vec<Identity>, StoreError> {
        records::identities(&self.db, user_id).await
    }

    /// Links the identity for which a believed ID token vouches to a user who is signed in and asked for it. The
    /// e-mail addresses need not agree.
    ///
    /// # Errors
    /// [`DirectoryError::IdentityTaken`], [`DirectoryError::UnknownUser`], or when the database fails.
    pub async fn link_identity(
        &self,
        user_id: Ulid,
        claims: &IdClaims,
        moment: &Moment,
    ) -> Result<Identity, DirectoryError> {
        let new = identity(claims, user_id, moment);
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time(IDENTITIES).await?;
        let user = records::user_by_id(&mut tx, user_id).await?;
        if user.is_none_or(|user| !user.is_enabled()) {
            return Err(DirectoryError::UnknownUser);
        }
        let theirs = records::identities(&mut tx, user_id).await?;
        if let Some(same) = theirs.iter().find(|one| one.issuer == new.issuer && one.subject == new.subject) {
            return Ok(same.clone());
        }
        records::add_identity(&mut tx, &new).await.map_err(|error| {
            if error.is_unique_violation() { DirectoryError::IdentityTaken } else { error.into() }
        })?;
        let detail = [("issuer", claims.issuer.clone())];
        trail::record(&mut tx, moment, "user.identity_linked", trail::user(user_id), &detail);
        tx.commit().await?;
        Ok(new)
    }

    /// Parts a user from their identity at a provider; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unlink_identity(
        &self,
        user_id: Ulid,
        issuer: &str,
        moment: &Moment,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let was_linked = records::delete_identity(&mut tx, user_id, issuer).await?;
        if was_linked {
            let detail = [("issuer", issuer.to_owned())];
            trail::record(&mut tx, moment, "user.identity_unlinked", trail::user(user_id), &detail);
        }
        tx.commit().await?;
        Ok(was_linked)
    }
}

/// The name under which linking is done one after the other.
const IDENTITIES: &str = "directory identities";

fn identity(claims: &IdClaims, user_id: Ulid, moment: &Moment) -> Identity {
    Identity {
        issuer: claims.issuer.clone(),
        subject: claims.subject.clone(),
        user_id,
        created_at: moment.at(),
        last_used_at: moment.at(),
    }
}
