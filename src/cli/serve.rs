use super::devices::Devices;
use super::{Stop, duration, keys, positive, scenario, threads};
use crate::adapters::http;
use crate::api::ApiKey;
use crate::cloud::{Cloud, RateLimit, Scenario};
use crate::outcome::Seed;
use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Serve IonQ's REST API on this machine
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// Where to listen; port 0 picks a free one
    #[arg(long, default_value_t = http::DEFAULT_ADDR)]
    addr: SocketAddr,
    /// Accept only this key, or these if given several times; other users of the machine can see it, --keys is better [default: any key]
    #[arg(long = "api-key", value_name = "KEY", value_parser = key)]
    api_keys: Vec<ApiKey>,
    /// Accept only the keys of this file: [[key]] with env (the name of an environment variable) or key, and perhaps name, project,
    /// organization, revoked, backends
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// How often each key may ask, such as 100/s, 30/min or 5/h; then 429 [default: as often as it likes]
    #[arg(long, value_name = "RATE")]
    rate_limit: Option<RateLimit>,
    /// How many requests may come at once under --rate-limit [default: as many as the rate has]
    #[arg(long, value_name = "N", requires = "rate_limit", value_parser = clap::value_parser!(u32).range(1..))]
    rate_burst: Option<u32>,
    /// Listen where other machines can reach it; needs a key and --allowed-host
    #[arg(long)]
    allow_remote: bool,
    /// Accept this name in the Host header besides localhost, 127.0.0.1 and [::1]
    #[arg(long = "allowed-host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Let web pages of this origin ask, such as https://lab.example [default: none]
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// Write the port to this file once the server listens
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// How long a job queues
    #[arg(long, default_value = "0s", value_parser = duration)]
    queue_time: Duration,
    /// How long a job runs at least
    #[arg(long, default_value = "0s", value_parser = duration)]
    run_time: Duration,
    /// How long a job may run; then it fails with SimulationTimeout [default: as long as it takes]
    #[arg(long, value_parser = duration)]
    job_time: Option<Duration>,
    /// How many circuits of a project may wait or run; then 429 [default: 10000]
    #[arg(long, value_name = "N", value_parser = positive)]
    max_queue: Option<usize>,
    /// How many jobs of a project are kept; then its oldest that are done make room [default: 100000]
    #[arg(long, value_name = "N", value_parser = positive)]
    max_jobs: Option<usize>,
    /// Where all randomness and all ids come from
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many simulations run at once; of two or more, keys of one project leave one to those of others [default: one per processor]
    #[arg(long, value_parser = threads)]
    workers: Option<usize>,
    /// What goes wrong: a built-in scenario such as A-01, or a file such as those in fixtures/scenarios [default: nothing]
    #[arg(long, value_name = "NAME|FILE", value_parser = scenario::read)]
    scenario: Option<Scenario>,
    #[command(flatten)]
    devices: Devices,
}

/// Takes every text: whatever is wrong with a key is told without repeating it, see [`keys::all`].
fn key(text: &str) -> Result<ApiKey, Infallible> {
    Ok(ApiKey::new(text.trim()))
}

impl Serve {
    pub(super) fn main(self) -> Result<(), Stop> {
        let addr = self.addr;
        let catalog = self.devices.catalog()?;
        let credentials = keys::all(self.api_keys, self.keys.as_deref(), &catalog)?;
        let options = http::Options { allowed_hosts: self.hosts, cors_origins: self.origins, ..http::Options::default() };
        let allowed = http::check_bind(addr, self.allow_remote, !credentials.is_empty(), &options);
        allowed.map_err(|error| Stop::Input(error.to_string()))?;
        if http::is_remote(addr) {
            tell!("paultrap: warning: other machines can reach {addr}, and what they send and get is not encrypted, keys included");
        }
        let mut cloud = Cloud::builder().queue_time(self.queue_time).run_time(self.run_time).seed(Seed(self.seed)).catalog(catalog);
        if let Some(workers) = self.workers {
            cloud = cloud.workers(workers);
        }
        if let Some(job_time) = self.job_time {
            cloud = cloud.job_time(job_time);
        }
        if let Some(circuits) = self.max_queue {
            cloud = cloud.max_queue(circuits);
        }
        if let Some(jobs) = self.max_jobs {
            cloud = cloud.max_jobs(jobs);
        }
        if let Some(limit) = self.rate_limit {
            cloud = cloud.rate_limit(self.rate_burst.map_or(limit, |burst| limit.burst(burst)));
        }
        if let Some(given) = self.scenario {
            scenario::announce(&given);
            cloud = cloud.scenario(given);
        }
        let cloud = credentials.into_iter().fold(cloud, |cloud, credential| cloud.credential(credential)).start();
        super::runtime().block_on(async move {
            let cannot = |error: io::Error| Stop::Input(format!("cannot listen on {addr}: {error}"));
            let listeners = http::Listeners::bind(addr).await.map_err(cannot)?;
            let bound = listeners.addrs().map_err(cannot)?;
            let stop = stop_signal()?;
            if let (Some(file), Some(first)) = (&self.port_file, bound.first()) {
                let cannot = |error| Stop::Input(format!("cannot write the port to {}: {error}", file.display()));
                write_port(file, first.port()).map_err(cannot)?;
            }
            let lines: String = bound.iter().map(|addr| format!("listening on http://{addr}\n")).collect();
            let mut out = std::io::stdout();
            match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
                // Whoever wanted to know the port may have left already; the server is for others.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(error.into()),
                _ => {}
            }
            http::serve(listeners, cloud, options, stop).await?;
            Ok(())
        })
    }
}

/// Writes the port to a file that nobody else can read or have put there, all at once.
fn write_port(file: &Path, port: u16) -> io::Result<()> {
    let mut name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}", std::process::id()));
    let new = file.with_file_name(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&new).and_then(|mut open| writeln!(open, "{port}")).and_then(|()| std::fs::rename(&new, file));
    written.inspect_err(|_| drop(std::fs::remove_file(&new)))
}

/// Resolves at SIGTERM or Ctrl-C.
fn stop_signal() -> Result<impl Future<Output = ()>, Stop> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}
