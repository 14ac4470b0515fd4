use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::ghl::Clock;

const LIFE: i64 = 86_399;
const NO_WAITS: Waits = Waits([Duration::from_micros(10), Duration::from_micros(20)]);

fn noon() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn location() -> Account {
    Account::Location("L".to_owned())
}

fn company() -> Account {
    Account::Company("K".to_owned())
}

/// Token endpoints as GoHighLevel's: refresh tokens work once, and for half a minute give the same pair again.
struct World {
    second: AtomicI64,
    state: Mutex<State>,
    store: MemoryStore,
}

#[derive(Default)]
struct State {
    count: u64,
    /// The refresh tokens that work, by account.
    current: HashMap<Account, String>,
    /// Spent ones, when, and what they gave.
    spent: HashMap<String, (i64, Tokens)>,
    living: BTreeSet<String>,
    /// Every access token that was ever written.
    written: BTreeSet<String>,
    refreshes: u32,
    mints: u32,
    answers: Vec<Answer>,
    writes_that_fail: u32,
    chance: u64,
    is_inactive: bool,
}

/// What becomes of a refresh, in turn; [`Answer::Well`] when none is left.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Well,
    LostBefore,
    LostAfter,
}

impl World {
    fn new(chance: u64) -> Arc<Self> {
        let state = State { chance, ..State::default() };
        Arc::new(Self { second: AtomicI64::new(0), state: Mutex::new(state), store: MemoryStore::default() })
    }

    fn now(&self) -> Timestamp {
        noon() + SignedDuration::from_secs(self.second.load(Ordering::SeqCst))
    }

    fn pass(&self, seconds: i64) {
        self.second.fetch_add(seconds, Ordering::SeqCst);
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    /// A pair that works, given to `account` and written.
    fn connect(&self, account: &Account) {
        let tokens = self.with(|state| state.give(account, self.now()));
        self.with(|state| state.written.insert(tokens.access.expose().to_owned()));
        self.store.put(account.clone(), tokens);
    }

    fn keeper(self: &Arc<Self>) -> Keeper {
        let world = self.clone();
        let clock: Clock = Arc::new(move || world.now());
        Keeper::new(self.clone(), self.clone(), clock, NO_WAITS)
    }

    fn lives(&self, access: &Access) -> bool {
        self.with(|state| state.living.contains(access.token.expose()))
    }

    /// Lets others go first, by chance.
    async fn yield_by_chance(&self) {
        let times = self.with(|state| {
            state.chance = state.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.chance >> 61
        });
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    }

    async fn refreshed(&self, account: &Account, old: &Tokens) -> Result<Tokens, Refusal> {
        self.yield_by_chance().await;
        let answer = self.with(|state| state.answers.pop().unwrap_or(Answer::Well));
        if answer == Answer::LostBefore {
            return Err(Refusal::Unavailable);
        }
        let second = self.second.load(Ordering::SeqCst);
        let now = self.now();
        let outcome = self.with(|state| {
            if state.is_inactive {
                return Err(Refusal::Inactive);
            }
            let refresh = old.refresh.as_ref().map(|it| it.expose().to_owned()).unwrap_or_default();
            state.refreshes += 1;
            if let Some((at, pair)) = state.spent.get(&refresh) {
                return if second - at <= 30 { Ok(pair.clone()) } else { Err(Refusal::Invalid) };
            }
            if state.current.get(account) != Some(&refresh) {
                return Err(Refusal::Invalid);
            }
            let pair = state.give(account, now);
            state.spent.insert(refresh, (second, pair.clone()));
            Ok(pair)
        });
        self.yield_by_chance().await;
        if answer == Answer::LostAfter { Err(Refusal::Unavailable) } else { outcome }
    }

    async fn minted(&self, company_access: &Secret, id: &str) -> Result<Tokens, Refusal> {
        self.yield_by_chance().await;
        let now = self.now();
        self.with(|state| {
            if !state.living.contains(company_access.expose()) {
                return Err(Refusal::Invalid);
            }
            state.mints += 1;
            Ok(state.give(&Account::Location(id.to_owned()), now))
        })
    }
}

impl State {
    fn give(&mut self, account: &Account, now: Timestamp) -> Tokens {
        self.count += 1;
        let (access, refresh) = (format!("access {}", self.count), format!("refresh {}", self.count));
        self.living.insert(access.clone());
        self.current.insert(account.clone(), refresh.clone());
        Tokens {
            access: Secret::new(access),
            refresh: Some(Secret::new(refresh)),
            given_at: now,
            expires_at: Some(now + SignedDuration::from_secs(LIFE)),
            scopes: Vec::new(),
            company: matches!(account, Account::Location(_)).then(|| "K".to_owned()),
            user: None,
        }
    }
}

impl Issuer for World {
    fn refresh<'a>(&'a self, account: &'a Account, old: &'a Tokens) -> IssuerFuture<'a> {
        Box::pin(self.refreshed(account, old))
    }

    fn mint<'a>(&'a self, _: &'a str, company_access: &'a Secret, id: &'a str) -> IssuerFuture<'a> {
        Box::pin(self.minted(company_access, id))
    }
}

impl TokenStore for World {
    fn load<'a>(&'a self, account: &'a Account) -> StoreFuture<'a, Option<Stored>> {
        Box::pin(async move {
            self.yield_by_chance().await;
            self.store.load(account).await
        })
    }

    fn swap<'a>(
        &'a self,
        account: &'a Account,
        expected: Option<u64>,
        tokens: &'a Tokens,
    ) -> StoreFuture<'a, Swap> {
        Box::pin(async move {
            self.yield_by_chance().await;
            let fails = self.with(|state| {
                let fails = state.writes_that_fail > 0;
                state.writes_that_fail = state.writes_that_fail.saturating_sub(1);
                fails
            });
            if fails {
                return Err(StoreError { what: "written", reason: "the disk is full".to_owned() });
            }
            let outcome = self.store.swap(account, expected, tokens).await?;
            if let Swap::Done(_) = outcome {
                self.with(|state| state.written.insert(tokens.access.expose().to_owned()));
            }
            Ok(outcome)
        })
    }
}

fn counts(world: &World) -> (u32, u32) {
    world.with(|state| (state.refreshes, state.mints))
}

#[tokio::test]
async fn a_token_is_renewed_at_four_fifths_of_its_life_and_once_for_all() {
    let world = World::new(1);
    world.connect(&location());
    let keeper = world.keeper();
    let first = keeper.access(&location()).await.unwrap();
    world.pass(LIFE * 4 / 5 - 60);
    assert_eq!(keeper.access(&location()).await.unwrap(), first);
    world.pass(120);
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let keeper = keeper.clone();
            tokio::spawn(async move { keeper.access(&location()).await.unwrap() })
        })
        .collect();
    for task in tasks {
        let access = task.await.unwrap();
        assert!(access != first && world.lives(&access));
    }
    assert_eq!(counts(&world), (1, 0));
}

#[tokio::test]
async fn many_refusals_at_once_renew_once_and_late_ones_take_what_is_there() {
    let world = World::new(2);
    world.connect(&location());
    let keeper = world.keeper();
    let old = keeper.access(&location()).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (keeper, old) = (keeper.clone(), old.clone());
            tokio::spawn(async move { keeper.rejected(&location(), &old.token).await.unwrap() })
        })
        .collect();
    let mut brought = BTreeSet::new();
    for task in tasks {
        brought.insert(task.await.unwrap().token.expose().to_owned());
    }
    assert_eq!((brought.len(), counts(&world)), (1, (1, 0)));
    world.pass(100);
    keeper.rejected(&location(), &old.token).await.unwrap();
    assert_eq!(counts(&world), (1, 0), "an old refusal is no news");
}

#[tokio::test]
async fn a_refresh_token_that_somebody_else_has_spent_is_read_again() {
    let world = World::new(3);
    world.connect(&location());
    let (ours, theirs) = (world.keeper(), world.keeper());
    let old = ours.access(&location()).await.unwrap();
    let won = theirs.rejected(&location(), &old.token).await.unwrap();
    world.pass(3600);
    assert_eq!(ours.rejected(&location(), &old.token).await.unwrap(), won);
    assert_eq!(counts(&world), (1, 0), "the store was asked first");
}

#[tokio::test]
async fn a_dead_refresh_token_is_replaced_by_the_company() {
    let world = World::new(4);
    world.connect(&location());
    world.connect(&company());
    let keeper = world.keeper();
    let old = keeper.access(&location()).await.unwrap();
    world.with(|state| state.current.remove(&location()));
    let new = keeper.rejected(&location(), &old.token).await.unwrap();
    assert!(world.lives(&new) && new.route == Route::App && new != old);
    assert_eq!(counts(&world), (1, 1));
    assert_eq!(world.store.peek(&location()).unwrap().tokens.access, new.token, "and written");
}

#[tokio::test]
async fn without_a_company_the_private_token_stands_in_and_nobody_insists() {
    let world = World::new(5);
    world.connect(&location());
    let private = Account::Private("L".to_owned());
    world.store.put(private, Tokens::private(Secret::new("pit"), noon()));
    let keeper = world.keeper();
    let old = keeper.access(&location()).await.unwrap();
    world.with(|state| state.current.remove(&location()));
    for _ in 0..5 {
        let access = keeper.rejected(&location(), &old.token).await.unwrap();
        assert_eq!((access.token.expose(), access.route), ("pit", Route::Private));
        assert_eq!(keeper.access(&location()).await.unwrap(), access);
    }
    assert_eq!(counts(&world), (1, 0), "no refresh loop");
    let refused = Secret::new("pit");
    assert_eq!(keeper.rejected(&location(), &refused).await, Err(TokenError::Reconnect(location())));
    world.connect(&location());
    let access = keeper.access(&location()).await.unwrap();
    assert_eq!(access.route, Route::App, "connected again, it is the app's again");
}

#[tokio::test]
async fn with_nothing_to_stand_in_the_connection_is_to_be_made_again() {
    let world = World::new(6);
    assert_eq!(world.keeper().access(&location()).await, Err(TokenError::Unknown(location())));
    world.connect(&location());
    let keeper = world.keeper();
    let old = keeper.access(&location()).await.unwrap();
    world.with(|state| state.current.remove(&location()));
    assert_eq!(keeper.rejected(&location(), &old.token).await, Err(TokenError::Reconnect(location())));
}

#[tokio::test]
async fn a_location_that_is_not_active_is_left_alone_for_a_day() {
    let world = World::new(7);
    world.connect(&location());
    let keeper = world.keeper();
    world.pass(LIFE);
    world.with(|state| state.is_inactive = true);
    for _ in 0..3 {
        let outcome = keeper.access(&location()).await;
        assert!(matches!(outcome, Err(TokenError::Suspended { .. })), "{outcome:?}");
    }
    world.with(|state| state.is_inactive = false);
    assert!(keeper.access(&location()).await.is_err());
    assert_eq!(counts(&world), (0, 0), "asked once, and then not again");
    world.pass(86_401);
    assert!(world.lives(&keeper.access(&location()).await.unwrap()));
}

#[tokio::test]
async fn what_could_not_be_written_is_not_used_and_written_first_next_time() {
    let world = World::new(8);
    world.connect(&location());
    let keeper = world.keeper();
    let old = keeper.access(&location()).await.unwrap();
    world.with(|state| state.writes_that_fail = 1);
    let outcome = keeper.rejected(&location(), &old.token).await;
    assert!(matches!(outcome, Err(TokenError::Store(_))), "{outcome:?}");
    world.pass(3600);
    let new = keeper.access(&location()).await.unwrap();
    assert!(world.lives(&new) && new != old);
    assert_eq!(world.store.peek(&location()).unwrap().tokens.access, new.token);
    assert_eq!(counts(&world), (1, 0), "the pair that was given was kept");
}

#[tokio::test]
async fn while_the_old_token_lives_a_silent_endpoint_stops_nobody() {
    let world = World::new(9);
    world.connect(&location());
    let keeper = world.keeper();
    let old = keeper.access(&location()).await.unwrap();
    world.pass(LIFE * 9 / 10);
    world.with(|state| state.answers = vec![Answer::LostBefore; 50]);
    for _ in 0..20 {
        assert_eq!(keeper.access(&location()).await.unwrap(), old);
    }
    assert_eq!(world.with(|state| 50 - state.answers.len()), 1, "asked once, then calm");
    world.pass(LIFE);
    assert_eq!(keeper.access(&location()).await, Err(TokenError::Unavailable(location())));
}

#[tokio::test]
async fn whoever_goes_away_while_renewing_takes_no_pair_along() {
    let world = World::new(10);
    world.connect(&location());
    let keeper = world.keeper();
    let old = keeper.access(&location()).await.unwrap();
    let account = location();
    tokio::select! {
        biased;
        _ = keeper.rejected(&account, &old.token) => panic!("it cannot be done at once"),
        () = std::future::ready(()) => {}
    }
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let stored = world.store.peek(&location()).unwrap().tokens;
    assert!(stored.access != old.token, "the pair was written all the same");
}

#[test]
fn tokens_are_not_shown() {
    let world = World::new(11);
    let tokens = world.with(|state| state.give(&location(), noon()));
    assert!(!format!("{tokens:?}").contains("access 1") && !format!("{tokens:?}").contains("refresh 1"));
}

/// One thing that happens while several processes use one account.
#[derive(Clone, Debug)]
enum Step {
    Use { process: usize, tasks: usize },
    Refuse { process: usize, tasks: usize },
    Pass(i64),
    Lose(bool),
    FailToWrite,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_usize..3, 1_usize..4).prop_map(|(process, tasks)| Step::Use { process, tasks }),
        4 => (0_usize..3, 1_usize..4).prop_map(|(process, tasks)| Step::Refuse { process, tasks }),
        3 => prop_oneof![1_i64..29, 31_i64..4000, Just(LIFE * 17 / 20), Just(LIFE + 10)].prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Lose),
        1 => Just(Step::FailToWrite),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn however_processes_race_no_connection_is_lost_and_nothing_unwritten_is_used(
        chance: u64, steps in prop::collection::vec(step(), 1..20)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let world = World::new(chance);
            world.connect(&location());
            world.connect(&company());
            let keepers: Vec<Keeper> = (0..3).map(|_| world.keeper()).collect();
            let mut known: Vec<Option<Access>> = vec![None; 3];
            // All steps up to the next passing of time happen at once.
            let mut running = Vec::new();
            for step in steps {
                match step {
                    Step::Use { process, tasks } | Step::Refuse { process, tasks } => {
                        let refused = match step {
                            Step::Refuse { .. } => known[process].clone(),
                            _ => None,
                        };
                        for _ in 0..tasks {
                            let (keeper, refused) = (keepers[process].clone(), refused.clone());
                            running.push((process, tokio::spawn(async move {
                                match refused {
                                    Some(access) => keeper.rejected(&location(), &access.token).await,
                                    None => keeper.access(&location()).await,
                                }
                            })));
                        }
                    }
                    Step::Pass(seconds) => {
                        for (process, task) in running.drain(..) {
                            if let Ok(access) = task.await.unwrap() {
                                prop_assert!(world.with(|state| state.written.contains(access.token.expose())));
                                known[process] = Some(access);
                            }
                        }
                        world.pass(seconds);
                    }
                    Step::Lose(after) => world.with(|state| {
                        state.answers.push(if after { Answer::LostAfter } else { Answer::LostBefore });
                    }),
                    Step::FailToWrite => world.with(|state| state.writes_that_fail += 1),
                }
            }
            for (_, task) in running {
                let _ = task.await.unwrap();
            }
            // Whatever happened, with the endpoints well again everybody gets a token that lives.
            world.with(|state| { state.answers.clear(); state.writes_that_fail = 0; });
            world.pass(60);
            // What could not be written is, by itself.
            tokio::time::sleep(Duration::from_millis(8)).await;
            for keeper in keepers.iter().chain([&world.keeper()]) {
                let access = keeper.access(&location()).await;
                prop_assert!(access.is_ok(), "{:?}", access);
                prop_assert!(world.lives(&access.unwrap()));
            }
            Ok(())
        })?;
    }
}
