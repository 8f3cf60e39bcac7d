use crate::compile::CompileError;
use crate::simulate::SimulateError;

/// Why a program cannot be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// It has no native gates on the device.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It cannot be simulated.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
}
