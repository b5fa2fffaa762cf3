//! The progress bar: bytes, rate and time left, on a terminal only, fed from the counters of the run.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Session;
use super::args::{LogFormat, ProgressWhen};

/// A bar that is on the screen while this is alive.
pub struct Progress {
    shown: Option<Shown>,
}

struct Shown {
    bar: ProgressBar,
    stop: Option<Sender<()>>,
    timer: Option<JoinHandle<()>>,
}

/// How often the counters are looked at.
const TICK: Duration = Duration::from_millis(100);

impl Progress {
    /// Starts a bar of `total` bytes, or one without an end if that is not known.
    pub fn start(session: &Session, total: Option<u64>) -> Self {
        let screen = &session.screen;
        let wanted = session.progress == ProgressWhen::Auto
            && !screen.quiet
            && screen.log_format == LogFormat::Text
            && std::io::stderr().is_terminal();
        if !wanted {
            return Progress { shown: None };
        }
        let (bar, template) = match total {
            Some(total) => (
                ProgressBar::new(total),
                "{bar:30} {percent:>3}%  {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta}  {msg}",
            ),
            None => (ProgressBar::no_length(), "{spinner} {decimal_bytes}  {decimal_bytes_per_sec}  {elapsed}  {msg}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let (stop, stopped) = channel();
        let (exec, shown) = (session.exec.clone(), bar.clone());
        let timer = std::thread::Builder::new().name("fmtconv-progress".into()).spawn(move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let bytes = exec.progress().bytes_in();
                shown.set_position(total.map_or(bytes, |total| bytes.min(total)));
                shown.set_message(format!("{} records", super::render::count(exec.progress().records())));
            }
        });
        Progress { shown: Some(Shown { bar, stop: Some(stop), timer: timer.ok() }) }
    }

    /// Prints something above the bar.
    pub fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.shown {
            Some(shown) => shown.bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(shown) = &mut self.shown {
            drop(shown.stop.take());
            if let Some(timer) = shown.timer.take() {
                let _ = timer.join();
            }
            shown.bar.finish_and_clear();
        }
    }
}
