use super::Model;

/// Rounds of the subgradient method; the bound is valid after any number.
const ROUNDS: usize = 400;

/// Rounds without a better bound after which the steps are halved.
const PATIENCE: usize = 15;

/// What an hour of each owner's week is worth, and the bound that these prices prove.
pub(super) struct Priced {
    /// No plan is worth more.
    pub bound: f64,
    /// Price of an hour by owner and week, in units of value.
    pub prices: Vec<Vec<f64>>,
}

/// Lagrangian relaxation: hours may be overbooked at a price, so every work takes its cheapest choice
/// on its own, and what that is worth plus the price of all hours bounds every real plan from above
/// (Fisher, Management Science 27, 1981). At the best prices the bound equals the linear relaxation's.
/// Subgradient steps in the manner of Polyak approach them, from the price of the fractional knapsack
/// that all hours together make.
pub(super) fn relax(model: &Model<'_>) -> Priced {
    let start = knapsack_price(model);
    let mut prices: Vec<Vec<f64>> = model.capacity.iter().map(|weeks| vec![start; weeks.len()]).collect();
    let mut best = Priced { bound: trivial_bound(model), prices: prices.clone() };
    if model.choice_count() == 0 {
        return best;
    }
    let target = knapsack_value(model);
    let (mut pace, mut waited) = (1.0, 0);
    for round in 0..ROUNDS {
        let (value, excess) = evaluate(model, &prices, round);
        if value < best.bound * (1.0 - 1e-12) {
            best = Priced { bound: value, prices: prices.clone() };
            waited = 0;
        } else {
            waited += 1;
            if waited == PATIENCE {
                (pace, waited) = (pace * 0.5, 0);
                prices.clone_from(&best.prices);
                continue;
            }
        }
        let length: f64 = excess.iter().flatten().map(|hours| hours * hours).sum();
        if length <= 1e-12 {
            break;
        }
        let step = pace * (value - target * 0.98).max(1e-3 * value) / length;
        for (price, hours) in prices.iter_mut().flatten().zip(excess.iter().flatten()) {
            *price = (*price + step * hours).max(0.0);
        }
    }
    best
}

/// The bound at these prices and by how many hours each week is then overbooked.
fn evaluate(model: &Model<'_>, prices: &[Vec<f64>], round: usize) -> (f64, Vec<Vec<f64>>) {
    let mut excess: Vec<Vec<f64>> =
        model.capacity.iter().map(|weeks| weeks.iter().map(|hours| -hours).collect()).collect();
    let mut value: f64 = prices
        .iter()
        .flatten()
        .zip(model.capacity.iter().flatten())
        .map(|(price, hours)| price * hours)
        .sum();
    for (index, (work, choices)) in model.works.iter().zip(&model.choices).enumerate() {
        // Equal weeks have equal prices at first: starting the search elsewhere for each work spreads them.
        let (early, late) = choices.split_at((index * 7 + round) % choices.len().max(1));
        let mut cheapest = None;
        let mut gain = 0.0;
        for choice in late.iter().chain(early) {
            let cost: f64 = work
                .hours
                .iter()
                .zip(&prices[choice.owner][choice.week..])
                .map(|(hours, price)| hours * price)
                .sum();
            if work.value - cost > gain {
                gain = work.value - cost;
                cheapest = Some(*choice);
            }
        }
        value += gain;
        if let Some(choice) = cheapest {
            for (hours, over) in work.hours.iter().zip(&mut excess[choice.owner][choice.week..]) {
                *over += hours;
            }
        }
    }
    (value, excess)
}

/// Everything that could be placed at all.
fn trivial_bound(model: &Model<'_>) -> f64 {
    let placeable = model.works.iter().zip(&model.choices).filter(|(_, choices)| !choices.is_empty());
    placeable.map(|(work, _)| work.value).sum()
}

/// Value per hour of the last work that fits when all hours are one pool; 0 when everything fits.
fn knapsack_price(model: &Model<'_>) -> f64 {
    knapsack(model).1
}

/// Value of the works that fit whole when all hours are one pool: what the steps aim at.
fn knapsack_value(model: &Model<'_>) -> f64 {
    knapsack(model).0
}

fn knapsack(model: &Model<'_>) -> (f64, f64) {
    let mut pool: f64 = model.capacity.iter().flatten().sum();
    let mut value = 0.0;
    for work in super::search::by_density(model) {
        if model.choices[work].is_empty() {
            continue;
        }
        let hours: f64 = model.works[work].hours.iter().sum();
        if hours > pool {
            return (value, model.works[work].value / hours);
        }
        pool -= hours;
        value += model.works[work].value;
    }
    (value, 0.0)
}
