//! How the tasks of a process talk to each other, and wait for each other.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::executor::{Micros, Sim, TaskId};

/// Tasks that wait for something to change.
#[derive(Default)]
pub struct Waiting(RefCell<Vec<TaskId>>);

impl Waiting {
    /// The current task is woken by the next [`Waiting::wake`].
    pub fn add(&self, sim: &Sim) {
        if let Some(task) = sim.current() {
            let mut waiting = self.0.borrow_mut();
            if !waiting.contains(&task) {
                waiting.push(task);
            }
        }
    }

    /// Wakes all.
    pub fn wake(&self, sim: &Sim) {
        self.0.take().into_iter().for_each(|task| sim.wake(task));
    }
}

struct Letters<T> {
    letters: RefCell<VecDeque<T>>,
    waiting: Waiting,
}

/// A mailbox without bounds.
pub struct Mailbox<T> {
    sim: Sim,
    inner: Rc<Letters<T>>,
}

impl<T> Clone for Mailbox<T> {
    fn clone(&self) -> Self {
        Self { sim: self.sim.clone(), inner: Rc::clone(&self.inner) }
    }
}

impl<T> Mailbox<T> {
    /// An empty one.
    pub fn new(sim: &Sim) -> Self {
        let inner = Letters { letters: RefCell::default(), waiting: Waiting::default() };
        Self { sim: sim.clone(), inner: Rc::new(inner) }
    }

    /// Puts a letter in.
    pub fn send(&self, letter: T) {
        self.inner.letters.borrow_mut().push_back(letter);
        self.inner.waiting.wake(&self.sim);
    }

    /// The next letter, where there is one.
    pub fn try_recv(&self) -> Option<T> {
        self.inner.letters.borrow_mut().pop_front()
    }

    /// The next letter, where it is such a one.
    pub fn try_recv_if(&self, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        let is_wanted = self.inner.letters.borrow().front().is_some_and(wanted);
        if is_wanted { self.try_recv() } else { None }
    }

    /// How many letters there are.
    pub fn len(&self) -> usize {
        self.inner.letters.borrow().len()
    }

    /// Waits for the next letter.
    pub async fn recv(&self) -> T {
        poll_fn(|_| {
            if let Some(letter) = self.try_recv() {
                Poll::Ready(letter)
            } else {
                self.inner.waiting.add(&self.sim);
                Poll::Pending
            }
        })
        .await
    }

    /// The same, no longer than that.
    pub async fn recv_within(&self, patience: Micros) -> Option<T> {
        match self.try_recv() {
            Some(letter) => Some(letter),
            None => self.sim.timeout(patience, self.recv()).await,
        }
    }
}

struct Slot<T> {
    value: RefCell<Option<T>>,
    is_closed: Cell<bool>,
    waiting: Waiting,
}

/// The half that gives an answer. Dropped without one, the other half hears that none will come.
pub struct Promise<T> {
    sim: Sim,
    slot: Rc<Slot<T>>,
}

/// The half that waits for it.
pub struct Answer<T> {
    sim: Sim,
    slot: Rc<Slot<T>>,
}

/// One answer.
pub fn promise<T>(sim: &Sim) -> (Promise<T>, Answer<T>) {
    let slot = Rc::new(Slot { value: RefCell::new(None), is_closed: Cell::new(false), waiting: Waiting::default() });
    (Promise { sim: sim.clone(), slot: Rc::clone(&slot) }, Answer { sim: sim.clone(), slot })
}

impl<T> Promise<T> {
    /// Gives it.
    pub fn keep(self, value: T) {
        *self.slot.value.borrow_mut() = Some(value);
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.slot.is_closed.set(true);
        self.slot.waiting.wake(&self.sim);
    }
}

impl<T> Answer<T> {
    /// Waits for it; `None` where none will come.
    pub async fn wait(self) -> Option<T> {
        poll_fn(|_| {
            if self.slot.is_closed.get() {
                return Poll::Ready(self.slot.value.borrow_mut().take());
            }
            self.slot.waiting.add(&self.sim);
            Poll::Pending
        })
        .await
    }
}

/// A lock that many may read or one may change, who goes first.
pub struct Gate {
    sim: Sim,
    readers: Cell<usize>,
    writing: Cell<bool>,
    wanting: Cell<usize>,
    waiting: Waiting,
}

/// While it lives nobody changes what the gate protects.
pub struct Reading(Rc<Gate>);

/// While it lives nobody else passes the gate.
pub struct Writing(Rc<Gate>);

struct Wanting<'a>(&'a Gate);

impl Gate {
    /// An open gate.
    pub fn new(sim: &Sim) -> Rc<Self> {
        Rc::new(Self {
            sim: sim.clone(),
            readers: Cell::new(0),
            writing: Cell::new(false),
            wanting: Cell::new(0),
            waiting: Waiting::default(),
        })
    }

    /// Whether somebody waits to change what it protects.
    pub fn is_waited_for(&self) -> bool {
        self.wanting.get() > 0
    }

    /// Waits for whoever changes something.
    pub async fn read(self: &Rc<Self>) -> Reading {
        poll_fn(|_| {
            if self.writing.get() || self.wanting.get() > 0 {
                self.waiting.add(&self.sim);
                return Poll::Pending;
            }
            self.readers.set(self.readers.get() + 1);
            Poll::Ready(Reading(Rc::clone(self)))
        })
        .await
    }

    /// Waits for all.
    pub async fn write(self: &Rc<Self>) -> Writing {
        self.wanting.set(self.wanting.get() + 1);
        let wanting = Wanting(self);
        poll_fn(|_| {
            if self.writing.get() || self.readers.get() > 0 {
                self.waiting.add(&self.sim);
                return Poll::Pending;
            }
            self.writing.set(true);
            Poll::Ready(())
        })
        .await;
        drop(wanting);
        Writing(Rc::clone(self))
    }
}

impl Drop for Wanting<'_> {
    fn drop(&mut self) {
        self.0.wanting.set(self.0.wanting.get() - 1);
        self.0.waiting.wake(&self.0.sim);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.readers.set(self.0.readers.get() - 1);
        self.0.waiting.wake(&self.0.sim);
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.writing.set(false);
        self.0.waiting.wake(&self.0.sim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_to_change_something_waits_for_readers_and_goes_before_the_next_ones() {
        let sim = Sim::new(1);
        let gate = Gate::new(&sim);
        let log = Rc::new(RefCell::new(Vec::new()));
        let enter = |name: &'static str, at: Micros, stays: Micros, writes: bool| {
            let (own, gate, log) = (sim.clone(), Rc::clone(&gate), Rc::clone(&log));
            sim.spawn(None, name, async move {
                own.sleep(at).await;
                if writes {
                    let _held = gate.write().await;
                    log.borrow_mut().push((name, own.now()));
                    own.sleep(stays).await;
                } else {
                    let _held = gate.read().await;
                    log.borrow_mut().push((name, own.now()));
                    own.sleep(stays).await;
                }
            });
        };
        enter("first reader", 0, 50, false);
        enter("second reader", 10, 20, false);
        enter("writer", 20, 10, true);
        enter("late reader", 30, 5, false);
        sim.run_until(15);
        assert!(!gate.is_waited_for());
        sim.run_until(25);
        assert!(gate.is_waited_for());
        sim.run_until(200);
        let expected = [("first reader", 0), ("second reader", 10), ("writer", 50), ("late reader", 60)];
        assert_eq!(*log.borrow(), expected);
    }

    #[test]
    fn a_promise_that_is_broken_is_heard_of() {
        let sim = Sim::new(1);
        let (kept, told) = promise::<u8>(&sim);
        let (broken, silent) = promise::<u8>(&sim);
        let seen = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&seen);
        sim.spawn(None, "waiter", async move {
            let told = told.wait().await;
            let silent = silent.wait().await;
            log.borrow_mut().extend([told, silent]);
        });
        kept.keep(7);
        drop(broken);
        sim.run_until(10);
        assert_eq!(*seen.borrow(), [Some(7), None]);
    }
}
