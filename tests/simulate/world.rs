//! A whole installation: servers, instances, producers, readers; and whoever disturbs them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use schedule_callback::domain::command::rules::Rules;
use schedule_callback::domain::directory::{Directory, DirectoryRecord};

use crate::broker::{self, Broker};
use crate::database::{self, Database, Tables};
use crate::executor::{MILLIS, Micros, SECOND, Sim};
use crate::facts;
use crate::instance::{self, Notes, Parts, Shared};
use crate::network::{Aim, Link, Server, Service, Victims};
use crate::plan::{Fault, Plan, Trouble};
use crate::rules::LeftOut;

/// A place where an instance runs.
#[derive(Default)]
struct Slot {
    running: Option<Rc<Shared>>,
    clock: Rc<Cell<Micros>>,
    starts: usize,
    /// Whether it is about to be started.
    is_wanted: bool,
}

/// The installation.
pub struct World {
    pub sim: Sim,
    pub plan: Plan,
    pub broker: Rc<Broker>,
    pub database: Rc<Database>,
    slots: RefCell<Vec<Slot>>,
    aims: Rc<RefCell<Vec<Aim>>>,
    /// As the topics have it by now.
    directory: RefCell<Rc<Directory>>,
    rules: Rc<Rules>,
    pub notes: Rc<Notes>,
    /// When each fault struck.
    pub struck: RefCell<BTreeMap<usize, Micros>>,
    /// The database as it was every second, where it is to be restored.
    backups: RefCell<Vec<(Micros, Tables)>>,
    own: Weak<Self>,
}

impl World {
    /// The world of that plan, with its instances started.
    pub fn new(plan: &Plan, sim: &Sim) -> Rc<Self> {
        let left_out = plan.left_out;
        let postgres = database::Broken {
            waits_for_nobody: left_out == LeftOut::WaitForHolders,
            ignores_epochs: left_out == LeftOut::EpochCheck,
        };
        let kafka = broker::Broken {
            answers_unstable: left_out == LeftOut::StableRead,
            takes_any_generation: left_out == LeftOut::Generation,
        };
        let world = Rc::new_cyclic(|own| Self {
            sim: sim.clone(),
            plan: plan.clone(),
            broker: Broker::new(sim, Server::new(sim, Service::Kafka), plan.shards, kafka),
            database: Database::new(Server::new(sim, Service::Postgres), postgres),
            // One more, for whoever comes and goes.
            slots: RefCell::new((0..=plan.instances).map(|_| Slot::default()).collect()),
            aims: Rc::default(),
            directory: RefCell::new(Rc::new(facts::directory(plan))),
            rules: Rc::new(facts::rules()),
            notes: Rc::default(),
            struck: RefCell::default(),
            backups: RefCell::default(),
            own: own.clone(),
        });
        for slot in 0..plan.instances {
            // They do not start at the same moment.
            world.start(slot, sim.between(0, 300 * MILLIS));
        }
        let (ticking, own) = (sim.clone(), Rc::downgrade(&world));
        sim.spawn(None, "tick", async move {
            while let Some(world) = own.upgrade() {
                world.broker.tick();
                drop(world);
                ticking.sleep(SECOND / 4).await;
            }
        });
        if plan.faults.iter().any(|fault| matches!(fault.what, Trouble::Restore(_))) {
            world.keep_backups();
        }
        for fault in &plan.faults {
            let (own, fault) = (Rc::downgrade(&world), fault.clone());
            sim.after(fault.at, move || {
                if let Some(world) = own.upgrade() {
                    world.disturb(&fault);
                }
            });
        }
        world
    }

    fn keep_backups(self: &Rc<Self>) {
        let (sim, own) = (self.sim.clone(), Rc::downgrade(self));
        self.sim.spawn(None, "backup", async move {
            while let Some(world) = own.upgrade() {
                let backup = world.database.tables().clone();
                world.backups.borrow_mut().push((sim.now(), backup));
                drop(world);
                sim.sleep(SECOND).await;
            }
        });
    }

    /// Starts the instance of that slot after a while, where none runs there.
    fn start(&self, slot: usize, after: Micros) {
        if std::mem::replace(&mut self.slots.borrow_mut()[slot].is_wanted, true) {
            return;
        }
        let own = self.own.clone();
        self.sim.after(after, move || {
            let Some(world) = own.upgrade() else { return };
            world.slots.borrow_mut()[slot].is_wanted = false;
            match world.instance(slot) {
                None => world.start_now(slot),
                // It is still stopping.
                Some(running) if running.stop.get() => world.start(slot, SECOND),
                Some(_) => {}
            }
        });
    }

    fn start_now(&self, slot: usize) {
        let process = self.sim.process();
        let (clock, starts) = {
            let slot = &mut self.slots.borrow_mut()[slot];
            slot.starts += 1;
            (Rc::clone(&slot.clock), slot.starts)
        };
        let keeps_name = self.plan.left_out == LeftOut::NewNames;
        let name = if keeps_name { format!("instance-{slot}") } else { format!("instance-{slot}-{starts}") };
        self.sim.note(|| format!("{name} starts"));
        let (kafka, postgres) = (self.link(slot, &self.broker.server), self.link(slot, &self.database.server));
        let shared = Shared::new(Parts {
            sim: self.sim.clone(),
            process,
            name,
            kafka,
            postgres,
            broker: Rc::clone(&self.broker),
            database: Rc::clone(&self.database),
            settings: self.plan.settings.clone(),
            left_out: self.plan.left_out,
            partitions: self.plan.shards,
            directory: self.directory.clone(),
            rules: Rc::clone(&self.rules),
            own_clock: clock,
            notes: Rc::clone(&self.notes),
        });
        instance::start(&shared);
        self.slots.borrow_mut()[slot].running = Some(shared);
    }

    /// Something changes in the directory: instances hear of it sooner or later.
    pub fn turn(&self, record: &DirectoryRecord) {
        self.sim.note(|| format!("the directory: {record:?}"));
        let mut directory = (**self.directory.borrow()).clone();
        directory.put(record.clone());
        *self.directory.borrow_mut() = Rc::new(directory);
        for shared in (0..=self.plan.instances).filter_map(|slot| self.instance(slot)) {
            let (own, late) = (self.own.clone(), self.sim.between(MILLIS, 400 * MILLIS));
            self.sim.after(late, move || {
                if let Some(world) = own.upgrade() {
                    *shared.directory.borrow_mut() = Rc::clone(&world.directory.borrow());
                }
            });
        }
    }

    fn link(&self, slot: usize, server: &Rc<Server>) -> Rc<Link> {
        let victims: Weak<dyn Victims> = self.own.clone();
        Link::new(&self.sim, server, slot, &self.aims, &victims)
    }

    fn instance(&self, slot: usize) -> Option<Rc<Shared>> {
        self.slots.borrow()[slot].running.clone().filter(|shared| self.sim.is_alive(shared.process))
    }

    fn crash_now(&self, slot: usize, down: Micros) {
        if let Some(shared) = self.instance(slot) {
            self.sim.note(|| format!("{} dies", shared.name));
            self.sim.kill(shared.process);
        }
        if slot < self.plan.instances {
            self.start(slot, down);
        }
    }

    fn freeze_now(&self, slot: usize, long: Micros) {
        if let Some(shared) = self.instance(slot) {
            self.sim.note(|| format!("{} stands still", shared.name));
            self.sim.freeze(shared.process);
            let (sim, process) = (self.sim.clone(), shared.process);
            self.sim.after(long, move || sim.thaw(process));
        }
    }

    fn stop(&self, slot: usize) {
        if let Some(shared) = self.instance(slot) {
            self.sim.note(|| format!("{} is told to stop", shared.name));
            shared.stop.set(true);
        }
    }

    fn server(&self, service: Service) -> &Rc<Server> {
        match service {
            Service::Kafka => &self.broker.server,
            Service::Postgres => &self.database.server,
        }
    }

    fn kill_kafka(&self, down: Micros) {
        self.broker.kill();
        let broker = Rc::clone(&self.broker);
        self.sim.after(down, move || broker.start());
    }

    fn kill_postgres(&self, down: Micros) {
        self.database.kill();
        let database = Rc::clone(&self.database);
        self.sim.after(down, move || database.server.start());
    }

    fn disturb(&self, fault: &Fault) {
        if !matches!(fault.what, Trouble::Aimed(..)) {
            self.sim.note(|| format!("fault: {:?}", fault.what));
            self.struck.borrow_mut().insert(fault.number, self.sim.now());
        }
        let all = 0..self.plan.instances;
        match fault.what {
            Trouble::Crash(slot, down) => self.crash_now(slot, down),
            Trouble::CrashAll(down) => all.for_each(|slot| self.crash_now(slot, down)),
            Trouble::Stop(slot, down) => {
                self.stop(slot);
                self.start(slot, down + 8 * SECOND);
            }
            Trouble::Freeze(slot, long) => self.freeze_now(slot, long),
            Trouble::Extra(long) => {
                let extra = self.plan.instances;
                self.start(extra, 0);
                let own = self.own.clone();
                self.sim.after(long, move || own.upgrade().into_iter().for_each(|world| world.stop(extra)));
            }
            Trouble::KillKafka(down) => self.kill_kafka(down),
            Trouble::KillPostgres(down) => self.kill_postgres(down),
            Trouble::PowerCut(down) => {
                all.for_each(|slot| self.crash_now(slot, down + SECOND));
                self.kill_kafka(down);
                self.kill_postgres(down);
            }
            Trouble::FreezeServer(service, long) => self.server(service).freeze(long),
            Trouble::Slow(service, long) => self.server(service).slow_down(long),
            Trouble::Cut(service, slot, long) => self.disconnect(service, slot, |link| link.cut(long)),
            Trouble::Stall(service, slot, long) => self.disconnect(service, slot, |link| link.stall(long)),
            Trouble::LoseAnswers(service, slot, long) => {
                self.disconnect(service, slot, |link| link.lose_answers(long));
            }
            Trouble::SetClock(slot, by, long) => {
                let clock = Rc::clone(&self.slots.borrow()[slot].clock);
                clock.set(by);
                self.sim.after(long, move || clock.set(0));
            }
            Trouble::Expel(number) => self.broker.expel(number),
            Trouble::Rebalance => self.broker.rebalance(),
            Trouble::TimeOut => self.broker.time_out_transactions(),
            Trouble::Hang => self.broker.hang_next(),
            Trouble::Restore(ago) => {
                all.for_each(|slot| self.crash_now(slot, SECOND));
                let wanted = self.sim.now() - ago;
                let backups = self.backups.borrow();
                let backup = backups.iter().rev().find(|(at, _)| *at <= wanted).or_else(|| backups.first());
                if let Some((_, backup)) = backup {
                    self.database.restore(backup.clone());
                }
            }
            Trouble::Aimed(instance, call, skip, strike) => {
                let aim = Aim { fault: fault.number, from: self.sim.now(), instance, call, skip, strike };
                self.aims.borrow_mut().push(aim);
            }
        }
    }

    fn disconnect(&self, service: Service, slot: usize, how: impl Fn(&Rc<Link>)) {
        if let Some(shared) = self.instance(slot) {
            how(match service {
                Service::Kafka => &shared.kafka,
                Service::Postgres => &shared.postgres,
            });
        }
    }

    /// No fault strikes any more.
    pub fn calm_down(&self) {
        self.aims.borrow_mut().clear();
    }

    /// Drops everything, so that nothing keeps anything else alive.
    pub fn end(&self) {
        self.slots.borrow_mut().clear();
        self.sim.end();
        self.broker.kill();
        self.database.kill();
        self.sim.end();
    }
}

impl Victims for World {
    fn crash(&self, instance: usize, _: usize) {
        self.crash_now(instance, self.sim.between(MILLIS, 3 * SECOND));
    }

    fn freeze(&self, instance: usize, long: Micros) {
        self.freeze_now(instance, long);
    }

    fn struck(&self, fault: usize) {
        self.struck.borrow_mut().insert(fault, self.sim.now());
    }
}
