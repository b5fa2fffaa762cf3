//! The only place that starts threads.
//!
//! [`ordered_map`] is a parallel `map` that keeps the order and bounds how many items are alive. A feeder thread
//! queues a ticket in a bounded channel *before* it pulls the next item, so the window bounds live items; the
//! function runs on the pool of [`Exec`]; the caller redeems the tickets in order. Pool tasks never block.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use super::Exec;
use crate::error::{Error, Result};

/// Maps `items` with `function` on the workers of `exec`, in order, with at most `window` items alive.
///
/// Ends with the error "interrupted" once [`Exec::cancel`] was called.
/// A panic in `items` or `function` becomes an error of kind `Internal`. Dropping the iterator stops the feeder.
/// With one thread everything happens on demand, in turn.
pub fn ordered_map<I, R, F>(exec: &Exec, window: usize, items: I, function: F) -> Ordered<R>
where
    I: Iterator + Send + 'static,
    I::Item: Send + 'static,
    R: Send + 'static,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
{
    if exec.threads() == 1 {
        let exec = exec.clone();
        let mut items = items;
        return Ordered::Inline(Box::new(std::iter::from_fn(move || {
            if let Err(error) = exec.check() {
                return Some(Err(error));
            }
            let item = match catch_unwind(AssertUnwindSafe(|| items.next())) {
                Ok(item) => item?,
                Err(panic) => return Some(Err(panicked(panic))),
            };
            let outcome = exec.pool().install(|| catch_unwind(AssertUnwindSafe(|| function(item))));
            Some(outcome.map_err(panicked))
        })));
    }

    let (queue, tickets) = sync_channel::<Receiver<Result<R>>>(window.max(1));
    let function = Arc::new(function);
    let exec = exec.clone();
    let feed = move || {
        let mut items = items;
        loop {
            let (redeem, ticket) = sync_channel(1);
            if queue.send(ticket).is_err() {
                break; // the consumer is gone
            }
            if let Err(error) = exec.check() {
                let _ = redeem.send(Err(error));
                break;
            }
            match catch_unwind(AssertUnwindSafe(|| items.next())) {
                Ok(Some(item)) => {
                    let function = function.clone();
                    exec.pool().spawn_fifo(move || {
                        let outcome = catch_unwind(AssertUnwindSafe(|| function(item)));
                        drop(function);
                        // The consumer may be gone; then nobody wants the outcome.
                        let _ = redeem.send(outcome.map_err(panicked));
                    });
                }
                Ok(None) => break,
                Err(panic) => {
                    let _ = redeem.send(Err(panicked(panic)));
                    break;
                }
            }
        }
    };
    match std::thread::Builder::new().name("fmtconv-feed".into()).spawn(feed) {
        Ok(feeder) => Ordered::Threads { tickets: Some(tickets), feeder: Some(feeder) },
        Err(error) => Ordered::Inline(Box::new(std::iter::once(Err(Error::io("cannot start a thread", error))))),
    }
}

/// The results of [`ordered_map`], in the order of the items.
pub enum Ordered<R> {
    #[doc(hidden)]
    Inline(Box<dyn Iterator<Item = Result<R>> + Send>),
    #[doc(hidden)]
    Threads { tickets: Option<Receiver<Receiver<Result<R>>>>, feeder: Option<JoinHandle<()>> },
}

impl<R> Iterator for Ordered<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        match self {
            Ordered::Inline(items) => items.next(),
            // A ticket that is dropped unredeemed is the end of the items.
            Ordered::Threads { tickets, .. } => tickets.as_ref()?.recv().ok()?.recv().ok(),
        }
    }
}

impl<R> Drop for Ordered<R> {
    fn drop(&mut self) {
        if let Ordered::Threads { tickets, feeder } = self {
            drop(tickets.take());
            if let Some(feeder) = feeder.take() {
                // The feeder ends at its next ticket; it catches panics, so joining cannot fail.
                let _ = feeder.join();
            }
        }
    }
}

/// Runs `job` for each of `jobs` side by side, on at most `exec.threads()` coordinating threads, and returns the
/// results in order. Jobs may use `exec` themselves: its pool is the one budget of CPU for all of them.
pub fn side_by_side<T, R, F>(exec: &Exec, jobs: &[T], job: F) -> Vec<Result<R>>
where
    T: Sync,
    R: Send,
    F: Fn(usize, &T) -> R + Sync,
{
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = jobs.get(index) else { return done };
            done.push((index, catch_unwind(AssertUnwindSafe(|| job(index, item))).map_err(panicked)));
        }
    };
    let mut results: Vec<(usize, Result<R>)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..exec.threads().min(jobs.len())).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(part) => all.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs `job` on a thread of its own: the waiting side of a push interface.
pub(crate) fn background(job: impl FnOnce() + Send + 'static) {
    // If no thread can be had, the channels of the job are dropped with it, and the other side sees that.
    let _ = std::thread::Builder::new().name("fmtconv-run".into()).spawn(job);
}

fn panicked(panic: Box<dyn Any + Send>) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown cause".to_owned());
    Error::internal(format!("a worker panicked: {text}"))
        .with_hint("this is a bug in fmtconv; please report it with the input")
}
