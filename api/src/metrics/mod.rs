//! What is counted, in the OpenMetrics text format.

mod quality;

use std::{fmt, sync::Mutex, sync::PoisonError, sync::atomic::AtomicU64};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use stele_ledger::{Head, Ledger};
use stele_projections::Lag;

use self::quality::QualityMetrics;

/// Upper bounds of the request-duration buckets, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    path: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Command {
    mutation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ViewLabel {
    view: &'static str,
}

/// What is counted.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Counter>,
    request_seconds: Histogram,
    commands: Family<Command, Counter>,
    ledger_position: Gauge<u64, AtomicU64>,
    view_position: Family<ViewLabel, Gauge<u64, AtomicU64>>,
    quality: QualityMetrics,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("stele");
        let metrics =
            (Family::default(), Histogram::new(SECONDS), Family::default(), Gauge::default(), Family::default());
        let (requests, request_seconds, commands, ledger_position, view_position) = metrics;
        registry.register("http_requests", "HTTP requests answered", Family::clone(&requests));
        registry.register_with_unit(
            "http_request_duration",
            "Time to answer an HTTP request",
            Unit::Seconds,
            Histogram::clone(&request_seconds),
        );
        registry.register("commands", "Commands by what came of them", Family::clone(&commands));
        registry.register("ledger_position", "Position of the ledger's last event", Gauge::clone(&ledger_position));
        registry.register("view_position", "Position that a view's rows include", Family::clone(&view_position));
        let quality = QualityMetrics::registered(&mut registry);
        let registry = Mutex::new(registry);
        Self { registry, requests, request_seconds, commands, ledger_position, view_position, quality }
    }
}

impl Metrics {
    /// Counts an answered request.
    pub(crate) fn request(&self, path: &str, status: u16, seconds: f64) {
        self.requests.get_or_create(&Request { path: path.to_owned(), status }).inc();
        self.request_seconds.observe(seconds);
    }

    /// Counts a command.
    pub(crate) fn command(&self, mutation: &'static str, outcome: &'static str) {
        self.commands.get_or_create(&Command { mutation, outcome }).inc();
    }

    /// Makes the figures of quality anew if they are too old.
    pub(crate) async fn refresh_quality(&self, ledger: &Ledger) -> Result<(), quality::QualityMetricsError> {
        self.quality.refresh(ledger).await
    }

    /// Everything counted so far, as text.
    pub(crate) fn encode(&self, head: &Head, lags: &[Lag]) -> Result<String, fmt::Error> {
        self.ledger_position.set(head.position().get());
        for lag in lags {
            self.view_position.get_or_create(&ViewLabel { view: lag.view.as_str() }).set(lag.position.get());
        }
        let mut text = String::new();
        encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// A family that nothing was counted of is not told of, so each gets a sample.
    #[test]
    fn every_metric_that_the_dashboard_shows_is_one() {
        let metrics = Metrics::default();
        metrics.request("/graphql", 200, 0.01);
        metrics.command("login", "recorded");
        metrics.view_position.get_or_create(&ViewLabel { view: "quality" }).set(1);
        metrics.quality.fill();
        let mut text = String::new();
        encode(&mut text, &metrics.registry.lock().expect("not poisoned")).expect("written");
        let dashboard: Value =
            serde_json::from_str(include_str!("../../../deploy/grafana/stele.json")).expect("JSON");
        let panels = dashboard["panels"].as_array().expect("panels").iter();
        let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
        let shown: Vec<&str> = targets.filter_map(|target| target["expr"].as_str()).collect();
        let is_no_part = |character: char| !(character.is_ascii_lowercase() || character == '_');
        let words = shown.iter().flat_map(|expression| expression.split(is_no_part));
        let names: BTreeSet<&str> = words.filter(|word| word.starts_with("stele_")).collect();
        assert!(names.len() > 8, "{names:?}");
        for name in names {
            let family = name.trim_end_matches("_total").trim_end_matches("_bucket");
            assert!(text.contains(&format!("# TYPE {family} ")), "{name} is not in\n{text}");
        }
    }
}
