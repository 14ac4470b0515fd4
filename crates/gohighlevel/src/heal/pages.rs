//! One page of a family, asked for.

use connect::ghl::events::Entity;
use connect::ghl::{
    Failure, How,
    budget::Lane,
    calendars,
    contacts::{self, Filter, Operator, Search, Sort},
    conversations::{self, Export},
    fault::Class,
    opportunities,
    wire::{Call, FromWire},
};
use jiff::{SignedDuration, Timestamp};
use markets::Market;
use serde_json::json;

use super::{
    Family, LANE, PATIENCE,
    mark::{Cursor, Mark, Pass},
};
use crate::{Connection, GoHighLevel, GoHighLevelError, records, road::Seen};

/// How far back appointments and messages are filled: what happened before tells little of today, and a model asks for
/// no more.
const HISTORY: SignedDuration = SignedDuration::from_hours(24 * 730);
/// How far ahead appointments are made.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How far back a reconciliation lists appointments.
const RECENT_BACK: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How far ahead a reconciliation lists appointments.
const RECENT_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 78);
/// Appointments of one calendar are asked for by so much time at once: a calendar that is always booked has some thousand in
/// a year.
const WINDOW: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Pages of opportunities in a reconciliation, the latest first: no filter says which changed.
const RECENT_PAGES: u32 = 20;
/// Who was in no list is asked for so many at a time.
const VERIFIED: u32 = 20;

/// What was listed.
#[derive(Default)]
pub(super) struct Page {
    /// The entities, and those found to be gone.
    pub seen: Vec<Seen>,
    /// Their identifiers there, with when they happen.
    pub listed: Vec<(String, Option<Timestamp>)>,
    /// How many there are in all, if it said so.
    pub total: Option<u64>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

impl GoHighLevel {
    /// The page at which `mark` stands.
    ///
    /// # Errors
    /// What is left of a failure there, or the market's database.
    pub(super) async fn page(
        &self,
        market: &Market,
        connection: &Connection,
        mark: &Mark,
    ) -> Result<Page, GoHighLevelError> {
        if let (Some(Pass::Verify), Cursor::Unlisted(after)) = (mark.pass, &mark.cursor) {
            return self.unlisted(market, connection, mark, after).await;
        }
        let began_at = mark.began_at.unwrap_or_else(|| self.now());
        Ok(match mark.family {
            Family::Contacts => self.contacts_page(connection, mark).await?,
            Family::Opportunities => self.opportunities_page(connection, mark).await?,
            Family::Appointments => self.appointments_page(connection, mark, began_at).await?,
            Family::Messages => self.messages_page(connection, mark, began_at).await?,
        })
    }

    pub(super) async fn asked<T: FromWire>(
        &self,
        connection: &Connection,
        call: &Call<T>,
    ) -> Result<T, Failure> {
        self.asked_in(LANE, connection, call).await
    }

    /// As the rest of the bridge asks, in `lane`, within [`PATIENCE`].
    pub(crate) async fn asked_in<T: FromWire>(
        &self,
        lane: Lane,
        connection: &Connection,
        call: &Call<T>,
    ) -> Result<T, Failure> {
        let how = How::lane(lane).within(PATIENCE);
        Ok(self.0.ghl.perform(&connection.account(), call, how).await?.value)
    }

    /// By the time they were added, so that whoever comes meanwhile comes last; what changed, by the time it did.
    async fn contacts_page(&self, connection: &Connection, mark: &Mark) -> Result<Page, Failure> {
        let field = if mark.from.is_some() { "dateUpdated" } else { "dateAdded" };
        let filters = mark.from.map(|from| Filter {
            field: field.to_owned(),
            operator: Operator::Range,
            value: Some(json!({ "gte": from.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string() })),
        });
        let search = Search {
            filters: filters.into_iter().collect(),
            sort: vec![Sort { field: field.to_owned(), is_descending: false }],
            after: match &mark.cursor {
                Cursor::Contact(after) => after.clone(),
                _ => Vec::new(),
            },
            ..Search::default()
        };
        let page = self.asked(connection, &contacts::search(&connection.location, &search)).await?;
        Ok(Page {
            next: page.next(search.limit).map(Cursor::Contact),
            total: page.total,
            listed: page.contacts.iter().map(|contact| (contact.id.clone(), None)).collect(),
            seen: page.contacts.into_iter().map(Seen::Contact).collect(),
        })
    }

    async fn opportunities_page(&self, connection: &Connection, mark: &Mark) -> Result<Page, Failure> {
        let (after, pages) = match &mark.cursor {
            Cursor::Opportunity { after, id, pages } => {
                (Some(opportunities::Cursor { after: after.clone(), id: id.clone() }), *pages)
            }
            _ => (None, 0),
        };
        let search = opportunities::Search { after, ..opportunities::Search::default() };
        let page = self.asked(connection, &opportunities::search(&connection.location, &search)).await?;
        let pages = pages + 1;
        let has_enough = mark.pass == Some(Pass::Reconcile) && pages >= RECENT_PAGES;
        // An opportunity that is deleted while it is the cursor sends a search back to its beginning.
        let is_lost = mark.total.is_some_and(|total| mark.seen > 2 * total + 1_000);
        let next = page.next.filter(|_| !has_enough && !is_lost);
        Ok(Page {
            next: next.map(|next| Cursor::Opportunity { after: next.after, id: next.id, pages }),
            total: page.total,
            listed: page.opportunities.iter().map(|one| (one.id.clone(), None)).collect(),
            seen: page.opportunities.into_iter().map(Seen::Opportunity).collect(),
        })
    }

    /// The newest first, until the pass began: what is written meanwhile moves nothing.
    async fn messages_page(
        &self,
        connection: &Connection,
        mark: &Mark,
        began_at: Timestamp,
    ) -> Result<Page, Failure> {
        let export = Export {
            from: Some(mark.from.unwrap_or_else(|| before(began_at, HISTORY))),
            until: Some(began_at),
            contact: None,
            cursor: match &mark.cursor {
                Cursor::Message(cursor) => Some(cursor.clone()),
                _ => None,
            },
        };
        let page = self.asked(connection, &conversations::export(&connection.location, &export)).await?;
        // A cursor that stays is no way on.
        let next = page.next.filter(|next| !page.messages.is_empty() && Some(next) != export.cursor.as_ref());
        Ok(Page {
            next: next.map(Cursor::Message),
            total: page.total,
            listed: page.messages.iter().map(|message| (message.id.clone(), message.at)).collect(),
            seen: page.messages.into_iter().map(Seen::Message).collect(),
        })
    }

    /// Calendar after calendar, window after window.
    async fn appointments_page(
        &self,
        connection: &Connection,
        mark: &Mark,
        began_at: Timestamp,
    ) -> Result<Page, Failure> {
        let (begin, end) = appointment_span(mark.pass, began_at);
        let (mut left, from) = match &mark.cursor {
            Cursor::Calendars { left, from } => (left.clone(), *from),
            _ => {
                let all = self.asked(connection, &calendars::list(&connection.location)).await?;
                (all.into_iter().map(|calendar| calendar.id).collect(), begin)
            }
        };
        let Some(calendar) = left.first().cloned() else { return Ok(Page::default()) };
        let until = after(from, WINDOW).min(end);
        let call = calendars::events(&connection.location, &calendar, from, until);
        let found = match self.asked(connection, &call).await {
            Ok(found) => found,
            // Deleted since it was listed: its appointments are verified one by one.
            Err(failure) if matches!(failure.fault.class, Class::WorkflowGone | Class::EntityGone) => {
                Vec::new()
            }
            Err(failure) => return Err(failure),
        };
        let next_from = if until < end {
            until
        } else {
            left.remove(0);
            begin
        };
        Ok(Page {
            next: (!left.is_empty()).then_some(Cursor::Calendars { left, from: next_from }),
            total: None,
            listed: found.iter().map(|one| (one.id.clone(), one.starts_at)).collect(),
            seen: found.into_iter().map(Seen::Appointment).collect(),
        })
    }

    /// Those that are here and were in no list, asked for one by one: search runs behind, so that a list proves nothing.
    async fn unlisted(
        &self,
        market: &Market,
        connection: &Connection,
        mark: &Mark,
        after: &str,
    ) -> Result<Page, GoHighLevelError> {
        let began_at = mark.began_at.unwrap_or_else(|| self.now());
        let span = match mark.family {
            Family::Appointments => appointment_span(Some(Pass::Verify), began_at),
            _ => (Timestamp::MIN, Timestamp::MAX),
        };
        let kind = mark.family.kind();
        let unlisted = records::heal::unlisted(market.db(), kind, began_at, after, span, VERIFIED).await?;
        let mut page = Page::default();
        if unlisted.len() >= VERIFIED as usize {
            page.next = unlisted.last().cloned().map(Cursor::Unlisted);
        }
        for id in unlisted {
            let (found, entity) = match mark.family {
                Family::Contacts => {
                    (self.asked(connection, &contacts::get(&id)).await.map(Seen::Contact), Entity::Contact)
                }
                Family::Opportunities => (
                    self.asked(connection, &opportunities::get(&id)).await.map(Seen::Opportunity),
                    Entity::Opportunity,
                ),
                Family::Appointments => (
                    self.asked(connection, &calendars::get(&id)).await.map(Seen::Appointment),
                    Entity::Appointment,
                ),
                Family::Messages => return Ok(Page::default()),
            };
            match found {
                Ok(seen) => {
                    let happens_at = match &seen {
                        Seen::Appointment(appointment) => appointment.starts_at,
                        _ => None,
                    };
                    page.listed.push((id, happens_at));
                    page.seen.push(seen);
                }
                Err(failure) if failure.fault.class == Class::EntityGone => {
                    page.seen.push(Seen::Gone { entity, id });
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(page)
    }
}

/// The time whose appointments a pass lists.
fn appointment_span(pass: Option<Pass>, began_at: Timestamp) -> (Timestamp, Timestamp) {
    let (back, ahead) = match pass {
        Some(Pass::Reconcile) => (RECENT_BACK, RECENT_AHEAD),
        Some(Pass::Fill | Pass::Sweep | Pass::Verify) | None => (HISTORY, AHEAD),
    };
    (before(began_at, back), after(began_at, ahead))
}

fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_sub(span).unwrap_or(Timestamp::MIN)
}

fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}
