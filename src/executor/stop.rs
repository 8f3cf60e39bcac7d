use std::sync::Arc;
use tokio::sync::watch;

/// Ends a batch early. Copies are the same switch; a batch listens to the one that it was given.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<Option<Halt>>>);

/// Why and how a batch ends early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Halt {
    pub(super) because: Arc<str>,
    /// Whether what is in flight may come to its end.
    pub(super) gently: bool,
}

impl Default for Stop {
    fn default() -> Stop {
        Stop::new()
    }
}

impl Stop {
    /// A switch that is not pulled.
    pub fn new() -> Stop {
        Stop(Arc::new(watch::Sender::new(None)))
    }

    /// From now on nothing is submitted. What is in flight is waited for, as long as [`Batch::grace`](super::Batch::grace) says.
    pub fn gently(&self, because: &str) {
        self.pull(Halt { because: because.into(), gently: true });
    }

    /// From now on nothing is submitted, and nothing waited for.
    pub fn now(&self, because: &str) {
        self.pull(Halt { because: because.into(), gently: false });
    }

    /// Waits until it is pulled.
    pub async fn pulled(&self) {
        if self.halt().is_none() {
            self.changed(None).await;
        }
    }

    fn pull(&self, halt: Halt) {
        self.0.send_if_modified(|state| {
            let stronger = state.as_ref().is_none_or(|old| old.gently && !halt.gently);
            if stronger {
                *state = Some(halt);
            }
            stronger
        });
    }

    pub(super) fn halt(&self) -> Option<Halt> {
        self.0.borrow().clone()
    }

    /// Waits until it is pulled, or pulled harder than it was.
    pub(super) async fn changed(&self, from: Option<&Halt>) -> Halt {
        let mut listener = self.0.subscribe();
        let changed = listener.wait_for(|halt| halt.as_ref().is_some_and(|halt| Some(halt) != from)).await;
        match changed.ok().and_then(|halt| halt.clone()) {
            Some(halt) => halt,
            None => std::future::pending().await,
        }
    }
}
