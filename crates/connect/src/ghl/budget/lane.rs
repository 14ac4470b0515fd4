/// Who goes first, from the most urgent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Somebody waits for an answer: replies, opt-outs, what a person just clicked.
    Reply,
    /// The first action on a new lead: assignment, tasks, alerts.
    Routing,
    /// Scores and what follows from them.
    #[default]
    Score,
    /// Back-fill, reconciliation, upkeep.
    Bulk,
}

impl Lane {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Reply, Self::Routing, Self::Score, Self::Bulk];

    /// Its place among [`Lane::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// How much of an interval it may fill, in percent: what is left is free for the more urgent at any moment.
    pub fn burst_percent(self) -> u32 {
        match self {
            Self::Reply => 100,
            Self::Routing => 95,
            Self::Score => 85,
            Self::Bulk => 70,
        }
    }

    /// How much of a day is reserved for others when its turn comes, in percent.
    pub fn day_reserve_percent(self) -> u32 {
        match self {
            Self::Reply | Self::Routing => 0,
            Self::Score | Self::Bulk => 10,
        }
    }
}
