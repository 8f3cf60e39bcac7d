use super::devices::Devices;
use super::{Stop, duration, threads};
use crate::adapters::http;
use crate::api::ApiKey;
use crate::cloud::Cloud;
use crate::outcome::Seed;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

/// Serve IonQ's REST API on this machine
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// Where to listen; port 0 picks a free one
    #[arg(long, default_value_t = http::DEFAULT_ADDR)]
    addr: SocketAddr,
    /// Accept only this key, or these if given several times [default: any key]
    #[arg(long = "api-key", value_name = "KEY", value_parser = key)]
    keys: Vec<ApiKey>,
    /// Accept this name in the Host header besides localhost, 127.0.0.1 and [::1]
    #[arg(long = "allowed-host", value_name = "HOST")]
    hosts: Vec<String>,
    /// How long a job queues
    #[arg(long, default_value = "0s", value_parser = duration)]
    queue_time: Duration,
    /// How long a job runs at least
    #[arg(long, default_value = "0s", value_parser = duration)]
    run_time: Duration,
    /// Where all randomness and all ids come from
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many simulations run at once [default: one per processor]
    #[arg(long, value_parser = threads)]
    workers: Option<usize>,
    #[command(flatten)]
    devices: Devices,
}

fn key(text: &str) -> Result<ApiKey, String> {
    if text.trim().is_empty() { Err("a key is not empty".to_owned()) } else { Ok(ApiKey::new(text.trim())) }
}

impl Serve {
    pub(super) fn main(self) -> Result<(), Stop> {
        http::check_bind(self.addr, !self.keys.is_empty(), &self.hosts).map_err(|error| Stop::Input(error.to_string()))?;
        let addr = self.addr;
        let mut cloud =
            Cloud::builder().queue_time(self.queue_time).run_time(self.run_time).seed(Seed(self.seed)).catalog(self.devices.catalog()?);
        if let Some(workers) = self.workers {
            cloud = cloud.workers(workers);
        }
        let cloud = self.keys.into_iter().fold(cloud, |cloud, key| cloud.api_key(key)).start();
        let options = http::Options { allowed_hosts: self.hosts, ..http::Options::default() };
        super::runtime().block_on(async move {
            let cannot = |error: std::io::Error| Stop::Input(format!("cannot listen on {addr}: {error}"));
            let listener = tokio::net::TcpListener::bind(addr).await.map_err(cannot)?;
            let bound = listener.local_addr().map_err(cannot)?;
            let stop = stop_signal()?;
            let mut out = std::io::stdout();
            writeln!(out, "listening on http://{bound}")?;
            out.flush()?;
            http::serve(listener, cloud, options, stop).await?;
            Ok(())
        })
    }
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
