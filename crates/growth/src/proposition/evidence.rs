use super::{
    Block, Brief, Point, Section, SectionKey, StoryNames,
    account::plural,
    figures::{self, Figures},
};
use crate::{
    assess::assess,
    metrics::ClientMetrics,
    policy::{Metric, Values},
};

/// Documented results of comparable clients: success case documented, some result known, locations and
/// leads within the commercial policy's ratio. `None` when there is no such client.
pub(super) fn section(brief: &Brief<'_>, values: &Values, figures: &mut Figures) -> Option<Section> {
    let mut comparable: Vec<(bool, f64, &ClientMetrics, Values)> = brief
        .peers
        .iter()
        .filter(|peer| peer.client_id != brief.client.client_id)
        .filter(|peer| peer.success_case_documented == Some(true))
        .filter_map(|peer| {
            let theirs = Values::of(peer, brief.as_of);
            let has_result = [Metric::Roi, Metric::Appointments, Metric::LeadsGrowth]
                .into_iter()
                .any(|metric| theirs.get(metric).is_some_and(|value| value > 0.0));
            let distance = distance(values, &theirs, brief.commercial.story_size_ratio)?;
            let other_tier = assess(peer, brief.policy, brief.as_of).tier != brief.assessment.tier;
            has_result.then_some((other_tier, distance, peer, theirs))
        })
        .collect();
    comparable.sort_by(|a, b| {
        (a.0.cmp(&b.0)).then(a.1.total_cmp(&b.1)).then_with(|| a.2.client_id.cmp(&b.2.client_id))
    });
    comparable.truncate(brief.commercial.stories);
    let points: Vec<Point> = comparable
        .iter()
        .enumerate()
        .map(|(position, (_, _, peer, theirs))| {
            let title = match brief.commercial.story_names {
                StoryNames::Named => peer.client_name.to_string(),
                StoryNames::Anonymous => format!("Client {}", char::from(b'A' + (position % 26) as u8)),
            };
            let text = story(peer, theirs, &title, brief.commercial.story_names, figures);
            Point { title, text }
        })
        .collect();
    if points.is_empty() {
        return None;
    }
    let ratio = figures.count(
        "Comparable clients: size ratio",
        brief.commercial.story_size_ratio,
        "ratio",
        &brief.commercial.source("story_size_ratio"),
    );
    let text = format!(
        "Documented results of clients whose locations and leads lie within a factor of {ratio} of yours. Their \
         results are theirs; they show what has been reached, not what will be."
    );
    let blocks = vec![Block::Paragraph { text }, Block::Points { points }];
    Some(Section::new(SectionKey::Evidence, "Comparable clients", blocks))
}

/// How far apart two clients are in size: mean of |ln ratio| of locations and leads where both know
/// them; `None` when a ratio exceeds the limit or neither is known to both.
fn distance(ours: &Values, theirs: &Values, ratio_limit: f64) -> Option<f64> {
    let mut distances = Vec::new();
    for metric in [Metric::Locations, Metric::Leads] {
        let (Some(ours), Some(theirs)) = (ours.get(metric), theirs.get(metric)) else { continue };
        if ours <= 0.0 || theirs <= 0.0 {
            continue;
        }
        let distance = (ours / theirs).ln().abs();
        if distance > ratio_limit.ln() + 1e-9 {
            return None;
        }
        distances.push(distance);
    }
    (!distances.is_empty()).then(|| distances.iter().sum::<f64>() / distances.len() as f64)
}

fn story(
    peer: &ClientMetrics,
    values: &Values,
    name: &str,
    names: StoryNames,
    figures: &mut Figures,
) -> String {
    let owner = match names {
        StoryNames::Named => peer.client_id.as_str(),
        StoryNames::Anonymous => name,
    };
    let mut say = |metric: Metric| {
        let value = values.get(metric)?;
        let (printed, unit) = figures.shown(metric, value);
        let source = format!("client data of {owner}: {}", metric.id());
        Some((value, figures.state(format!("{name}: {}", figures::label(metric)), printed, unit, source)))
    };
    let mut parts = Vec::new();
    if let Some((count, locations)) = say(Metric::Locations) {
        parts.push(format!("{locations} {}", plural(count, "location", "locations")));
    }
    if let Some((_, leads)) = say(Metric::Leads) {
        parts.push(format!("{leads} leads a month"));
    }
    if let Some((_, appointments)) = say(Metric::Appointments).filter(|(value, _)| *value > 0.0) {
        parts.push(format!("{appointments} appointments a month"));
    }
    if let Some((_, growth)) = say(Metric::LeadsGrowth).filter(|(value, _)| *value > 0.0) {
        parts.push(format!("leads growing {growth} a month"));
    }
    if let Some((_, score)) = say(Metric::Satisfaction) {
        parts.push(format!("satisfaction {score}"));
    }
    if let Some((_, roi)) = say(Metric::Roi).filter(|(value, _)| *value > 0.0) {
        parts.push(format!("documented return {roi} of its subscription"));
    }
    format!("{}.", figures::capitalised(&parts.join("; ")))
}
