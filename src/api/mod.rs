//! The words on the wire: IonQ's REST API, both directions, for the client and for the cloud alike.
//!
//! May import: `gates`, `circuit`, `device`, `outcome`. Serde and conversion only. Read `operation.rs` for the table of
//! operations.

mod about;
mod answer;
mod backend;
mod characterization;
mod clone;
mod cost;
mod decode;
mod error;
mod exchange;
mod format;
mod job;
mod metadata;
mod openapi;
mod operation;
mod output;
mod pending;
mod registered;
mod request;
mod results;
mod route;
mod screen;
mod session;
mod settings;
mod size;
mod translate;
mod usage;
mod v03;

pub use about::coverage;
pub(crate) use answer::Answer;
pub use backend::{BackendReply, HealthReply, WhoamiReply};
pub use characterization::{
    CalibrationReply, CalibrationsReply, CharacterizationReply, CharacterizationsReply, FidelityBody, MeanBody, MeansBody, MedianBody,
    TimingBody,
};
pub use clone::CloneRequest;
pub use cost::{Cost, CostReply, EstimateContext, EstimateInput, EstimateReply, EstimateRequest, Rate, RateCard, RateInformation};
pub use decode::{decode, decode_any, decode_list};
#[cfg(feature = "client")]
pub(crate) use error::visible;
pub use error::{ErrorBody, Validation};
pub use exchange::{ApiKey, Method, Query, Reply, Request};
pub use format::Format;
pub use job::{
    BulkReply, BulkRequest, ChangedReply, CreatedReply, FailureBody, FailureCode, GateCountsBody, JobReply, JobStatus, JobsReply,
    ResultLink, ResultLinks, StatsBody, WarningBody, time,
};
pub use metadata::{MAX_METADATA, MAX_METADATA_KEY, MAX_METADATA_VALUE, Metadata, MetadataValue};
pub(crate) use openapi::document;
pub use operation::{OPERATIONS, Operation, Spec, Version};
pub use output::{CompilationOutput, DebiasingOutput, MitigationOutput, OutputBody, VariantBody};
pub(crate) use pending::Pending;
pub(crate) use registered::{Registered, Values};
pub use request::{CircuitSource, JobKind, JobRequest, MAX_CIRCUITS, MAX_GATES, MAX_NAME, RequestError};
pub(crate) use results::ResultsBody;
pub use results::{AggregateReply, CountsReply, NumberMap, ProbabilitiesReply, ResultFormat};
pub use route::Route;
pub use screen::{MAX_DEPTH, MAX_NUMBER, MAX_OBJECTS, screen};
pub use session::{CostLimit, SessionLimits, SessionReply, SessionRequest, SessionSettings, SessionStatus, SessionsReply};
pub use settings::{Compilation, ErrorMitigation, NoiseRequest, SettingsBody};
pub(crate) use size::Shape;
pub use usage::{GroupUsage, UsageAmount, UsageEntry, UsageGroup, UsagePeriod, UsageReply};
