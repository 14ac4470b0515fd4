//! What becomes of functions under the attribute.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use boxed::boxed;

/// Runs a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

/// Sets a mark when it is dropped.
struct Guard(Arc<AtomicBool>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Shelf<'a>(Vec<&'a str>);

#[boxed]
impl Shelf<'_> {
    /// Borrows from itself.
    pub async fn first(&self) -> Option<&str> {
        self.0.first().copied()
    }

    /// Borrows from what it is given, too; turns errors around and returns early.
    pub async fn number(&mut self, extra: &[&'static str], mut at: usize) -> Result<u32, String> {
        if extra.is_empty() {
            return Err("nothing".to_owned());
        }
        self.0.extend(extra);
        at += 1;
        let text = self.0.get(at).ok_or("no such place")?;
        Ok(text.parse::<u32>().map_err(|error| error.to_string())?)
    }

    /// Calls what it is given, whose own borrows are nobody's business.
    pub async fn longest(&self, length: &(dyn Fn(&str) -> usize + Sync)) -> usize {
        self.0.iter().map(|text| length(text)).max().unwrap_or_default()
    }

    /// Is generic, and stays as it is.
    pub async fn any(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.0.iter().any(|text| wanted(text))
    }

    async fn private(&self) -> usize {
        self.0.len()
    }

    /// Is no asynchronous function at all.
    pub fn len(&self) -> usize {
        now(self.private())
    }
}

/// Keeps what it does not look at.
#[boxed]
async fn kept(_guard: Guard, mark: &AtomicBool) -> bool {
    mark.load(Ordering::Relaxed)
}

#[test]
fn functions_do_what_they_did() {
    let mut shelf = Shelf(vec!["a"]);
    assert_eq!(now(shelf.first()), Some("a"));
    assert_eq!(now(shelf.number(&[], 0)), Err("nothing".to_owned()));
    assert_eq!(now(shelf.number(&["7"], 0)), Ok(7));
    assert_eq!(now(shelf.number(&["x"], 9)), Err("no such place".to_owned()));
    assert!(now(shelf.number(&["x"], 1)).is_err_and(|error| error.contains("invalid digit")));
    assert_eq!(now(shelf.longest(&str::len)), 1);
    assert!(now(shelf.any(|text| text == "7")));
    assert_eq!(shelf.len(), 4);
}

#[test]
fn what_is_returned_is_a_box_that_may_go_to_another_thread() {
    let shelf = Shelf(vec!["a"]);
    let first: Pin<Box<dyn Future<Output = Option<&str>> + Send + '_>> = shelf.first();
    let first = std::thread::scope(|threads| threads.spawn(|| now(first)).join().expect("no panic"));
    assert_eq!(first, Some("a"));
}

#[test]
fn an_argument_that_is_not_used_lives_as_long_as_the_work() {
    let mark = Arc::new(AtomicBool::new(false));
    let work = kept(Guard(mark.clone()), &mark);
    assert!(!mark.load(Ordering::Relaxed), "dropped before the work has begun");
    assert!(!now(work), "dropped before the work has ended");
    assert!(mark.load(Ordering::Relaxed));
}
