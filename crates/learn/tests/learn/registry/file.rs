//! The file: whole, or refused with the reason.

use std::{collections::BTreeMap, sync::LazyLock};

use learn::{
    calibrate::{Calibration, Method},
    chance::Generator,
    evaluate::Estimate,
    explain::ModelExplainer,
    frame::{Frame, Reading, Record, Value},
    gbdt::{Forest, LevelSet, Node, Objective, Test, Tree},
    intervals::{Conformal, Miscoverage},
    registry::{Content, FORMAT, Intervals, Lineage, Measured, ModelFile, ModelFileError},
    study::{Question, study},
};
use proptest::prelude::*;

/// A table in which visits and source decide.
fn table() -> Frame {
    let header = ["visits", "source", "asked", "won"].map(str::to_owned);
    let mut chance = Generator::seeded(5);
    let records: Vec<Record> = (0..400)
        .map(|n| {
            let visits = chance.below(10);
            let source = ["web", "fair", "friend"][chance.below(3)];
            let asked = ["yes", "no", ""][chance.below(3)];
            let margin = visits as f64 * 0.5 - 2.5 + if source == "friend" { 1.5 } else { 0.0 };
            let won = if chance.unit() < 1.0 / (1.0 + (-margin).exp()) { "yes" } else { "no" };
            let cells = vec![visits.to_string(), source.to_owned(), asked.to_owned(), won.to_owned()];
            Record { number: n + 1, cells }
        })
        .collect();
    Frame::infer(&header, &records, &Reading::default()).expect("a sound table").rows.frame
}

fn lineage() -> Lineage {
    Lineage {
        name: "appointment within 14 days".to_owned(),
        version: "v7".to_owned(),
        data_hash: "sha256:00ff".to_owned(),
        trained_rows: 320,
        split: "by chance, a fifth to judge by".to_owned(),
        seed: u64::MAX,
        options: BTreeMap::from([("leaves".to_owned(), "31".to_owned())]),
        measured: vec![Measured {
            name: "auc".to_owned(),
            estimate: Estimate { value: 0.1 + 0.2, interval: Some([0.29, 0.33].into()) },
            rows: 80,
            base_rate: Some(0.5),
        }],
        code_version: "0.1.0".to_owned(),
        parents: vec!["v6".to_owned()],
        created_at: "2026-11-21T18:00:00Z".to_owned(),
    }
}

fn trained() -> ModelFile {
    let mut studied = study(&table(), &Question::about("won")).expect("a study");
    studied.model.forest_share = 0.6;
    let outcomes: Vec<bool> = (0..200).map(|n| n % 3 == 0 || n > 150).collect();
    let scores: Vec<f64> = (0..200).map(|n| f64::from(n) / 211.3).collect();
    studied.model.calibration = Calibration::fit(Method::Isotonic, &scores, &outcomes).expect("a curve");
    let truths: Vec<f64> = scores.iter().map(|score| score * score).collect();
    let tenth = Miscoverage::new(0.1).expect("a share");
    let conformal = Conformal::constant(&scores, &truths, tenth).expect("enough rows");
    let others = BTreeMap::from([("difficulty".to_owned(), studied.model.forest.clone())]);
    let intervals = Some(Intervals::Conformal(conformal));
    ModelFile { content: Content::Chances(Box::new(studied.model)), others, intervals, lineage: lineage() }
}

/// A file with every kind of node, small.
fn small() -> ModelFile {
    let schema = table().select(|column| column.name != "won").schema().clone();
    let nodes = vec![
        Node::Split {
            feature: 1,
            test: Test::Levels(LevelSet::from_iter([0, 2])),
            missing_left: true,
            left: 1,
            right: 2,
            cover: 10.0,
        },
        Node::Leaf { value: -0.1, cover: 4.0 },
        Node::Split {
            feature: 0,
            test: Test::Threshold(0.1 + 0.2),
            missing_left: false,
            left: 4,
            right: 3,
            cover: 6.0,
        },
        Node::Leaf { value: 1.0 / 3.0, cover: 1.0 },
        Node::Leaf { value: 2e-300, cover: 5.0 },
    ];
    let forest =
        Forest { objective: Objective::Huber { delta: 1.5 }, base: 0.7, trees: vec![Tree { nodes }] };
    let content = Content::Amounts { schema, forest };
    ModelFile { content, others: BTreeMap::new(), intervals: None, lineage: lineage() }
}

#[test]
fn a_model_of_long_levels_comes_back_the_same() {
    let mut chance = Generator::seeded(9);
    let header = ["note", "won"].map(str::to_owned);
    let records: Vec<Record> = (0..600)
        .map(|n| {
            let note = chance.below(100);
            let won = if chance.unit() < note as f64 / 100.0 { "yes" } else { "no" };
            Record { number: n + 1, cells: vec![format!("{note:02}{}", "x".repeat(40_000)), won.to_owned()] }
        })
        .collect();
    let table = Frame::infer(&header, &records, &Reading::default()).expect("a sound table").rows.frame;
    let model = study(&table, &Question::about("won")).expect("a study").model;
    let content = Content::Chances(Box::new(model));
    let file = ModelFile { content, others: BTreeMap::new(), intervals: None, lineage: lineage() };
    let bytes = file.to_bytes().expect("it is not too large");
    assert_eq!(ModelFile::read(&bytes).expect("it is whole"), file);
}

#[test]
fn a_model_comes_back_the_same_and_predicts_the_same_bits() {
    let file = trained();
    let bytes = file.to_bytes().unwrap();
    let back = ModelFile::read(&bytes).unwrap();
    assert_eq!(back, file);
    assert_eq!(back.to_bytes().unwrap(), bytes);
    let (Content::Chances(one), Content::Chances(other)) = (&file.content, &back.content) else {
        panic!("chances")
    };
    let table = table();
    let features = table.select(|column| one.schema.position(&column.name).is_some());
    let bits = |predictions: Vec<f64>| predictions.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(one.predict_all(&features)), bits(other.predict_all(&features)));
}

#[test]
fn a_whole_model_is_explained_to_its_calibrated_chance() {
    let Content::Chances(mut model) = trained().content else { panic!("chances") };
    let rows = [
        vec![Value::Number(9.0), Value::Level(0), Value::Missing],
        vec![Value::Missing, Value::Missing, Value::Number(1.0)],
        vec![],
    ];
    for calibration in [model.calibration.clone(), Calibration::Raw] {
        model.calibration = calibration;
        let explainer = ModelExplainer::new(&model).unwrap();
        for row in &rows {
            let margins = explainer.margins(row);
            assert!((margins.prediction - model.raw(row)).abs() < 1e-9);
            let chances = explainer.chances(row);
            let sum: f64 = chances.contributions.iter().sum();
            assert!((chances.base + sum - model.predict(row)).abs() < 1e-9);
        }
    }
}

#[test]
fn every_kind_of_node_comes_back() {
    let file = small();
    assert_eq!(ModelFile::read(&file.to_bytes().unwrap()).unwrap(), file);
}

#[test]
fn every_file_that_is_cut_off_is_refused() {
    let bytes = small().to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(ModelFile::read(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
    let longer = [&bytes[..], &[0]].concat();
    let error = ModelFile::read(&longer).unwrap_err();
    assert!(matches!(error, ModelFileError::Length { .. }), "{error}");
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = small().to_bytes().unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            assert!(ModelFile::read(&damaged).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn formats_that_are_not_read_are_refused_with_the_reason() {
    let bytes = small().to_bytes().unwrap();
    let of_format = |format: u32| {
        let mut bytes = bytes.clone();
        bytes[8..12].copy_from_slice(&format.to_le_bytes());
        ModelFile::read(&bytes).unwrap_err()
    };
    assert_eq!(of_format(FORMAT + 1), ModelFileError::TooNew { found: FORMAT + 1, known: FORMAT });
    assert_eq!(of_format(0), ModelFileError::TooOld { found: 0, oldest: 1 });
    assert!(of_format(0).to_string().contains("train the model again"));
    assert_eq!(ModelFile::read(b"PK\x03\x04 something else").unwrap_err(), ModelFileError::NotAModel);
    assert_eq!(ModelFile::read(b"").unwrap_err(), ModelFileError::NotAModel);
}

/// `model_format_1.ehm` was written when format 1 was new. It must be readable for as long as `FORMAT_OLDEST` is 1.
#[test]
fn a_file_of_the_first_format_is_still_read() {
    let bytes = include_bytes!("../../../../../data/ml/model_format_1.ehm");
    let file = ModelFile::read(bytes).unwrap();
    assert_eq!(file.lineage, lineage());
    let Content::Amounts { schema, forest } = &file.content else { panic!("amounts") };
    assert_eq!(schema.position("source"), Some(1));
    let rows = [
        [Value::Number(0.3), Value::Level(1), Value::Missing],
        [Value::Number(0.31), Value::Level(1), Value::Missing],
        [Value::Missing, Value::Level(2), Value::Missing],
        [Value::Missing, Value::Missing, Value::Missing],
    ];
    // Threshold 0.30000000000000004: 0.3 goes left, to node 4; above it right, to node 3.
    let [left, right, level, missing] = rows.map(|row| forest.raw(&row));
    assert_eq!((left, right), (0.7 + 2e-300, 0.7 + 1.0 / 3.0));
    assert_eq!((level, missing), (0.7 - 0.1, 0.7 - 0.1));
}

#[test]
fn what_would_not_come_back_is_not_written() {
    let mut file = small();
    let Content::Amounts { forest, .. } = &mut file.content else { panic!("amounts") };
    forest.base = f64::NAN;
    assert_eq!(file.to_bytes().unwrap_err(), ModelFileError::Unfaithful);
    let mut file = small();
    let Content::Amounts { forest, .. } = &mut file.content else { panic!("amounts") };
    // A child before its parent would never end.
    if let Node::Split { left, .. } = &mut forest.trees[0].nodes[2] {
        *left = 0;
    }
    assert_eq!(file.to_bytes().unwrap_err(), ModelFileError::Unfaithful);
    let mut file = small();
    file.lineage.measured[0].estimate.value = f64::INFINITY;
    assert_eq!(file.to_bytes().unwrap_err(), ModelFileError::Unfaithful);
}

/// CRC-64/XZ bit by bit, to put valid checksums over invalid contents.
fn crc64(bytes: &[u8]) -> u64 {
    !bytes.iter().fold(!0_u64, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xc96c_5795_d787_0f42 } else { crc >> 1 }
        })
    })
}

/// Sections of a file: tags and bodies.
fn taken_apart(bytes: &[u8]) -> Vec<([u8; 4], Vec<u8>)> {
    let count = u32::from_le_bytes(bytes[12..16].try_into().expect("four bytes")) as usize;
    let mut at = 16 + 20 * count + 8;
    bytes[16..16 + 20 * count]
        .chunks_exact(20)
        .map(|entry| {
            let length = u64::from_le_bytes(entry[4..12].try_into().expect("eight bytes")) as usize;
            at += length;
            (entry[..4].try_into().expect("four bytes"), bytes[at - length..at].to_vec())
        })
        .collect()
}

fn put_together(sections: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = b"EHMODEL\0".to_vec();
    file.extend(FORMAT.to_le_bytes());
    file.extend((sections.len() as u32).to_le_bytes());
    for (tag, body) in sections {
        file.extend(tag);
        file.extend((body.len() as u64).to_le_bytes());
        file.extend(crc64(body).to_le_bytes());
    }
    file.extend(crc64(&file).to_le_bytes());
    sections.iter().for_each(|(_, body)| file.extend(body));
    file
}

#[test]
fn unknown_sections_are_skipped_only_when_they_may_be() {
    let file = small();
    let mut sections = taken_apart(&file.to_bytes().unwrap());
    assert_eq!(put_together(&sections), file.to_bytes().unwrap());
    sections.push((*b"note", b"whatever".to_vec()));
    assert_eq!(ModelFile::read(&put_together(&sections)).unwrap(), file);
    sections.push((*b"WORK", b"whatever".to_vec()));
    let error = ModelFile::read(&put_together(&sections)).unwrap_err();
    assert_eq!(error.to_string(), "section WORK is unknown to this program");
    sections.pop();
    let again = sections[0].clone();
    sections.push(again);
    let error = ModelFile::read(&put_together(&sections)).unwrap_err();
    assert_eq!(error.to_string(), "section SCHM is there twice");
    let error = ModelFile::read(&put_together(&[])).unwrap_err();
    assert_eq!(error.to_string(), "section SCHM is missing");
}

#[test]
fn claims_of_size_take_no_memory() {
    let mut sections = taken_apart(&small().to_bytes().unwrap());
    let forest = sections.iter_mut().find(|(tag, _)| tag == b"FRST").unwrap();
    // Objective, base, then 2^62 trees; then one tree with 2^62 nodes.
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f];
    let head = [&[1][..], &[0; 8]].concat();
    for claim in [huge.to_vec(), [&[1][..], &huge].concat()] {
        forest.1 = [&head[..], &claim].concat();
        let sections = vec![forest.clone()];
        let others = taken_apart(&small().to_bytes().unwrap()).into_iter().filter(|(tag, _)| tag != b"FRST");
        let file = put_together(&sections.into_iter().chain(others).collect::<Vec<_>>());
        let error = ModelFile::read(&file).unwrap_err();
        assert!(matches!(error, ModelFileError::Content { .. }), "{error}");
    }
}

/// The sections of [`small`], made once.
static SMALL: LazyLock<Vec<([u8; 4], Vec<u8>)>> =
    LazyLock::new(|| taken_apart(&small().to_bytes().expect("a sound model")));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Damage under valid checksums: refused or read, and what is read can be used; never a panic, never without end.
    #[test]
    fn forged_sections_do_no_harm(section in 0_usize..3, edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>(), cuts in any::<bool>()) {
        let mut sections = SMALL.clone();
        let body = &mut sections[section].1;
        for (at, byte) in edits {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if cuts {
            let length = cut.index(body.len());
            body.truncate(length);
        }
        if let Ok(ModelFile { content: Content::Amounts { forest, .. }, .. }) = ModelFile::read(&put_together(&sections)) {
            let row = [Value::Number(1.0), Value::Level(1), Value::Missing];
            prop_assert!(!forest.raw(&row).is_nan());
        }
    }

    #[test]
    fn bytes_of_any_kind_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), begins in any::<bool>()) {
        let bytes = if begins { [&b"EHMODEL\0\x01\0\0\0"[..], &bytes].concat() } else { bytes };
        prop_assert!(ModelFile::read(&bytes).is_err());
    }
}
