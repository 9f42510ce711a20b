//! Says in the log that what time should have done is late. Where a server is away others say so too; an instance that is slower
//! than its work would be late without a word.

use std::time::Duration;

/// What is late by less than this is told by metrics only.
const LATE: Duration = Duration::from_secs(10);
/// How often it is said while it lasts.
const AGAIN: Duration = Duration::from_mins(1);

/// Whether something was said of it, and when last.
#[derive(Debug, Default)]
pub(super) struct Overdue {
    said: Option<Duration>,
}

/// What is to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Say {
    /// It is late.
    Late,
    /// It is in time again.
    InTime,
}

impl Overdue {
    /// What is to be said now that it is late by so much. `running` is for how long the process has run.
    pub fn say(&mut self, late: Duration, running: Duration) -> Option<Say> {
        match self.said {
            None if late >= LATE => {
                self.said = Some(running);
                Some(Say::Late)
            }
            Some(_) if late < LATE / 2 => {
                self.said = None;
                Some(Say::InTime)
            }
            Some(said) if late >= LATE && running.saturating_sub(said) >= AGAIN => {
                self.said = Some(running);
                Some(Say::Late)
            }
            None | Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_a_minute_while_it_lasts_and_when_it_is_over() {
        let seconds = Duration::from_secs;
        let mut overdue = Overdue::default();
        let mut say = |late, running| overdue.say(seconds(late), seconds(running));
        assert_eq!(say(9, 100), None, "a little");
        assert_eq!(say(10, 101), Some(Say::Late));
        assert_eq!(say(69, 160), None, "said just now");
        assert_eq!(say(70, 161), Some(Say::Late));
        assert_eq!(say(7, 162), None, "it may come back");
        assert_eq!(say(4, 163), Some(Say::InTime));
        assert_eq!(say(0, 164), None);
    }
}
