//! A deterministic executor: one thread, virtual time, and a seed that decides whatever could go either way.
//!
//! A task belongs to a process or to the world. Killing a process drops its futures where they stand, as `kill -9` does;
//! what it has sent is the network's and still arrives. Freezing a process leaves its futures unpolled.

use std::cell::{Cell, RefCell};
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::random::Random;

/// Virtual time in microseconds since the world began.
pub type Micros = i64;
/// A thousand of them.
pub const MILLIS: Micros = 1_000;
/// A million of them.
pub const SECOND: Micros = 1_000_000;

/// A task, by a number that is never used again.
pub type TaskId = usize;

/// One run of one program, by a number that is never used again: what a restart begins is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Running,
    Frozen,
    Dead,
}

struct Task {
    process: Option<Process>,
    random: Random,
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    is_ready: bool,
}

enum Deed {
    Wake(TaskId),
    Do(Box<dyn FnOnce()>),
}

struct Entry {
    at: Micros,
    number: u64,
    deed: Deed,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The heap's greatest is the earliest.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

struct Inner {
    seed: u64,
    now: Cell<Micros>,
    random: RefCell<Random>,
    tasks: RefCell<Vec<Option<Task>>>,
    processes: RefCell<Vec<Life>>,
    current: Cell<Option<TaskId>>,
    ready: RefCell<Vec<TaskId>>,
    agenda: RefCell<BinaryHeap<Entry>>,
    entries: Cell<u64>,
    steps: Cell<u64>,
    trace: RefCell<Option<Vec<String>>>,
}

/// A handle to one world's executor.
#[derive(Clone)]
pub struct Sim(Rc<Inner>);

impl Sim {
    /// An executor at time 0 without any task.
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(Inner {
            seed,
            now: Cell::new(0),
            random: RefCell::new(Random::of(seed)),
            tasks: RefCell::default(),
            processes: RefCell::default(),
            current: Cell::new(None),
            ready: RefCell::default(),
            agenda: RefCell::default(),
            entries: Cell::new(0),
            steps: Cell::new(0),
            trace: RefCell::new(None),
        }))
    }

    /// From now on what happens is written down.
    pub fn begin_trace(&self) {
        *self.0.trace.borrow_mut() = Some(Vec::new());
    }

    /// What was written down.
    pub fn take_trace(&self) -> Vec<String> {
        self.0.trace.borrow_mut().take().unwrap_or_default()
    }

    /// Writes down what happens, where that is wanted.
    pub fn note(&self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut *self.0.trace.borrow_mut() {
            let now = self.now();
            trace.push(format!("{:>4}.{:06}  {}", now / SECOND, now % SECOND, what()));
        }
    }

    /// The time.
    pub fn now(&self) -> Micros {
        self.0.now.get()
    }

    /// How many times a task has been polled.
    pub fn steps(&self) -> u64 {
        self.0.steps.get()
    }

    /// A number below the bound. Each task draws from numbers of its own, so that a fault that is taken out of a plan
    /// changes little elsewhere.
    pub fn below(&self, bound: u64) -> u64 {
        if let Some(current) = self.0.current.get()
            && let Some(task) = &mut self.0.tasks.borrow_mut()[current]
        {
            return task.random.below(bound);
        }
        self.0.random.borrow_mut().below(bound)
    }

    /// A number between these two, both included.
    pub fn between(&self, least: Micros, most: Micros) -> Micros {
        least + i64::try_from(self.below((most - least + 1).unsigned_abs())).unwrap_or(0)
    }

    /// A process that has no tasks yet.
    pub fn process(&self) -> Process {
        let mut processes = self.0.processes.borrow_mut();
        processes.push(Life::Running);
        Process(processes.len() - 1)
    }

    /// Whether it has not been killed.
    pub fn is_alive(&self, process: Process) -> bool {
        self.0.processes.borrow()[process.0] != Life::Dead
    }

    /// Drops all its futures where they stand; where one of them does this itself, as soon as it yields.
    pub fn kill(&self, process: Process) {
        self.0.processes.borrow_mut()[process.0] = Life::Dead;
        let mut dropped = Vec::new();
        for (id, slot) in self.0.tasks.borrow_mut().iter_mut().enumerate() {
            if Some(id) != self.0.current.get() && slot.as_ref().is_some_and(|task| task.process == Some(process)) {
                dropped.push(slot.take());
            }
        }
    }

    /// Polls none of its futures until it is thawed.
    pub fn freeze(&self, process: Process) {
        let life = &mut self.0.processes.borrow_mut()[process.0];
        if *life == Life::Running {
            *life = Life::Frozen;
        }
    }

    /// Ends a freeze.
    pub fn thaw(&self, process: Process) {
        let life = &mut self.0.processes.borrow_mut()[process.0];
        if *life == Life::Frozen {
            *life = Life::Running;
        }
    }

    /// Starts a task. What it draws depends on the seed and the label.
    pub fn spawn(&self, process: Option<Process>, label: &str, future: impl Future<Output = ()> + 'static) {
        if process.is_some_and(|process| !self.is_alive(process)) {
            return;
        }
        let hash = label
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        let random = Random::of(self.0.seed ^ hash);
        let task = Task { process, random, future: Some(Box::pin(future)), is_ready: true };
        let mut tasks = self.0.tasks.borrow_mut();
        self.0.ready.borrow_mut().push(tasks.len());
        tasks.push(Some(task));
    }

    /// The task that is being polled.
    pub fn current(&self) -> Option<TaskId> {
        self.0.current.get()
    }

    /// Has a task polled; one that has ended is left alone.
    pub fn wake(&self, task: TaskId) {
        if let Some(Some(task_)) = self.0.tasks.borrow_mut().get_mut(task)
            && !std::mem::replace(&mut task_.is_ready, true)
        {
            self.0.ready.borrow_mut().push(task);
        }
    }

    /// Does something after that time, whatever has become of who wanted it.
    pub fn after(&self, delay: Micros, deed: impl FnOnce() + 'static) {
        self.enter(delay, Deed::Do(Box::new(deed)));
    }

    fn enter(&self, delay: Micros, deed: Deed) {
        let number = self.0.entries.get();
        self.0.entries.set(number + 1);
        self.0.agenda.borrow_mut().push(Entry { at: self.now() + delay.max(0), number, deed });
    }

    /// Sleeps.
    pub fn sleep(&self, delay: Micros) -> Sleep {
        Sleep { sim: self.clone(), until: self.now() + delay.max(0), is_entered: false }
    }

    /// The future's outcome, or `None` where that takes longer.
    pub async fn timeout<T>(&self, delay: Micros, future: impl Future<Output = T>) -> Option<T> {
        let mut future = std::pin::pin!(future);
        let mut sleep = self.sleep(delay);
        std::future::poll_fn(move |context| match future.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => Pin::new(&mut sleep).poll(context).map(|()| None),
        })
        .await
    }

    /// Runs until that time, or until nothing is left to happen.
    pub fn run_until(&self, deadline: Micros) {
        loop {
            if let Some(task) = self.choose() {
                self.poll(task);
                continue;
            }
            let next = {
                let mut agenda = self.0.agenda.borrow_mut();
                match agenda.peek() {
                    Some(entry) if entry.at <= deadline => agenda.pop(),
                    _ => None,
                }
            };
            let Some(entry) = next else { break };
            self.0.now.set(entry.at.max(self.now()));
            match entry.deed {
                Deed::Wake(task) => self.wake(task),
                Deed::Do(deed) => deed(),
            }
        }
        self.0.now.set(self.now().max(deadline));
    }

    /// One of the tasks that are ready and whose process runs.
    fn choose(&self) -> Option<TaskId> {
        let mut ready = self.0.ready.borrow_mut();
        let tasks = self.0.tasks.borrow();
        let processes = self.0.processes.borrow();
        let life = |id: &TaskId| {
            let process = tasks[*id].as_ref().map(|task| task.process);
            process.map(|process| process.map_or(Life::Running, |process| processes[process.0]))
        };
        ready.retain(|id| life(id).is_some());
        let runnable: Vec<usize> =
            (0..ready.len()).filter(|index| life(&ready[*index]) != Some(Life::Frozen)).collect();
        let index = match runnable.as_slice() {
            [] => return None,
            [only] => *only,
            several => *self.0.random.borrow_mut().one_of(several)?,
        };
        Some(ready.swap_remove(index))
    }

    fn poll(&self, id: TaskId) {
        let taken = self.0.tasks.borrow_mut()[id].as_mut().and_then(|task| {
            task.is_ready = false;
            task.future.take()
        });
        let Some(mut future) = taken else { return };
        self.0.steps.set(self.steps() + 1);
        self.0.current.set(Some(id));
        let ended = future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        self.0.current.set(None);
        let process = self.0.tasks.borrow()[id].as_ref().and_then(|task| task.process);
        if ended || process.is_some_and(|process| !self.is_alive(process)) {
            drop(future);
            let slot = self.0.tasks.borrow_mut()[id].take();
            drop(slot);
        } else if let Some(task) = &mut self.0.tasks.borrow_mut()[id] {
            task.future = Some(future);
        }
    }

    /// Ends the world: drops every future, so that nothing keeps anything else alive.
    pub fn end(&self) {
        let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        let agenda = std::mem::take(&mut *self.0.agenda.borrow_mut());
        self.0.ready.borrow_mut().clear();
        drop((tasks, agenda));
    }
}

/// See [`Sim::sleep`].
pub struct Sleep {
    sim: Sim,
    until: Micros,
    is_entered: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.sim.now() >= self.until {
            return Poll::Ready(());
        }
        if !self.is_entered {
            self.is_entered = true;
            if let Some(task) = self.sim.current() {
                self.sim.enter(self.until - self.sim.now(), Deed::Wake(task));
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What several tasks do, in the order in which it happens.
    fn run(seed: u64) -> Vec<(Micros, u64)> {
        let sim = Sim::new(seed);
        let log = Rc::new(RefCell::new(Vec::new()));
        for name in 0..4 {
            let (own, log) = (sim.clone(), Rc::clone(&log));
            sim.spawn(None, &format!("task {name}"), async move {
                for _ in 0..5 {
                    own.sleep(own.between(0, 3)).await;
                    log.borrow_mut().push((own.now(), name));
                }
            });
        }
        sim.run_until(100);
        Rc::try_unwrap(log).map(RefCell::into_inner).unwrap_or_default()
    }

    #[test]
    fn the_same_seed_gives_the_same_order_and_another_seed_another_one() {
        assert_eq!(run(1).len(), 20);
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn time_jumps_to_the_next_thing_that_happens() {
        let sim = Sim::new(1);
        let (own, reached) = (sim.clone(), Rc::new(Cell::new(0)));
        let told = Rc::clone(&reached);
        sim.spawn(None, "sleeper", async move {
            own.sleep(1_000 * SECOND).await;
            told.set(own.now());
        });
        sim.run_until(10_000 * SECOND);
        assert_eq!((reached.get(), sim.now()), (1_000 * SECOND, 10_000 * SECOND));
        assert!(sim.steps() < 5);
    }

    /// Says when it is dropped.
    struct Dropped(Rc<Cell<bool>>);

    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    #[test]
    fn a_killed_process_does_nothing_more_and_drops_what_it_holds() {
        let sim = Sim::new(1);
        let process = sim.process();
        let (dropped, went_on) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (own, held, flag) = (sim.clone(), Dropped(Rc::clone(&dropped)), Rc::clone(&went_on));
        sim.spawn(Some(process), "victim", async move {
            let _held = held;
            own.sleep(10).await;
            flag.set(true);
        });
        sim.run_until(5);
        sim.kill(process);
        assert!(dropped.get());
        sim.run_until(100);
        assert!(!went_on.get());
    }

    #[test]
    fn a_process_that_kills_itself_comes_no_further_than_its_next_step() {
        let sim = Sim::new(1);
        let process = sim.process();
        let (own, went_on) = (sim.clone(), Rc::new(Cell::new(false)));
        let flag = Rc::clone(&went_on);
        sim.spawn(Some(process), "victim", async move {
            own.kill(process);
            std::future::pending::<()>().await;
            flag.set(true);
        });
        sim.run_until(100);
        assert!(!went_on.get() && !sim.is_alive(process));
    }

    #[test]
    fn a_frozen_process_goes_on_where_it_was_when_it_is_thawed() {
        let sim = Sim::new(1);
        let process = sim.process();
        let (own, woke) = (sim.clone(), Rc::new(Cell::new(0)));
        let told = Rc::clone(&woke);
        sim.spawn(Some(process), "sleeper", async move {
            own.sleep(10).await;
            told.set(own.now());
        });
        sim.run_until(5);
        sim.freeze(process);
        sim.run_until(50);
        assert_eq!(woke.get(), 0);
        sim.thaw(process);
        sim.run_until(60);
        assert_eq!(woke.get(), 50);
    }

    #[test]
    fn a_timeout_ends_what_takes_longer() {
        let sim = Sim::new(1);
        let (own, seen) = (sim.clone(), Rc::new(RefCell::new(Vec::new())));
        let outcomes = Rc::clone(&seen);
        sim.spawn(None, "waiter", async move {
            let short = own.timeout(10, own.sleep(5)).await;
            let long = own.timeout(10, own.sleep(50)).await;
            outcomes.borrow_mut().push((short, long, own.now()));
        });
        sim.run_until(100);
        assert_eq!(*seen.borrow(), [(Some(()), None, 15)]);
    }
}
