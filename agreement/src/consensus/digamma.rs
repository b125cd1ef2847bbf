//! The digamma function, the derivative of `ln Γ`.

/// From here on, six terms of the asymptotic series are exact to rounding.
const LARGE: f64 = 12.0;

/// `ψ(x)`, for `x > 0`, to about 10⁻¹⁴.
///
/// By the recurrence `ψ(x) = ψ(x + 1) − 1/x` up to where the asymptotic series serves: Abramowitz & Stegun (1964), 6.3.5
/// and 6.3.18.
pub(crate) fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < LARGE {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    // Bernoulli numbers, B₂ₙ / 2n.
    let series = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0];
    let tail = series.iter().rev().fold(0.0, |tail, coefficient| (tail + coefficient) * square);
    sum + x.ln() - 0.5 / x - tail
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With Euler's constant γ: `ψ(1) = −γ`, `ψ(½) = −γ − 2 ln 2`, `ψ(n + 1) = −γ + Σ 1/k`.
    #[test]
    fn closed_forms() {
        let euler = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + euler).abs() < 1e-14);
        assert!((digamma(0.5) + euler + 2.0 * 2f64.ln()).abs() < 1e-14);
        let harmonic: f64 = (1..=40).map(|k| 1.0 / f64::from(k)).sum();
        assert!((digamma(41.0) - (harmonic - euler)).abs() < 1e-14);
    }
}
