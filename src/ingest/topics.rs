//! The topics of the stages.

/// The topics that the stage of answers writes, and whose offsets it commits.
#[derive(Clone, Debug)]
pub struct Topics {
    /// The command topic.
    pub commands_topic: String,
    /// The internal topic of forwarded commands.
    pub amendments_topic: String,
    /// The result topic.
    pub results_topic: String,
    /// The dead-letter topic.
    pub dead_letters_topic: String,
    /// The state topic, where there is one.
    pub state_topic: Option<String>,
}
