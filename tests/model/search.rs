//! Every interleaving, breadth first, so that a counterexample is as short as can be.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::time::{Duration, Instant};

use crate::action::{Action, Model};
use crate::goal;
use crate::invariants;
use crate::state::State;

/// Where a search ends.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// At most so many steps from the beginning.
    pub depth: usize,
    /// At most so many states.
    pub states: usize,
    /// From each n-th state on the way to the goal is tried, too; 0 for none.
    pub goal_every: usize,
}

/// What a search went through.
#[derive(Clone, Copy, Debug)]
pub struct Searched {
    /// Different states.
    pub states: usize,
    /// Steps between them.
    pub steps: usize,
    /// The depth that was searched completely.
    pub depth: usize,
    /// Whether there was nothing beyond.
    pub exhausted: bool,
    /// States from which the goal was tried.
    pub goals: usize,
    /// How long it took.
    pub took: Duration,
}

/// Steps that break a rule.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The rule.
    pub rule: String,
    /// From the first state on.
    pub steps: Vec<String>,
}

impl fmt::Display for Searched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate, for people")]
        let rate = self.states as f64 / seconds;
        let end = if self.exhausted { " (all there are)" } else { "" };
        let Self { states, steps, depth, goals, .. } = self;
        write!(
            f,
            "{states} states, {steps} steps, depth {depth}{end}, goal reached from {goals}, {seconds:.1} s, {rate:.0} states/s"
        )
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.rule)?;
        self.steps.iter().enumerate().try_for_each(|(n, step)| writeln!(f, "  {:2} {step}", n + 1))
    }
}

impl Bounds {
    /// Searches so deep, and tries the goal from every 500th state.
    pub const fn depth(depth: usize) -> Self {
        Self { depth, states: usize::MAX, goal_every: 500 }
    }
}

/// Searches until a rule is broken or the bounds are reached.
///
/// # Errors
/// The shortest way to break a rule.
pub fn search(model: &Model, bounds: Bounds) -> Result<Searched, Counterexample> {
    let began = Instant::now();
    let first = model.scenario.begin(model.defect);
    let mut seen: HashSet<u128, BuildHasherDefault<AsIs>> = HashSet::default();
    seen.insert(fingerprint(&first));
    // How each state was reached: the number of the one before, and the step.
    let mut trail: Vec<(u32, Action)> = vec![(0, Action::Tick)];
    let mut queue = VecDeque::from([(first, 0_u32, 0_usize)]);
    let mut searched = Searched { states: 1, steps: 0, depth: 0, exhausted: false, goals: 0, took: Duration::ZERO };
    while let Some((state, number, depth)) = queue.pop_front() {
        searched.depth = depth;
        if depth == bounds.depth || seen.len() >= bounds.states {
            searched.took = began.elapsed();
            return Ok(searched);
        }
        for action in model.enabled(&state) {
            searched.steps += 1;
            let next = model.apply(&state, action);
            if let Some(rule) = invariants::broken(&state, &next) {
                let mut steps = path(&trail, number);
                steps.push(action);
                return Err(Counterexample { rule: rule.to_owned(), steps: told(model, &steps) });
            }
            if !seen.insert(fingerprint(&next)) {
                continue;
            }
            let reached = u32::try_from(trail.len()).unwrap_or(u32::MAX);
            trail.push((number, action));
            searched.states += 1;
            if bounds.goal_every > 0 && searched.states.is_multiple_of(bounds.goal_every) {
                searched.goals += 1;
                if let Err((rule, mut on)) = goal::drive(model, &next) {
                    let mut steps = path(&trail, reached);
                    steps.append(&mut on);
                    return Err(Counterexample { rule, steps: told(model, &steps) });
                }
            }
            queue.push_back((next, reached, depth + 1));
        }
    }
    searched.exhausted = true;
    searched.took = began.elapsed();
    Ok(searched)
}

fn path(trail: &[(u32, Action)], mut number: u32) -> Vec<Action> {
    let mut steps = Vec::new();
    while number != 0 {
        let (before, action) = trail[number as usize];
        steps.push(action);
        number = before;
    }
    steps.reverse();
    steps
}

/// The steps, and what the dispatch loop does in those of its own.
fn told(model: &Model, steps: &[Action]) -> Vec<String> {
    let mut state = model.scenario.begin(model.defect);
    let mut told = Vec::new();
    for step in steps {
        let does = match step {
            Action::Dispatch(p) => format!(": {:?}", model.next_of(&state, *p)),
            _ => String::new(),
        };
        told.push(format!("{step:?}{does}"));
        state = model.apply(&state, *step);
    }
    told
}

/// 128 bits instead of the state: among 100 million states two with the same are less likely than 10^-22.
fn fingerprint(state: &State) -> u128 {
    let mut hasher = Twin { left: 0x9e37_79b9_7f4a_7c15, right: 0xc2b2_ae3d_27d4_eb4f };
    state.hash(&mut hasher);
    u128::from(hasher.finish()) << 64 | u128::from(avalanche(hasher.right))
}

/// Two multiplicative hashes side by side: fast, and good enough where nobody attacks.
struct Twin {
    left: u64,
    right: u64,
}

impl Hasher for Twin {
    fn finish(&self) -> u64 {
        avalanche(self.left)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.left = (self.left.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        self.right = (self.right.rotate_left(23) ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd).wrapping_add(1);
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word.cast_unsigned());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.write_i64(word as i64);
    }
}

/// The last step of MurmurHash3 (public domain): spreads every bit over all others.
const fn avalanche(mut word: u64) -> u64 {
    word ^= word >> 33;
    word = word.wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^= word >> 33;
    word = word.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ (word >> 33)
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_le_bytes(word);
        }
    }
}
