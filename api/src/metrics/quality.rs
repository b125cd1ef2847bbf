//! Figures of quality among the metrics: they take a look at many labels, so they are made anew once in a while.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use stele_agreement::{
    Undefined, alpha,
    annotator::flag::{FlagError, Rules, flags},
};
use stele_domain::ProjectId;
use stele_ledger::{Ledger, Position};
use stele_projections::{
    ProjectionError,
    directory::{self, PageRequest, ProjectRow, Within},
    quality::{Scope, Tally, profiles},
    task_queue,
};
use tokio::{sync::Mutex, task::JoinError, time::Instant};

/// For how long figures will do.
const LASTS: Duration = Duration::from_mins(1);

/// How many times as long as it took to make them they last at least.
const LASTS_TIMES: u32 = 20;

/// The projects that figures are made of: the first ones.
const PROJECTS: i64 = 100;

/// A question with more categories is told of without its distribution: numbers would be a series each.
const CATEGORIES: usize = 50;

/// A question with more labels is told of without its flags.
const LABELS: u32 = 200_000;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfProject {
    project: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Named {
    project: String,
    name: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfQuestion {
    project: String,
    question: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCategory {
    project: String,
    question: String,
    category: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRule {
    project: String,
    question: String,
    rule: &'static str,
}

type Whole<L> = Family<L, Gauge<i64, AtomicI64>>;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QualityMetricsError {
    /// A view could not be read.
    #[error(transparent)]
    View(#[from] ProjectionError),
    /// The flags could not be made.
    #[error(transparent)]
    Flags(#[from] FlagError),
    /// The stored counts are not those of any labels, or too many.
    #[error(transparent)]
    Counts(#[from] Undefined),
    /// The calculation was broken off.
    #[error(transparent)]
    BrokenOff(#[from] JoinError),
}

/// The figures of quality.
#[derive(Default)]
pub(super) struct QualityMetrics {
    projects: Whole<Named>,
    open_tasks: Whole<OfProject>,
    labels: Whole<OfCategory>,
    units: Whole<OfQuestion>,
    alpha: Family<OfQuestion, Gauge<f64, AtomicU64>>,
    flags: Whole<OfRule>,
    /// Until when they will do.
    lasts_until: Mutex<Option<Instant>>,
}

impl QualityMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let figures = Self::default();
        registry.register("project_info", "What a project is called", Family::clone(&figures.projects));
        registry.register("open_tasks", "Tasks that need annotators", Family::clone(&figures.open_tasks));
        registry.register("labels", "Labels that count, by what they say", Family::clone(&figures.labels));
        registry.register("units", "Units with a label", Family::clone(&figures.units));
        registry.register("nominal_alpha", "Krippendorff's alpha for nominal data", Family::clone(&figures.alpha));
        registry.register("outlier_flags", "Flags of annotators for review", Family::clone(&figures.flags));
        figures
    }

    /// Makes the figures anew if they are too old.
    pub(super) async fn refresh(&self, ledger: &Ledger) -> Result<(), QualityMetricsError> {
        let mut lasts_until = self.lasts_until.lock().await;
        let began = Instant::now();
        if lasts_until.is_some_and(|until| began < until) {
            return Ok(());
        }
        let page = PageRequest { after: Position::START, limit: PROJECTS };
        let projects = directory::projects(ledger, &Within::Workspace, page).await?;
        let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
        let open = task_queue::open_tasks_of(ledger, &ids).await?;
        self.clear();
        for project in &projects {
            let id = project.id.to_string();
            self.projects.get_or_create(&Named { project: id.clone(), name: project.name.clone() }).set(1);
            let open = open.get(&project.id).copied().unwrap_or(0);
            self.open_tasks.get_or_create(&OfProject { project: id }).set(open.cast_signed());
            self.of_questions(ledger, project).await?;
        }
        *lasts_until = Some(Instant::now() + LASTS.max(LASTS_TIMES * began.elapsed()));
        Ok(())
    }

    fn clear(&self) {
        self.projects.clear();
        self.open_tasks.clear();
        self.labels.clear();
        self.units.clear();
        self.alpha.clear();
        self.flags.clear();
    }

    async fn of_questions(&self, ledger: &Ledger, project: &ProjectRow) -> Result<(), QualityMetricsError> {
        for question in &project.form.questions {
            let scope = Scope::all(project.id, question.key.clone());
            let tally = Tally::of(ledger, &scope).await?;
            let distribution = tally.distribution();
            if distribution.is_empty() {
                continue;
            }
            let of = OfQuestion { project: project.id.to_string(), question: question.key.to_string() };
            self.distributed(&of, distribution);
            let (alpha, totals) = tokio::task::spawn_blocking(move || {
                let ratings = tally.ratings();
                // an alpha that is undefined is no sample; counts that can't be are an error
                (alpha::nominal(&ratings).ok(), ratings.totals())
            })
            .await?;
            let totals = totals?;
            self.units.get_or_create(&of).set(totals.units.into());
            if let Some(alpha) = alpha {
                self.alpha.get_or_create(&of).set(alpha);
            }
            if totals.ratings <= LABELS {
                let judgments = scope.judgments(ledger).await?;
                let raised =
                    tokio::task::spawn_blocking(move || flags(&profiles(&judgments), &Rules::default())).await??;
                let (project, question) = (of.project, of.question);
                for flag in raised {
                    let (project, question) = (project.clone(), question.clone());
                    self.flags.get_or_create(&OfRule { project, question, rule: flag.rule.name() }).inc();
                }
            }
        }
        Ok(())
    }

    fn distributed(&self, of: &OfQuestion, distribution: BTreeMap<String, u64>) {
        if distribution.len() > CATEGORIES {
            return;
        }
        for (category, labels) in distribution {
            let of = OfCategory { project: of.project.clone(), question: of.question.clone(), category };
            self.labels.get_or_create(&of).set(labels.cast_signed());
        }
    }
}

#[cfg(test)]
impl QualityMetrics {
    /// Gives every family a sample.
    pub(super) fn fill(&self) {
        let [project, question, name, category] = ["p", "q", "n", "c"].map(str::to_owned);
        let of = OfQuestion { project: project.clone(), question: question.clone() };
        self.projects.get_or_create(&Named { project: project.clone(), name }).set(1);
        self.open_tasks.get_or_create(&OfProject { project: project.clone() }).set(1);
        self.units.get_or_create(&of).set(1);
        self.alpha.get_or_create(&of).set(1.0);
        self.flags
            .get_or_create(&OfRule { project: project.clone(), question: question.clone(), rule: "speed" })
            .set(1);
        self.labels.get_or_create(&OfCategory { project, question, category }).set(1);
    }
}
