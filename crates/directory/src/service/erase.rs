use boxed::boxed;
use kernel::{Moment, Ulid};

use super::{Directory, OPERATORS, keep_an_operator, shut_out};
use crate::{DirectoryError, User, records, throttle, trail};

#[boxed]
impl Directory {
    /// Takes a user's name and e-mail away for good and shuts them out. Their identifier stays, so that trails and
    /// what they did keep a subject; passwords, second factors, identities at providers, memberships and saved
    /// views go. A second time changes nothing.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::LastOperator`], or when the database fails.
    pub async fn erase_user(&self, id: Ulid, moment: &Moment) -> Result<User, DirectoryError> {
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time(OPERATORS).await?;
        let before = records::user_by_id(&mut tx, id).await?.ok_or(DirectoryError::UnknownUser)?;
        if before.erased_at.is_some() {
            return Ok(before);
        }
        let after = User {
            email: format!("erased-{}@invalid", id.to_string().to_lowercase()).parse()?,
            name: "Erased user".to_owned(),
            hub_role: None,
            has_password: false,
            has_second_factor: false,
            disabled_at: before.disabled_at.or(Some(moment.at())),
            erased_at: Some(moment.at()),
            ..before.clone()
        };
        keep_an_operator(&mut tx, &after).await?;
        shut_out(&mut tx, id, moment).await?;
        records::update_user(&mut tx, &after).await?;
        records::set_password(&mut tx, id, None).await?;
        records::delete_factor(&mut tx, id).await?;
        records::delete_belongings(&mut tx, id).await?;
        records::forget_failures_of(&mut tx, throttle::email_subject(&before.email)).await?;
        for membership in records::memberships_of(&mut tx, id).await? {
            records::delete_membership(&mut tx, id, membership.market).await?;
            let detail =
                [("market", membership.market.to_string()), ("role", membership.role.id().to_owned())];
            trail::record(&mut tx, moment, "membership.ended", trail::user(id), &detail);
        }
        // The browsers' names are gone with the sessions.
        trail::record(&mut tx, moment, "user.erased", trail::user(id), &[]);
        tx.commit().await?;
        // The person is gone either way; that nothing is left in the log either must not wait for a reader of it.
        let _ = self.db.scrub(&["user_account"]).await;
        Ok(after)
    }
}
