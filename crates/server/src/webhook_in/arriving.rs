//! Bodies on their way. A signature can be verified under a whole body only, so that until then anybody may be sending:
//! places that were simply held could all be held by strangers who send a byte a second.
//!
//! Here a newcomer always finds a place. When all are taken, the body that has been on its way for longest is given up, that
//! of the newcomer's own address where the address has many: GoHighLevel's are whole within milliseconds, and are never
//! the one, however many others dawdle.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use tokio::sync::oneshot;

/// An address that has this part of all places makes room for itself, and for nobody else.
const MANY: usize = 4;

/// Which bodies are on their way, bounded.
#[derive(Debug)]
pub(super) struct Arriving {
    at_once: usize,
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    next: u64,
    /// The oldest first.
    bodies: BTreeMap<u64, Body>,
}

#[derive(Debug)]
struct Body {
    from: IpAddr,
    /// Dropped when the body is given up.
    _goes_on: oneshot::Sender<Infallible>,
}

/// A place; given back when dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    arriving: &'a Arriving,
    number: u64,
    goes_on: oneshot::Receiver<Infallible>,
}

impl Arriving {
    /// At most `at_once` at the same time.
    pub(super) fn new(at_once: usize) -> Self {
        Self { at_once: at_once.max(1), all: Mutex::default() }
    }

    /// A place for a body from this address.
    pub(super) fn enter(&self, from: IpAddr) -> Place<'_> {
        let from = from.to_canonical();
        let (sender, goes_on) = oneshot::channel();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.bodies.len() >= self.at_once {
            all.make_room(from, self.at_once.div_ceil(MANY));
        }
        let number = all.next;
        all.next += 1;
        all.bodies.insert(number, Body { from, _goes_on: sender });
        Place { arriving: self, number, goes_on }
    }
}

impl All {
    fn make_room(&mut self, from: IpAddr, many: usize) {
        let mut own = self.bodies.iter().filter(|(_, body)| body.from == from).map(|(number, _)| *number);
        let oldest_own = own.next();
        let has_many = oldest_own.is_some() && own.count() + 1 >= many;
        let oldest = self.bodies.first_key_value().map(|(number, _)| *number);
        if let Some(number) = oldest_own.filter(|_| has_many).or(oldest) {
            self.bodies.remove(&number);
        }
    }
}

impl Place<'_> {
    /// Comes to an end when the body is given up for another.
    pub(super) async fn given_up(&mut self) {
        let Err(_) = (&mut self.goes_on).await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut all = self.arriving.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.bodies.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn is_given_up(place: &mut Place<'_>) -> bool {
        place.given_up().now_or_never().is_some()
    }

    #[test]
    fn who_has_been_sending_for_longest_gives_way() {
        let arriving = Arriving::new(8);
        let mut strangers: Vec<_> = (0..8).map(|last| arriving.enter(address(last))).collect();
        assert!(!strangers.iter_mut().any(is_given_up));
        let mut newcomer = arriving.enter(address(100));
        let given_up: Vec<bool> = strangers.iter_mut().map(is_given_up).collect();
        assert_eq!(given_up, [true, false, false, false, false, false, false, false]);
        drop(strangers.remove(0));
        drop(strangers.pop());
        let mut another = arriving.enter(address(101));
        assert!(!strangers.iter_mut().any(is_given_up), "there was room");
        assert!(!is_given_up(&mut newcomer) && !is_given_up(&mut another));
    }

    #[test]
    fn an_address_that_has_many_makes_room_for_itself_only() {
        let arriving = Arriving::new(8);
        let mut patient = arriving.enter(address(1));
        let mut flood: Vec<_> = (0..200).map(|_| arriving.enter(address(2))).collect();
        assert!(!is_given_up(&mut patient), "however many come from another address");
        let open = flood.iter_mut().map(is_given_up).filter(|given_up| !given_up).count();
        assert_eq!(open, 7);
        let mut mapped = arriving.enter("::ffff:192.0.2.2".parse().expect("an address"));
        assert!(!is_given_up(&mut patient) && !is_given_up(&mut mapped), "the same address in other words");
    }
}
