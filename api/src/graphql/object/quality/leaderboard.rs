//! Which models' responses are preferred.

use async_graphql::SimpleObject;
use stele_agreement::preference::{
    self, BradleyTerry, BradleyTerryEstimate, Comparisons, OrderEffect, Outcome, Variance, circular_triads,
    connected_components,
};
use stele_projections::quality::Tally;

use super::coefficient::Coefficient;

/// So many ties of each model with an imaginary one are added where comparisons don't connect all models.
const PRIOR_TIES: f64 = 1.0;

/// Which models' responses are preferred: strengths by the model of Bradley & Terry, a tie being half a win for each.
#[derive(SimpleObject)]
pub(super) struct Leaderboard {
    /// The models, the strongest first.
    models: Vec<RankedModel>,
    /// Comparisons of two models.
    comparisons: u64,
    /// Whether every model is connected with every other by wins. Where it is not, strengths would be infinite, and a weak prior draws
    /// them together: one tie of each model with an imaginary one of average strength.
    is_connected: bool,
    /// The natural logarithm of the likelihood.
    log_likelihood: Option<f64>,
    /// Why there are no strengths.
    undefined_because: Option<String>,
    /// Whether what is seen first has an advantage.
    order_effect: OrderEffectObject,
    /// Of all triads of models that were all compared, how many run in a circle: each preferred to the next.
    circular_triads: Option<u64>,
}

/// A model on the leaderboard.
#[derive(SimpleObject)]
struct RankedModel {
    /// The model.
    model: String,
    /// Its strength: above 0, with a geometric mean of 1. It is preferred to another with the odds of their strengths.
    strength: f64,
    /// The lower end of its 95 % interval, by the sandwich estimate.
    low: Option<f64>,
    /// The upper end.
    high: Option<f64>,
    /// Comparisons that it won.
    wins: u64,
    /// Comparisons that it lost.
    losses: u64,
    /// Comparisons without a winner.
    ties: u64,
}

/// The advantage of what is seen first, by the model of Davidson & Beaver.
#[derive(SimpleObject)]
#[graphql(name = "OrderEffect")]
struct OrderEffectObject {
    /// The odds of the first of two equal responses, ties aside: 1 without an effect.
    odds: Coefficient,
    /// The standard error of their logarithm.
    standard_error: Option<f64>,
    /// The probability of so great an effect where there is none, by the ratio of likelihoods.
    p_value: Option<f64>,
}

impl Leaderboard {
    pub(super) fn of(tally: &Tally) -> Option<Self> {
        let mut comparisons = Comparisons::new();
        let mut all = 0;
        for (compared, count) in tally.compared() {
            let (first, second, outcome) = compared.as_seen();
            comparisons.extend([((first, second), times(outcome, count.cast_signed()))]);
            all += count;
        }
        if comparisons.items().len() < 2 {
            return None;
        }
        let is_connected = connected_components(&comparisons).is_some_and(|groups| groups.len() == 1);
        let prior_ties = if is_connected { 0.0 } else { PRIOR_TIES };
        let fitted = BradleyTerry { prior_ties, ..BradleyTerry::default() }.fit(&comparisons);
        let order = OrderEffect::test(&comparisons);
        let mut board = Self {
            models: Vec::new(),
            comparisons: all,
            is_connected,
            log_likelihood: fitted.as_ref().ok().map(BradleyTerryEstimate::log_likelihood),
            undefined_because: fitted.as_ref().err().map(ToString::to_string),
            order_effect: OrderEffectObject {
                standard_error: order.as_ref().ok().map(|order| order.standard_error),
                p_value: order.as_ref().ok().map(|order| order.p_value),
                odds: order.map(|order| order.gamma).into(),
            },
            circular_triads: circular_triads(&comparisons).map(|triads| triads.circular),
        };
        if let Ok(fitted) = fitted {
            let uncertainty = fitted.uncertainty(Variance::Sandwich);
            for (item, (model, strength)) in fitted.items().iter().zip(fitted.strengths()).enumerate() {
                let interval = uncertainty.as_ref().and_then(|known| known.interval(item, 0.95));
                let [wins, losses, ties] = record(&comparisons, model);
                board.models.push(RankedModel {
                    model: model.clone(),
                    strength: *strength,
                    low: interval.map(|(low, _)| low),
                    high: interval.map(|(_, high)| high),
                    wins,
                    losses,
                    ties,
                });
            }
            board.models.sort_by(|one, next| next.strength.total_cmp(&one.strength));
        }
        Some(board)
    }
}

fn times(outcome: Outcome, count: i64) -> preference::Tally {
    let mut tally = preference::Tally::default();
    match outcome {
        Outcome::Left => tally.left = count,
        Outcome::Right => tally.right = count,
        Outcome::Tie => tally.ties = count,
    }
    tally
}

/// How often a model won, lost and did neither; against itself it does neither.
fn record(comparisons: &Comparisons<String>, model: &str) -> [u64; 3] {
    let mut record = [0; 3];
    for (left, right, tally) in comparisons.iter() {
        let (won, lost) = match (left == model, right == model) {
            (true, false) => (tally.left, tally.right),
            (false, true) => (tally.right, tally.left),
            _ => continue,
        };
        let counts = [won, lost, tally.ties];
        record.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count.cast_unsigned());
    }
    record
}
