use proptest::prelude::*;

use super::*;

fn work(value: f64, hours: &[f64], owners: &[usize], weeks: RangeInclusive<usize>) -> Work {
    Work { value, hours: hours.to_vec(), owners: owners.to_vec(), weeks }
}

/// The value of the best plan, by trying every choice of every work.
fn best_by_enumeration(works: &[Work], capacity: &[Vec<f64>]) -> f64 {
    fn descend(model: &Model<'_>, plan: &mut Plan<'_>, next: usize) -> f64 {
        if next == model.works.len() {
            return plan.value();
        }
        let mut best = descend(model, plan, next + 1);
        for at in &model.choices[next] {
            if plan.fits(next, *at) {
                plan.place(next, *at);
                best = best.max(descend(model, plan, next + 1));
                plan.remove(next);
            }
        }
        best
    }
    let model = Model::new(works, capacity);
    descend(&model, &mut Plan::empty(&model), 0)
}

fn assert_feasible(works: &[Work], capacity: &[Vec<f64>], allocation: &Allocation) {
    let mut booked: Vec<Vec<f64>> = capacity.iter().map(|weeks| vec![0.0; weeks.len()]).collect();
    for (work, placement) in works.iter().zip(&allocation.placements) {
        let Some(at) = placement else { continue };
        assert!(work.owners.contains(&at.owner));
        assert!(work.weeks.contains(&at.week) && work.weeks.contains(&(at.week + work.hours.len() - 1)));
        for (hours, booked) in work.hours.iter().zip(&mut booked[at.owner][at.week..]) {
            *booked += hours;
        }
    }
    for (booked, capacity) in booked.iter().flatten().zip(capacity.iter().flatten()) {
        assert!(*booked <= capacity + 1e-5, "{booked} hours in a week of {capacity}");
    }
    let value: f64 = works
        .iter()
        .zip(&allocation.placements)
        .filter(|(_, at)| at.is_some())
        .map(|(work, _)| work.value)
        .sum();
    assert!((allocation.value - value).abs() < 1e-9);
    assert!(allocation.bound >= allocation.value - 1e-9 && allocation.relaxation >= allocation.bound - 1e-9);
}

#[test]
fn two_small_ones_beat_the_dense_one_that_blocks_them() {
    let works =
        [work(60.0, &[6.0], &[0], 0..=0), work(45.0, &[5.0], &[0], 0..=0), work(45.0, &[5.0], &[0], 0..=0)];
    let plan = allocate(&works, &[vec![10.0]]).expect("sound");
    assert_eq!((plan.value, plan.bound, plan.gap(), plan.proof), (90.0, 90.0, 0.0, Proof::Optimal));
    assert_eq!(plan.placements[0], None);
    assert!(plan.relaxation >= 96.0 - 1e-6, "{}", plan.relaxation);
}

#[test]
fn work_over_several_weeks_needs_room_in_each() {
    let works = [work(10.0, &[2.0, 0.0, 8.0], &[0], 0..=9), work(3.0, &[4.0], &[0], 0..=1)];
    let plan = allocate(&works, &[vec![5.0, 5.0, 5.0, 8.0]]).expect("sound");
    assert_eq!(plan.placements[0], Some(Placement { owner: 0, week: 1 }));
    assert_eq!(plan.placements[1], Some(Placement { owner: 0, week: 0 }));
}

#[test]
fn with_room_for_all_everything_is_done_as_early_as_it_may() {
    let works: Vec<Work> = (0..6).map(|i| work(f64::from(i) + 1.0, &[2.0], &[0, 1], 1..=4)).collect();
    let plan = allocate(&works, &[vec![4.0; 5], vec![2.0; 5]]).expect("sound");
    assert_eq!((plan.value, plan.proof), (21.0, Proof::Optimal));
    let mut weeks: Vec<usize> = plan.placements.iter().flatten().map(|at| at.week).collect();
    weeks.sort_unstable();
    assert_eq!(weeks, [1, 1, 1, 2, 2, 2]);
}

#[test]
fn nothing_to_do_and_nobody_to_do_it_are_plans_of_no_value() {
    for (works, capacity) in [
        (vec![], vec![vec![8.0]]),
        (vec![work(5.0, &[1.0], &[], 0..=3)], vec![vec![8.0]]),
        (vec![work(5.0, &[9.0], &[0], 0..=3)], vec![vec![8.0]]),
        (vec![work(0.0, &[1.0], &[0], 0..=3)], vec![vec![8.0]]),
        (vec![work(5.0, &[1.0], &[0], 4..=9)], vec![vec![8.0]]),
    ] {
        let plan = allocate(&works, &capacity).expect("sound");
        assert!(plan.placements.iter().all(Option::is_none));
        assert_eq!((plan.value, plan.bound, plan.gap()), (0.0, 0.0, 0.0));
    }
}

#[test]
fn numbers_that_make_no_sense_are_refused_by_position() {
    let sound = || work(1.0, &[1.0], &[0], 0..=0);
    for broken in [
        work(-1.0, &[1.0], &[0], 0..=0),
        work(f64::NAN, &[1.0], &[0], 0..=0),
        work(1.0, &[], &[0], 0..=0),
        work(1.0, &[-1.0], &[0], 0..=0),
        work(1.0, &[1.0], &[1], 0..=0),
    ] {
        let refusal = allocate(&[sound(), broken], &[vec![1.0]]).expect_err("broken");
        assert!(refusal.to_string().starts_with("work 1 "), "{refusal}");
    }
    let refusal = allocate(&[sound()], &[vec![1.0, f64::INFINITY]]).expect_err("broken");
    assert_eq!(refusal, AllocationError::Capacity { owner: 0, week: 1, hours: f64::INFINITY });
}

/// The same quarter for every run: 200 opportunities, 5 owners, 13 weeks, about half as many hours as wanted.
fn quarter(works: usize) -> (Vec<Work>, Vec<Vec<f64>>) {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let works = (0..works)
        .map(|_| {
            let hours: Vec<f64> = (0..=draw(3)).map(|_| 1.0 + draw(12) as f64).collect();
            let owners = if draw(3) == 0 { vec![draw(5) as usize] } else { (0..5).collect() };
            let latest = 4 + draw(9) as usize;
            Work { value: 2_000.0 + draw(35_000) as f64, hours, owners, weeks: draw(3) as usize..=latest }
        })
        .collect();
    (works, vec![vec![20.0; 13]; 5])
}

#[test]
fn a_quarter_too_large_to_prove_is_within_five_percent_of_the_bound() {
    let (works, capacity) = quarter(200);
    let plan = allocate(&works, &capacity).expect("sound");
    assert_feasible(&works, &capacity, &plan);
    assert_eq!(plan.proof, Proof::Heuristic);
    assert!(plan.gap() < 0.05, "gap {}", plan.gap());
    assert_eq!(plan, allocate(&works, &capacity).expect("sound"), "the same question has the same answer");
}

#[test]
fn a_month_that_branch_and_bound_does_not_settle_says_so() {
    let (works, _) = quarter(20);
    let mut capacity = vec![vec![14.0; 6]; 5];
    capacity[2..].iter_mut().for_each(|weeks| weeks.fill(0.0));
    let plan = allocate(&works, &capacity).expect("sound");
    assert_feasible(&works, &capacity, &plan);
    assert!(plan.proof == Proof::Optimal || plan.gap() < 0.03, "{:?}, gap {}", plan.proof, plan.gap());
    assert!(
        plan.gap() <= 1.0 - plan.value / plan.relaxation + 1e-12,
        "the tree never loosens the relaxation"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn small_plans_are_worth_what_trying_everything_gives(
        works in prop::collection::vec(
            (1_u32..40, prop::collection::vec(0_u32..8, 1..3), prop::collection::vec(0_usize..2, 1..3), 0_usize..2, 1_usize..4),
            1..6,
        ),
        capacity in prop::collection::vec(prop::collection::vec(0_u32..12, 3), 2),
    ) {
        let works: Vec<Work> = works
            .into_iter()
            .map(|(value, hours, owners, earliest, latest)| Work {
                value: f64::from(value) * 250.5,
                hours: hours.into_iter().map(|hours| f64::from(hours) * 0.75).collect(),
                owners,
                weeks: earliest..=latest,
            })
            .collect();
        let capacity: Vec<Vec<f64>> =
            capacity.into_iter().map(|weeks| weeks.into_iter().map(f64::from).collect()).collect();
        let plan = allocate(&works, &capacity).expect("sound");
        assert_feasible(&works, &capacity, &plan);
        let best = best_by_enumeration(&works, &capacity);
        prop_assert_eq!(plan.proof, Proof::Optimal);
        prop_assert!((plan.value - best).abs() < 1e-9, "{} is not {best}", plan.value);
        prop_assert!(plan.relaxation >= best - 1e-9);
    }
}
