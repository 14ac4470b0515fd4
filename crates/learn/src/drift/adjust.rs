use super::DriftError;

/// How p-values of many tests are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// The chance of even one false alarm stays below the level, whatever the tests have to do with each other (S.
    /// Holm, Scandinavian Journal of Statistics 6, 1979).
    Holm,
    /// The share of false alarms among all alarms stays below the level (Y. Benjamini and Y. Hochberg, JRSS B 57,
    /// 1995): finds more.
    BenjaminiHochberg,
}

/// The adjusted p-values of `p_values`, in their order: what is at or below a level is drift at that level.
///
/// # Errors
/// When one of them is no probability.
pub fn adjust(p_values: &[f64], adjustment: Adjustment) -> Result<Vec<f64>, DriftError> {
    if let Some(place) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(DriftError::PValue { place, value: p_values[place] });
    }
    let tests = p_values.len();
    let mut order: Vec<usize> = (0..tests).collect();
    order.sort_by(|one, other| p_values[*one].total_cmp(&p_values[*other]));
    let mut adjusted = vec![0.0; tests];
    match adjustment {
        Adjustment::Holm => {
            let mut largest = 0.0_f64;
            for (rank, &place) in order.iter().enumerate() {
                largest = largest.max(p_values[place] * (tests - rank) as f64).min(1.0);
                adjusted[place] = largest;
            }
        }
        Adjustment::BenjaminiHochberg => {
            let mut smallest = 1.0_f64;
            for (rank, &place) in order.iter().enumerate().rev() {
                smallest = smallest.min(p_values[place] * (tests as f64 / (rank + 1) as f64));
                adjusted[place] = smallest;
            }
        }
    }
    Ok(adjusted)
}
