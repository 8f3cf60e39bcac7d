//! Ctrl-C, SIGTERM and SIGHUP: once, and the batch comes to its end; twice, and it is left.

use super::Run;
use crate::executor::Stop;
use indicatif::ProgressBar;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// Listens as long as the runtime lives.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupts(Arc<State>);

#[derive(Debug, Default)]
struct State {
    seen: AtomicUsize,
    /// Whether there is nothing left to end gently.
    over: AtomicBool,
}

impl Interrupts {
    /// Begins to listen; needs a runtime.
    pub(super) fn listen(stop: &Stop, bar: ProgressBar) -> io::Result<Interrupts> {
        let interrupts = Interrupts::default();
        let (stop, own, mut signals) = (stop.clone(), interrupts.clone(), Signals::new()?);
        tokio::spawn(async move {
            loop {
                signals.next().await;
                own.pull(&stop, &bar);
            }
        });
        Ok(interrupts)
    }

    /// Does what one more signal asks for.
    fn pull(&self, stop: &Stop, bar: &ProgressBar) {
        let before = self.0.seen.fetch_add(1, SeqCst);
        if self.0.over.load(SeqCst) || before >= 2 {
            std::process::exit(130);
        }
        if before > 0 {
            return stop.now("interrupted");
        }
        let words = "nothing more is submitted, what is in flight is waited for";
        let words = format!("paultrap: interrupted: {words}, up to {} s; once more leaves at once", Run::GRACE);
        bar.suspend(|| drop(writeln!(io::stderr(), "{words}"))); // whoever closed it is not to be told
        stop.gently("interrupted"); // the batch may be over right after that, and the words were to come before its last ones
    }

    /// Whether there was a signal.
    pub(super) fn any(&self) -> bool {
        self.0.seen.load(SeqCst) > 0
    }

    /// From now on a signal ends the process.
    pub(super) fn end(&self) {
        self.0.over.store(true, SeqCst);
    }
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Writing beyond the largest size a file may have is an error like a full disk, and not the end of the process.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(super) fn survive_full_files() -> io::Result<()> {
    const SIGXFSZ: i32 = 25;
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ)).map(drop)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn survive_full_files() -> io::Result<()> {
    Ok(())
}
