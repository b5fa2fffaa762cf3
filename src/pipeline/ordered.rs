//! The only place that starts threads.
//!
//! [`ordered_map`] is a parallel `map` that keeps the order and bounds how many items are alive. A feeder thread
//! queues a ticket in a bounded channel *before* it pulls the next item, so the window bounds live items; the
//! function runs on the pool of [`Exec`]; the caller redeems the tickets in order. Pool tasks never block. A single
//! item (most small files) needs no feeder.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use rayon::ThreadPool;

use super::Exec;
use crate::error::{Error, Result};

/// Maps `items` with `function` on the workers of `exec`, in order, with at most `window + 1` items alive. Nothing
/// happens before the first result is asked for.
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
    let exec = exec.clone();
    Ordered::New(Some(Box::new(move || match exec.threads() {
        1 => Ordered::Inline(in_turn(exec, items, false, function)),
        _ => begin(exec, window, items, function),
    })))
}

/// The next item, on this thread; an error if the run is cancelled or the source of items panics.
fn pull<I: Iterator>(exec: &Exec, items: &mut I) -> Option<Result<I::Item>> {
    if let Err(error) = exec.check() {
        return Some(Err(error));
    }
    catch_unwind(AssertUnwindSafe(|| items.next())).map_err(panicked).transpose()
}

/// Item by item, each on a worker while this thread waits: workers have the stack that nested records need.
/// `is_only`: there is one item.
fn in_turn<I, R, F>(exec: Exec, mut items: I, is_only: bool, function: F) -> InTurn<R>
where
    I: Iterator + Send + 'static,
    I::Item: Send + 'static,
    R: Send + 'static,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
{
    Box::new(std::iter::from_fn(move || {
        let outcome = pull(&exec, &mut items)?.and_then(|item| {
            let workers = if is_only { exec.workers_for_one()? } else { exec.workers()? };
            guarded(workers, || function(item))
        });
        Some(outcome)
    }))
}

/// Runs `job` on a worker, while this thread waits, which is none of them.
///
/// # Errors
/// A panic, as `Internal`; workers that cannot be started.
pub(super) fn on_worker<R: Send>(exec: &Exec, job: impl FnOnce() -> R + Send) -> Result<R> {
    guarded(exec.workers()?, job)
}

fn guarded<R: Send>(workers: &ThreadPool, job: impl FnOnce() -> R + Send) -> Result<R> {
    workers.install(|| catch_unwind(AssertUnwindSafe(job))).map_err(panicked)
}

/// Looks whether there is more than one item, and starts a feeder if there is.
fn begin<I, R, F>(exec: Exec, window: usize, mut items: I, function: F) -> Ordered<R>
where
    I: Iterator + Send + 'static,
    I::Item: Send + 'static,
    R: Send + 'static,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
{
    let first = match pull(&exec, &mut items) {
        Some(Ok(first)) => first,
        Some(Err(error)) => return failed(error),
        None => return Ordered::Inline(Box::new(std::iter::empty())),
    };
    match pull(&exec, &mut items) {
        None => Ordered::Inline(in_turn(exec, std::iter::once(first), true, function)),
        Some(Ok(second)) => feed(exec, window, [first, second].into_iter().chain(items), function),
        Some(Err(error)) => {
            let one = in_turn(exec, std::iter::once(first), true, function);
            Ordered::Inline(Box::new(one.chain(std::iter::once(Err(error)))))
        }
    }
}

fn failed<R: Send + 'static>(error: Error) -> Ordered<R> {
    Ordered::Inline(Box::new(std::iter::once(Err(error))))
}

/// Starts the feeder.
fn feed<I, R, F>(exec: Exec, window: usize, items: I, function: F) -> Ordered<R>
where
    I: Iterator + Send + 'static,
    I::Item: Send + 'static,
    R: Send + 'static,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
{
    let (queue, tickets) = sync_channel::<Receiver<Result<R>>>(window.max(1));
    let function = Arc::new(function);
    let feed = move || {
        let mut items = items;
        loop {
            let (redeem, ticket) = sync_channel(1);
            if queue.send(ticket).is_err() {
                break; // the consumer is gone
            }
            match pull(&exec, &mut items) {
                Some(Ok(item)) => {
                    let workers = match exec.workers() {
                        Ok(workers) => workers,
                        Err(error) => {
                            let _ = redeem.send(Err(error));
                            break;
                        }
                    };
                    let function = function.clone();
                    workers.spawn_fifo(move || {
                        let outcome = catch_unwind(AssertUnwindSafe(|| function(item)));
                        drop(function);
                        // The consumer may be gone; then nobody wants the outcome.
                        let _ = redeem.send(outcome.map_err(panicked));
                    });
                }
                None => break,
                Some(Err(error)) => {
                    let _ = redeem.send(Err(error));
                    break;
                }
            }
        }
    };
    match std::thread::Builder::new().name("fmtconv-feed".into()).spawn(feed) {
        Ok(feeder) => Ordered::Threads { tickets: Some(tickets), feeder: Some(feeder) },
        Err(error) => failed(Error::io("cannot start a thread", error)),
    }
}

/// What starts to map when the first result is asked for.
type Start<R> = Box<dyn FnOnce() -> Ordered<R> + Send>;

/// Results that are made one by one.
type InTurn<R> = Box<dyn Iterator<Item = Result<R>> + Send>;

/// The results of [`ordered_map`], in the order of the items.
pub enum Ordered<R> {
    #[doc(hidden)]
    New(Option<Start<R>>),
    #[doc(hidden)]
    Inline(InTurn<R>),
    #[doc(hidden)]
    Threads { tickets: Option<Receiver<Receiver<Result<R>>>>, feeder: Option<JoinHandle<()>> },
}

impl<R> Iterator for Ordered<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        if let Ordered::New(start) = self {
            *self = start.take()?();
        }
        match self {
            Ordered::New(_) => None,
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
    if jobs.len() > 1 {
        // Small jobs would share a worker otherwise. Without workers, each job says so.
        let _ = exec.workers();
    }
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
