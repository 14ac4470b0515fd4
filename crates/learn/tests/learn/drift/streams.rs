use learn::drift::{
    Adwin, AdwinOptions, Ddm, Detector, Direction, DriftError, HddmA, Kswin, PageHinkley, Signal,
};
use proptest::prelude::*;
use serde::Deserialize;

use super::python::PythonRandom;
use crate::stream::{Stream, assert_near, reference};

#[derive(Deserialize)]
struct River {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    stream: String,
    detector: String,
    detections: Vec<usize>,
    first_warning: Option<usize>,
    width: Option<f64>,
    estimation: Option<f64>,
    variance: Option<f64>,
    total: Option<f64>,
}

/// The four streams of the reference.
fn stream(name: &str) -> Vec<f64> {
    let uniform = Stream::seeded(42).enumerate();
    let bernoulli = |u: f64, chance: f64| f64::from(u8::from(u < chance));
    match name {
        "bern_abrupt" => {
            uniform.take(2_000).map(|(i, u)| bernoulli(u, if i < 1_000 { 0.2 } else { 0.6 })).collect()
        }
        "bern_none" => uniform.take(3_000).map(|(_, u)| bernoulli(u, 0.3)).collect(),
        "unif_shift" => uniform.take(2_000).map(|(i, u)| if i < 1_000 { u } else { u + 0.5 }).collect(),
        "bern_gradual" => uniform
            .take(2_500)
            .map(|(i, u)| bernoulli(u, 0.2 + 0.4 * ((i as f64 - 1_000.0) / 500.0).clamp(0.0, 1.0)))
            .collect(),
        other => panic!("no stream {other}"),
    }
}

/// Where a detector signals drift, and where it first warned.
fn watch(detector: &mut dyn Detector, stream: &[f64]) -> (Vec<usize>, Option<usize>) {
    let (mut drifts, mut warning) = (Vec::new(), None);
    for (place, value) in stream.iter().enumerate() {
        match detector.update(*value).expect("a number that can be watched") {
            Signal::Drift => drifts.push(place),
            Signal::Warning => warning = warning.or(Some(place)),
            Signal::Stable => {}
        }
    }
    (drifts, warning)
}

/// KSWIN over the samples of Python's generator, which river seeds again after each drift.
fn kswin_as_river(stream: impl Iterator<Item = f64>, alpha: f64, seed: u32) -> Vec<usize> {
    let mut kswin = Kswin::new(alpha, 100, 30, 0).expect("options in range");
    let mut random = PythonRandom::seeded(seed);
    let mut drifts = Vec::new();
    for (place, value) in stream.enumerate() {
        let signal = kswin.update_with(value, |bound, count| random.sample(bound, count));
        if signal.expect("a finite number") == Signal::Drift {
            drifts.push(place);
            random = PythonRandom::seeded(seed);
        }
    }
    drifts
}

#[test]
fn detections_are_those_of_river() {
    let river: River = reference("drift_reference_river0.26.json");
    let mut compared = 0;
    for case in &river.cases {
        let values = stream(&case.stream);
        let what = format!("{} on {}", case.detector, case.stream);
        let (drifts, warning) = match case.detector.as_str() {
            "ADWIN" => {
                let mut adwin = Adwin::default();
                let found = watch(&mut adwin, &values);
                let expected = |number: Option<f64>| number.unwrap_or_else(|| panic!("{what}"));
                assert_eq!(adwin.width() as f64, expected(case.width), "{what}");
                assert_near(adwin.mean(), expected(case.estimation), 1e-9, &what);
                assert_near(adwin.total(), expected(case.total), 1e-9, &what);
                assert_near(adwin.squares(), expected(case.variance), 1e-9, &what);
                found
            }
            "PageHinkley" => watch(&mut PageHinkley::default(), &values),
            "PageHinkley_t10" => {
                watch(&mut PageHinkley::new(10.0, Direction::Both).expect("a threshold"), &values)
            }
            "KSWIN" => (kswin_as_river(values.into_iter(), 0.0001, 42), None),
            "DDM" => watch(&mut Ddm::default(), &values),
            "HDDM_A" => watch(&mut HddmA::default(), &values),
            // Not offered: they give false alarms on the stream without change.
            "EDDM" | "HDDM_W" => continue,
            other => panic!("no detector {other}"),
        };
        assert_eq!(drifts, case.detections, "{what}");
        assert_eq!(warning, case.first_warning, "{what}");
        compared += 1;
    }
    assert_eq!(compared, 22);
}

#[derive(Deserialize)]
struct More {
    adwin: Vec<AdwinCase>,
    kswin: Vec<KswinCase>,
    hddm_a_two_sided: Vec<HddmCase>,
    page_hinkley: Vec<PageHinkleyCase>,
}

#[derive(Deserialize)]
struct AdwinCase {
    seed: u64,
    delta: f64,
    clock: u64,
    buckets_max: usize,
    part_min: u32,
    grace: u64,
    detections: Vec<usize>,
    widths: Vec<u64>,
    width: u64,
    total: f64,
    squares: f64,
}

#[derive(Deserialize)]
struct KswinCase {
    seed: u64,
    alpha: f64,
    python_seed: u32,
    detections: Vec<usize>,
}

#[derive(Deserialize)]
struct HddmCase {
    seed: u64,
    detections: Vec<usize>,
    warnings: usize,
}

#[derive(Deserialize)]
struct PageHinkleyCase {
    seed: u64,
    direction: String,
    threshold: f64,
    detections: Vec<usize>,
}

#[test]
fn adaptive_windows_are_those_of_river_for_any_options() {
    let more: More = reference("drift_scipy_river.json");
    assert_eq!(more.adwin.len(), 24);
    for case in more.adwin {
        let AdwinCase { delta, clock, buckets_max, part_min, grace, .. } = case;
        let options = AdwinOptions { delta, clock, buckets_max, part_min, grace };
        let mut adwin = Adwin::new(options).expect("options in range");
        let (mut drifts, mut widths) = (Vec::new(), Vec::new());
        for (place, u) in Stream::seeded(case.seed).take(1_000).enumerate() {
            let value = u + if (place / 250) % 2 == 1 { 0.4 } else { 0.0 };
            if adwin.update(value).expect("finite") == Signal::Drift {
                drifts.push(place);
                widths.push(adwin.width());
            }
        }
        assert_eq!((drifts, widths), (case.detections, case.widths), "{options:?}");
        assert_eq!(adwin.width(), case.width, "{options:?}");
        assert_near(adwin.total(), case.total, 1e-9, "total");
        assert_near(adwin.squares(), case.squares, 1e-9, "squares");
    }
}

#[test]
fn the_other_detectors_are_those_of_river_on_more_streams() {
    let more: More = reference("drift_scipy_river.json");
    for case in more.kswin {
        let values = Stream::seeded(case.seed).take(900).enumerate();
        let values = values.map(|(place, u)| u * if (place / 300) % 2 == 1 { 0.6 } else { 1.0 });
        assert_eq!(kswin_as_river(values, case.alpha, case.python_seed), case.detections);
    }
    for case in more.hddm_a_two_sided {
        let mut hddm = HddmA::both_sides();
        let (mut drifts, mut warnings) = (Vec::new(), 0);
        for (place, u) in Stream::seeded(case.seed).take(1_500).enumerate() {
            match hddm.update(f64::from(u8::from(u < [0.2, 0.5, 0.15][place / 500]))).expect("a rate") {
                Signal::Drift => drifts.push(place),
                Signal::Warning => warnings += 1,
                Signal::Stable => {}
            }
        }
        assert_eq!((drifts, warnings), (case.detections, case.warnings), "seed {}", case.seed);
    }
    for case in more.page_hinkley {
        let direction = match case.direction.as_str() {
            "up" => Direction::Up,
            "down" => Direction::Down,
            _ => Direction::Both,
        };
        let mut detector = PageHinkley::new(case.threshold, direction).expect("a threshold");
        let values = Stream::seeded(case.seed).take(1_500).enumerate();
        let values: Vec<f64> = values.map(|(place, u)| u + [0.0, 0.5, 0.1][place / 500]).collect();
        assert_eq!(watch(&mut detector, &values).0, case.detections, "{} {}", case.seed, case.direction);
    }
}

#[test]
fn kswin_with_its_own_samples_finds_the_changes_and_is_mostly_silent_without() {
    let mut late = Vec::new();
    for seed in 0..20 {
        let mut kswin = Kswin::new(0.0001, 100, 30, seed).expect("options in range");
        let (drifts, _) = watch(&mut kswin, &stream("unif_shift"));
        let first = drifts.iter().find(|place| **place >= 1_000);
        late.push(first.map_or(1_000, |place| place - 1_000));
    }
    late.sort_unstable();
    assert!(late[10] <= 45, "half of them within 45 numbers: {late:?}");
    let mut alarms = 0;
    for seed in 0..10 {
        let mut kswin = Kswin::new(0.0001, 100, 30, seed).expect("options in range");
        let values: Vec<f64> = Stream::seeded(seed).take(1_000).collect();
        alarms += watch(&mut kswin, &values).0.len();
    }
    assert!(alarms <= 4, "{alarms} false alarms in ten streams");
}

fn all() -> Vec<(&'static str, Box<dyn Detector>)> {
    vec![
        ("ADWIN", Box::new(Adwin::default())),
        ("Page-Hinkley", Box::new(PageHinkley::default())),
        ("KSWIN", Box::new(Kswin::new(0.0001, 100, 30, 1).expect("options in range"))),
        ("DDM", Box::new(Ddm::default())),
        ("HDDM_A", Box::new(HddmA::default())),
    ]
}

#[test]
fn numbers_that_are_none_are_refused_and_change_nothing() {
    for (name, mut detector) in all() {
        let mut other = all().into_iter().find(|(other, _)| *other == name).expect("the same").1;
        for (place, value) in stream("bern_abrupt").into_iter().enumerate() {
            if place % 100 == 7 {
                for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e200] {
                    let error = detector.update(bad).expect_err("no number to watch");
                    assert!(matches!(error, DriftError::NotFinite { .. } | DriftError::NotAShare { .. }));
                }
            }
            assert_eq!(detector.update(value), other.update(value), "{name} at {place}");
        }
    }
    for mut detector in [Box::new(Ddm::default()) as Box<dyn Detector>, Box::new(HddmA::default())] {
        assert_eq!(detector.update(2.0), Err(DriftError::NotAShare { value: 2.0 }));
    }
}

#[test]
fn options_outside_of_their_range_are_refused() {
    let adwin = |change: fn(&mut AdwinOptions)| {
        let mut options = AdwinOptions::default();
        change(&mut options);
        Adwin::new(options).is_err()
    };
    assert!(adwin(|options| options.delta = 0.0));
    assert!(adwin(|options| options.delta = f64::NAN));
    assert!(adwin(|options| options.clock = 0));
    assert!(adwin(|options| options.buckets_max = 0));
    assert!(adwin(|options| options.part_min = 0));
    assert!(Kswin::new(0.0, 100, 30, 1).is_err());
    assert!(Kswin::new(0.01, 50, 30, 1).is_err());
    assert!(PageHinkley::new(f64::NAN, Direction::Up).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_constant_stream_never_drifts(value in 0.0_f64..=1.0, length in 1_usize..1_500) {
        for (name, mut detector) in all() {
            let (drifts, _) = watch(detector.as_mut(), &vec![value; length]);
            prop_assert!(drifts.is_empty(), "{name} on {value}");
        }
    }

    #[test]
    fn an_adaptive_window_is_a_tail_of_the_stream(
        values in proptest::collection::vec(-10.0_f64..10.0, 1..800), delta in 0.01_f64..0.5,
    ) {
        let options = AdwinOptions { delta, clock: 4, ..AdwinOptions::default() };
        let mut adwin = Adwin::new(options).expect("options in range");
        for (place, value) in values.iter().enumerate() {
            adwin.update(*value).expect("finite");
            let width = adwin.width() as usize;
            prop_assert!((1..=place + 1).contains(&width));
            let tail = &values[place + 1 - width..=place];
            let mean = tail.iter().sum::<f64>() / width as f64;
            let squares = tail.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
            prop_assert!((adwin.mean() - mean).abs() < 1e-9 * (1.0 + mean.abs()), "{} {}", adwin.mean(), mean);
            prop_assert!((adwin.squares() - squares).abs() < 1e-7 * (1.0 + squares), "{} {}", adwin.squares(), squares);
        }
    }
}
