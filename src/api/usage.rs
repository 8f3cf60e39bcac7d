//! `GET /organizations/{organization}/usage`: what an organization's jobs came to.

use serde::{Deserialize, Serialize};

/// What amounts are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum UsageGroup {
    Job,
    Project,
    User,
}

impl UsageGroup {
    /// All of them.
    pub const ALL: [UsageGroup; 3] = [Self::Job, Self::Project, Self::User];

    /// The wire spelling.
    pub const fn name(self) -> &'static str {
        match self {
            UsageGroup::Job => "job",
            UsageGroup::Project => "project",
            UsageGroup::User => "user",
        }
    }
}

/// How long the periods of a report are. Weeks begin on Monday; days are those of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum UsagePeriod {
    Daily,
    Weekly,
    Monthly,
}

impl UsagePeriod {
    /// All of them.
    pub const ALL: [UsagePeriod; 3] = [Self::Daily, Self::Weekly, Self::Monthly];

    /// The wire spelling.
    pub const fn name(self) -> &'static str {
        match self {
            UsagePeriod::Daily => "daily",
            UsagePeriod::Weekly => "weekly",
            UsagePeriod::Monthly => "monthly",
        }
    }
}

/// An amount in one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct UsageAmount {
    pub amount: f64,
    pub unit: String,
}

/// A report. `start_date` and `end_date` are the query's again: the contract requires them without describing them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct UsageReply {
    #[serde(default)]
    pub start_date: String,
    #[serde(default)]
    pub end_date: String,
    /// The beginning of the first day.
    pub usage_from: String,
    /// The end of the last day, which is the beginning of the next.
    pub usage_to: String,
    pub organization: String,
    pub group_type: UsageGroup,
    pub modality: UsagePeriod,
    pub usage_unit: String,
    pub amount_total: f64,
    #[serde(default)]
    pub amount_totals: Vec<UsageAmount>,
    pub job_count: u64,
    /// Time on quantum computers in microseconds.
    pub time_us_total: f64,
    /// One entry for each period with jobs, the latest first.
    pub usage_data: Vec<UsageEntry>,
}

/// One period of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct UsageEntry {
    /// The first day of the period.
    pub from: String,
    pub job_count: u64,
    pub amount: f64,
    #[serde(default)]
    pub amount_unit: String,
    #[serde(default)]
    pub amounts: Vec<UsageAmount>,
    pub time_us: f64,
    /// The five that cost most, the dearest first.
    pub group_usages: Vec<GroupUsage>,
}

/// What one job, project or user came to in one period; jobs of other projects are one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the wire's own names
pub struct GroupUsage {
    pub group_id: String,
    pub group_name: String,
    pub job_count: u64,
    pub amount: f64,
    pub amount_unit: String,
    pub amounts: Vec<UsageAmount>,
    pub time_us: f64,
}
