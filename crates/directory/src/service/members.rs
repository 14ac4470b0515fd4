use boxed::boxed;
use kernel::{MarketId, MarketRole, Moment, Ulid};
use store::{StoreError, Tx};

use super::{Directory, keys};
use crate::{DirectoryError, Member, Membership, records, trail};

/// The name under which changes that could take the last owner of a market away wait for each other.
const OWNERS: &str = "directory market owners";

#[boxed]
impl Directory {
    /// Everybody of a market, by e-mail; also those who are disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members(&self, market: MarketId) -> Result<Vec<Member>, StoreError> {
        records::members(&self.db, market).await
    }

    /// The markets of a user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn memberships(&self, user_id: Ulid) -> Result<Vec<Membership>, StoreError> {
        records::memberships_of(&self.db, user_id).await
    }

    /// Who belongs to which market, over all markets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_memberships(&self) -> Result<Vec<Membership>, StoreError> {
        records::all_memberships(&self.db).await
    }

    /// Makes a user belong to a market as `role`, or changes as what they belong. Only owners make keys: those of
    /// a user who is none any more end.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`] also for the disabled, [`DirectoryError::LastMarketOwner`], or when the
    /// database fails.
    pub async fn put_member(
        &self,
        user_id: Ulid,
        market: MarketId,
        role: MarketRole,
        moment: &Moment,
    ) -> Result<Membership, DirectoryError> {
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time(OWNERS).await?;
        let user = records::user_by_id(&mut tx, user_id).await?;
        if user.is_none_or(|user| !user.is_enabled()) {
            return Err(DirectoryError::UnknownUser);
        }
        let before = records::membership_of(&mut tx, user_id, market).await?;
        if let Some(same) = before.as_ref().filter(|before| before.role == role) {
            return Ok(same.clone());
        }
        if role != MarketRole::Owner {
            keep_an_owner(&mut tx, user_id, market).await?;
        }
        let created_at = before.as_ref().map_or(moment.at(), |before| before.created_at);
        let membership = Membership { user_id, market, role, created_at };
        records::put_membership(&mut tx, &membership).await?;
        if role != MarketRole::Owner {
            keys::revoke_made_by(&mut tx, user_id, moment, |scope| scope.market() == Some(market)).await?;
        }
        let action = if before.is_some() { "membership.changed" } else { "membership.granted" };
        let detail = [("market", market.to_string()), ("role", role.id().to_owned())];
        trail::record(&mut tx, moment, action, trail::user(user_id), &detail);
        tx.commit().await?;
        Ok(membership)
    }

    /// Ends a membership, and the keys of the market that its bearer made; what it was, if there was one.
    ///
    /// # Errors
    /// [`DirectoryError::LastMarketOwner`], or when the database fails.
    pub async fn remove_member(
        &self,
        user_id: Ulid,
        market: MarketId,
        moment: &Moment,
    ) -> Result<Option<Membership>, DirectoryError> {
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time(OWNERS).await?;
        let Some(before) = records::membership_of(&mut tx, user_id, market).await? else { return Ok(None) };
        keep_an_owner(&mut tx, user_id, market).await?;
        records::delete_membership(&mut tx, user_id, market).await?;
        keys::revoke_made_by(&mut tx, user_id, moment, |scope| scope.market() == Some(market)).await?;
        let detail = [("market", market.to_string()), ("role", before.role.id().to_owned())];
        trail::record(&mut tx, moment, "membership.ended", trail::user(user_id), &detail);
        tx.commit().await?;
        Ok(Some(before))
    }

    /// Ends every membership and key of a market that is gone; how many memberships.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_market(&self, market: MarketId, moment: &Moment) -> Result<u64, DirectoryError> {
        let mut tx = self.db.begin().await?;
        for key in records::keys(&mut tx, Some(market)).await? {
            keys::revoke(&mut tx, &key, moment).await?;
        }
        let ended = records::delete_memberships_in(&mut tx, market).await?;
        if ended > 0 {
            let detail = [("memberships", ended.to_string())];
            trail::record(
                &mut tx,
                moment,
                "membership.market_forgotten",
                format!("market:{market}"),
                &detail,
            );
        }
        tx.commit().await?;
        Ok(ended)
    }
}

/// Refuses to take the market's last owner who may come in.
async fn keep_an_owner(tx: &mut Tx, user_id: Ulid, market: MarketId) -> Result<(), DirectoryError> {
    let owners = records::owners(tx, market).await?;
    if owners == [user_id] { Err(DirectoryError::LastMarketOwner) } else { Ok(()) }
}
