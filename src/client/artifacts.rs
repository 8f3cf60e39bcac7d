use super::{Asked, Client, ClientError};
use crate::api::{Format, JobReply, Operation, Query, ResultLink, Route, decode};
use crate::circuit::{Circuit, CircuitJson, Program};
use crate::gates::Native;

impl Client {
    /// Downloads something that a job lists in its `results` or its `output`, as it is.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 if the job has nothing of this id.
    pub async fn artifact(&self, job: &str, link: &ResultLink) -> Result<Vec<u8>, ClientError> {
        self.send(Route::new(Operation::GetJobArtifact, [job, &link.id]), Query::default(), None::<&()>).await
    }

    /// The native circuit that a job ran, or that a dry run would have run; `None` if the job does not tell.
    ///
    /// # Errors
    /// [`ClientError::Protocol`] if what comes is no native circuit.
    pub async fn compiled_circuit(&self, job: &JobReply) -> Result<Option<Circuit<Native>>, ClientError> {
        let compiled = job.output.compilation.as_ref().and_then(|output| output.compiled_circuits.get(Format::Native.id()));
        let Some(link) = compiled else { return Ok(None) };
        let body = self.artifact(&job.id, link).await?;
        let asked = Asked::of(&Route::new(Operation::GetJobArtifact, [&*job.id, &link.id]));
        let broken = |problem: String| ClientError::protocol(asked.clone(), problem, &body);
        let circuit: CircuitJson = decode(&body).map_err(|error| broken(error.to_string()))?;
        match circuit.program(Some("native"), None).map_err(|error| broken(error.to_string()))? {
            Program::Native(circuit) => Ok(Some(circuit)),
            Program::Qis(_) => Err(broken("its gateset is not native".to_owned())),
        }
    }
}
