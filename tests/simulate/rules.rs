//! Rules that a test can leave out, one at a time, to show that the simulation would notice.

/// What is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeftOut {
    /// Nothing.
    #[default]
    Nothing,
    /// A transaction of which a record has failed is given up at once.
    GiveUpAtOnce,
    /// A transaction that the broker has forgotten is ended in the name of its owner.
    EndHanging,
    /// A producer ends what it may have left hanging itself before it commits anything else.
    EndOwnHanging,
    /// What the database knows of a marker was read from the broker, where nothing can take it back.
    CopyWhatCounts,
    /// An instance whose clock contradicts another's hears the broker's before it fires.
    HearTheBroker,
    /// A database that is older than what was fired stops its shards.
    LostFuture,
    /// A pass that was prepared ahead and has come to nothing does not hold up what is due meanwhile.
    StagedRetry,
    /// An instance that is started again has another name, and so other producers.
    NewNames,
    /// T1 (R1): nothing is written under an old epoch.
    EpochCheck,
    /// T2: what is in flight under the old epoch is waited for.
    WaitForHolders,
    /// T3: offsets are read when no transaction is pending on them.
    StableRead,
    /// T5 and the rest: offsets of an old generation are refused.
    Generation,
    /// The metadata of the assignment, not the group's at the moment.
    AssignmentMetadata,
    /// T0: nothing is under way for a shard that is taken over again.
    StepT0,
    /// R4: a commit whose answer was lost stays in doubt.
    DoubtStays,
    /// R5: holds end after the windows are told, and not before.
    TellWindow,
    /// R6: what is answered was recorded before.
    RecordsFirst,
    /// F1: the frontier is told how far a load reaches before its query runs.
    ReachBeforeQuery,
    /// F1: what is recorded during a load is applied to what it brings.
    ReplayOnLoad,
    /// F1: rows of an older takeover's load are thrown away.
    LoadsOfOneTakeover,
    /// F4: after an unknown outcome all shards are taken over again.
    StartOverInDoubt,
    /// F4: so they are where the markers of another takeover are in doubt, which the same producers publish.
    DoubtOfMarkers,
    /// Nothing is built on what was committed just before all brokers were lost.
    StartOverAfterOutage,
    /// Callbacks are fired by a time that two clocks have reached.
    TwoClocks,
    /// R1: what time makes of callbacks is recorded under the epoch of who asks for it, too.
    FenceSweeps,
    /// A report of something that is in flight waits for the pass.
    WaitForPass,
    /// A pass that was aborted is not tried again before what was taken back from it is written and told.
    TakeBack,
    /// F3: a pass that waits for its time makes way for a report that wants something back from it.
    MakeWay,
    /// The end of a handling time counts when it is published, and not when a pass begins that will say so.
    EndWhenPublished,
    /// F3: state records are part of the transaction of their due events.
    StateInTransaction,
    /// R5: with the state topic on, holds end after the answers are published.
    HoldUntilAnswered,
    /// R5: and not before the windows are told, either.
    HoldUntilTold,
    /// T6: nothing is fired before what was decided under the takeover before is answered.
    AwaitAnswers,
    /// T6: what was decided under the takeover before is answered in the order in which it happened, before anything else.
    AnswerInOrder,
    /// What was decided under the takeover before says how the callback stands once more, and a repeat of it does not.
    SayOnce,
    /// R4: what is noted as decided is not taken back by whoever is on the way through it once more.
    NoteForward,
    /// R4: what is noted is all that is written, also where shards of it have been lost since it was decided.
    NoteWhatIsWritten,
    /// F6: what must not be presented is handed over also when a pass ends before it.
    LookBehindPass,
    /// F7: presentations are swept also while others go on.
    SweepInTime,
}

impl LeftOut {
    /// Faults that the service had once.
    pub const MENDED: [Self; 17] = [
        Self::GiveUpAtOnce,
        Self::EndHanging,
        Self::LostFuture,
        Self::StagedRetry,
        Self::EndOwnHanging,
        Self::CopyWhatCounts,
        Self::HearTheBroker,
        Self::AnswerInOrder,
        Self::SayOnce,
        Self::NoteForward,
        Self::LookBehindPass,
        Self::SweepInTime,
        Self::DoubtOfMarkers,
        Self::HoldUntilTold,
        Self::MakeWay,
        Self::NoteWhatIsWritten,
        Self::EndWhenPublished,
    ];
    /// Rules that were kept from the beginning.
    pub const KEPT: [Self; 22] = [
        Self::NewNames,
        Self::EpochCheck,
        Self::WaitForHolders,
        Self::StableRead,
        Self::Generation,
        Self::AssignmentMetadata,
        Self::StepT0,
        Self::DoubtStays,
        Self::TellWindow,
        Self::RecordsFirst,
        Self::ReachBeforeQuery,
        Self::ReplayOnLoad,
        Self::LoadsOfOneTakeover,
        Self::StartOverInDoubt,
        Self::StartOverAfterOutage,
        Self::TwoClocks,
        Self::FenceSweeps,
        Self::WaitForPass,
        Self::TakeBack,
        Self::StateInTransaction,
        Self::HoldUntilAnswered,
        Self::AwaitAnswers,
    ];
}
