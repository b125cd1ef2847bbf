//! Strengths moved towards a greater likelihood, given expected preferences.

/// How many rounds over all items a maximisation makes: they cost little beside an expectation over all judgments.
const ROUNDS: usize = 4;

/// Expected preferences between two items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meeting {
    first: usize,
    second: usize,
    /// Of the first item, and of the second.
    pub(crate) preferred: [f64; 2],
}

/// The pairs that met, and the strengths of items, on the scale where the imaginary item of the prior has strength 1.
#[derive(Clone, Debug)]
pub(crate) struct Meetings {
    pub(crate) pairs: Vec<Meeting>,
    /// For each item, the places of its pairs.
    of_item: Vec<Vec<usize>>,
    strengths: Vec<f64>,
    prior_ties: f64,
}

impl Meetings {
    pub(crate) fn new(items: u32, pairs: &[(u32, u32)], prior_ties: f64) -> Self {
        let mut of_item = vec![Vec::new(); items as usize];
        let mut meetings = Vec::with_capacity(pairs.len());
        for (place, &(first, second)) in pairs.iter().enumerate() {
            let (first, second) = (first as usize, second as usize);
            of_item[first].push(place);
            of_item[second].push(place);
            meetings.push(Meeting { first, second, preferred: [0.0; 2] });
        }
        Self { pairs: meetings, of_item, strengths: vec![1.0; items as usize], prior_ties }
    }

    /// The probabilities that each pair's first item is preferred, and its second; forgets the expected preferences.
    pub(crate) fn take_shares(&mut self) -> Vec<[f64; 2]> {
        let strengths = &self.strengths;
        let share = |pair: &mut Meeting| {
            pair.preferred = [0.0; 2];
            let both = [strengths[pair.first], strengths[pair.second]];
            both.map(|strength| strength / (both[0] + both[1]))
        };
        self.pairs.iter_mut().map(share).collect()
    }

    /// Moves strengths, by rounds of Hunter's equation 3 (2004), to a greater likelihood of the expected preferences.
    pub(crate) fn maximise(&mut self) {
        for _ in 0..ROUNDS {
            for item in 0..self.strengths.len() {
                self.strengths[item] = self.next_strength(item);
            }
        }
    }

    fn next_strength(&self, item: usize) -> f64 {
        let strength = self.strengths[item];
        let mut preferred = self.prior_ties / 2.0;
        let mut sum = self.prior_ties / (strength + 1.0);
        for &place in &self.of_item[item] {
            let pair = self.pairs[place];
            preferred += pair.preferred[usize::from(pair.second == item)];
            let both = pair.preferred[0] + pair.preferred[1];
            sum += both / (self.strengths[pair.first] + self.strengths[pair.second]);
        }
        preferred / sum
    }

    /// The logarithm of the probability of the ties with the imaginary item, each half a win and half a loss.
    pub(crate) fn log_prior(&self) -> f64 {
        let of_item = |strength: &f64| strength.ln() / 2.0 - strength.ln_1p();
        self.prior_ties * self.strengths.iter().map(of_item).sum::<f64>()
    }

    /// Strengths with a geometric mean of 1.
    pub(crate) fn scaled_strengths(&self) -> Vec<f64> {
        let mean = self.strengths.iter().map(|strength| strength.ln()).sum::<f64>() / self.strengths.len() as f64;
        self.strengths.iter().map(|strength| strength * (-mean).exp()).collect()
    }
}
