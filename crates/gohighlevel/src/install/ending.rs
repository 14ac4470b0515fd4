use audit::NewEntry;
use boxed::boxed;
use connect::ghl::{events::Event, tokens::Account};
use jiff::Timestamp;
use kernel::Moment;
use markets::Market;
use store::trail;

use crate::{
    Connection, ConnectionState, GoHighLevel, GoHighLevelError,
    dead_letters::subject,
    records::{connection, places},
};

#[boxed]
impl GoHighLevel {
    /// Disconnects a market: its tokens are removed, what was learned stays.
    ///
    /// # Errors
    /// [`GoHighLevelError::NotConnected`], or when a database fails.
    pub async fn disconnect(&self, market: &Market, at: &Moment) -> Result<(), GoHighLevelError> {
        let connection = self.connected_to(market).await?;
        self.end(market, &connection, ConnectionState::Disconnected, at.at(), at).await
    }

    /// The app was taken out of the location there, at the time that the event says. One that comes after the app was let
    /// in again is history.
    pub(crate) async fn uninstalled(
        &self,
        market: &Market,
        event: &Event,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let Some(connection) = self.connection(market).await? else { return Ok(()) };
        if event.at.is_some_and(|removed| removed < connection.connected_at) {
            return Ok(());
        }
        if event.location.is_none()
            && let Some(company) = &event.company
        {
            let account = Account::Company(company.clone());
            self.0.vault.remove(&account).await?;
            self.0.ghl.keeper().forget(&account).await;
        }
        // It may be heard late, and that it was let in again since is judged by when that was.
        let since = event.at.map_or(at.at(), |removed| removed.min(at.at()));
        self.end(market, &connection, ConnectionState::Uninstalled, since, at).await
    }

    /// The app was let in again there, without anybody asking for it here: the company's tokens make new ones for the
    /// location, if they are here.
    pub(crate) async fn installed_again(
        &self,
        market: &Market,
        event: &Event,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let Some(last) = self.last_connection(market).await? else { return Ok(()) };
        if last.state == ConnectionState::Connected {
            // That it was taken out was not heard: tokens that were refused are worth another try now.
            self.0.ghl.keeper().revive(&last.account()).await;
            return Ok(());
        }
        // Who disconnected here connects here: the app may be let in there again for somebody else.
        if last.state != ConnectionState::Uninstalled || event.location.as_ref() != Some(&last.location) {
            return Ok(());
        }
        if event.at.is_some_and(|installed| installed < last.changed_at) {
            return Ok(());
        }
        let company = event.company.clone().or_else(|| last.company.clone());
        let company = company.ok_or(GoHighLevelError::NotConnected)?;
        self.connect_by_company(market, &company, &last.location, at).await.map(drop)
    }

    async fn end(
        &self,
        market: &Market,
        connection: &Connection,
        state: ConnectionState,
        since: Timestamp,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let location = &connection.location;
        // First nothing comes in, then nothing goes out, and then it is said.
        self.leave_place(market, location, at).await?;
        for account in [Account::Location(location.clone()), Account::Private(location.clone())] {
            self.0.vault.remove(&account).await?;
            self.0.ghl.keeper().forget(&account).await;
        }
        let mut tx = market.db().begin().await?;
        if connection::end(&mut tx, location, state, since).await? {
            let action = match state {
                ConnectionState::Uninstalled => "gohighlevel.uninstalled",
                ConnectionState::Connected | ConnectionState::Disconnected => "gohighlevel.disconnected",
            };
            let noted = NewEntry::new(at.at(), &at.actor, action, &subject(market));
            trail::append(&mut tx, noted.with("location", location));
        }
        tx.commit().await?;
        Ok(())
    }

    /// The location is not this market's any more, for webhooks.
    pub(super) async fn leave_place(
        &self,
        market: &Market,
        location: &str,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let mut tx = self.0.hub.begin().await?;
        places::leave(&mut tx, location, market.id(), at.at()).await?;
        tx.commit().await?;
        self.0.gate.forget_place(location);
        Ok(())
    }

    /// Brings up to date what the location says of itself.
    pub(crate) async fn look_again(&self, market: &Market, at: &Moment) -> Result<(), GoHighLevelError> {
        let Some(connection) = self.connection(market).await? else { return Ok(()) };
        let call = connect::ghl::locations::get(&connection.location);
        let how = connect::ghl::How::lane(connect::ghl::budget::Lane::Bulk);
        let told = self.0.ghl.perform(&connection.account(), &call, how).await?.value;
        let fresh = Connection {
            company: told.company.or_else(|| connection.company.clone()),
            name: told.name.or_else(|| connection.name.clone()),
            time_zone: told.timezone.or_else(|| connection.time_zone.clone()),
            ..connection.clone()
        };
        if fresh == connection {
            return Ok(());
        }
        let mut tx = market.db().begin().await?;
        let now = connection::last(&mut tx).await?;
        if now.as_ref() == Some(&connection) {
            connection::put(&mut tx, &Connection { changed_at: at.at(), ..fresh }).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
