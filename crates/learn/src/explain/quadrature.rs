//! Gauss-Legendre quadrature on [0, 1].

/// Nodes and weights of the rule with `Q` nodes, which is exact for polynomials of degree `2 * Q - 1`.
///
/// Nodes are found by Newton's method on the Legendre polynomial (Press et al., Numerical Recipes, section 4.6).
pub(super) fn rule<const Q: usize>() -> ([f64; Q], [f64; Q]) {
    let (mut nodes, mut weights) = ([0.0; Q], [0.0; Q]);
    for place in 0..Q.div_ceil(2) {
        let mut z = libm::cos(std::f64::consts::PI * (place as f64 + 0.75) / (Q as f64 + 0.5));
        let mut slope = 1.0;
        for _ in 0..100 {
            let (value, derivative) = legendre(Q, z);
            slope = derivative;
            let step = value / derivative;
            z -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        let weight = 1.0 / ((1.0 - z * z) * slope * slope);
        (nodes[place], nodes[Q - 1 - place]) = (0.5 * (1.0 - z), 0.5 * (1.0 + z));
        (weights[place], weights[Q - 1 - place]) = (weight, weight);
    }
    (nodes, weights)
}

/// The Legendre polynomial of degree `degree` at `z`, with its derivative.
fn legendre(degree: usize, z: f64) -> (f64, f64) {
    let (mut before, mut value) = (0.0, 1.0);
    for n in 1..=degree {
        let n = n as f64;
        (before, value) = (value, ((2.0 * n - 1.0) * z * value - (n - 1.0) * before) / n);
    }
    (value, degree as f64 * (z * value - before) / (z * z - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<const Q: usize>() {
        let (nodes, weights) = rule::<Q>();
        assert!(nodes.iter().all(|node| 0.0 < *node && *node < 1.0));
        for degree in 0..2 * Q {
            let sum: f64 =
                nodes.iter().zip(&weights).map(|(node, weight)| weight * node.powi(degree as i32)).sum();
            let exact = 1.0 / (degree as f64 + 1.0);
            assert!((sum - exact).abs() < 1e-14, "{Q} nodes, degree {degree}: {sum}");
        }
    }

    #[test]
    fn powers_up_to_twice_the_nodes_are_integrated_exactly() {
        holds::<1>();
        holds::<4>();
        holds::<8>();
        holds::<16>();
        holds::<32>();
    }
}
