//! Which version is asked, which challenges it, and which only look on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::promotion::Cleared;

/// What a version of a model is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It predicts beside the champion, and nobody acts on it.
    Shadow,
    /// It is held against the champion, on a part of the subjects or by both predicting.
    Challenger,
    /// It is the one that is asked.
    Champion,
    /// It is asked no more.
    Retired,
}

impl Stage {
    /// Whether a version may go from here to `next`.
    ///
    /// | from | to |
    /// |---|---|
    /// | shadow | challenger, retired |
    /// | challenger | champion (cleared), shadow, retired |
    /// | champion | retired (when another is promoted, or it is rolled back or withdrawn) |
    /// | retired | champion (when its successor is rolled back), shadow |
    pub fn may_become(self, next: Self) -> bool {
        use Stage::{Challenger, Champion, Retired, Shadow};
        matches!(
            (self, next),
            (Shadow, Challenger | Retired)
                | (Challenger, Champion | Shadow | Retired)
                | (Champion, Retired)
                | (Retired, Champion | Shadow)
        )
    }
}

/// The versions of one model with their stages: at most one champion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineup {
    stages: BTreeMap<String, Stage>,
    /// The champion before the present one, to which a step back leads.
    before: Option<String>,
}

/// Why a step is not taken. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineupError {
    /// There is no such version.
    #[error("there is no version {version}")]
    Unknown {
        /// The version asked for.
        version: String,
    },
    /// There is such a version already.
    #[error("version {version} is on record already")]
    Known {
        /// The version.
        version: String,
    },
    /// The step is not allowed from the version's stage.
    #[error("version {version} is {from:?} and cannot become {to:?}")]
    Stage {
        /// The version.
        version: String,
        /// Its stage.
        from: Stage,
        /// The stage asked for.
        to: Stage,
    },
    /// The clearance is for another version, or was given against a champion that is no longer one.
    #[error("{version} was cleared against {against:?}, and the champion is {champion:?}")]
    Clearance {
        /// The version that was cleared.
        version: String,
        /// The champion it was cleared against.
        against: Option<String>,
        /// The champion now.
        champion: Option<String>,
    },
    /// There is no earlier champion to go back to.
    #[error("there is no earlier champion to go back to")]
    NothingBefore,
}

impl Lineup {
    /// The stage of `version`.
    pub fn stage(&self, version: &str) -> Option<Stage> {
        self.stages.get(version).copied()
    }

    /// The version that is asked.
    pub fn champion(&self) -> Option<&str> {
        self.stages.iter().find(|(_, stage)| **stage == Stage::Champion).map(|(version, _)| version.as_str())
    }

    /// All versions with their stages, by name.
    pub fn versions(&self) -> impl Iterator<Item = (&str, Stage)> {
        self.stages.iter().map(|(version, stage)| (version.as_str(), *stage))
    }

    /// Puts a new version on record, as a shadow.
    ///
    /// # Errors
    /// When it is on record already.
    pub fn enter(&mut self, version: &str) -> Result<(), LineupError> {
        if self.stages.contains_key(version) {
            return Err(LineupError::Known { version: version.to_owned() });
        }
        self.stages.insert(version.to_owned(), Stage::Shadow);
        Ok(())
    }

    /// Lets a shadow challenge the champion.
    ///
    /// # Errors
    /// When it is unknown or no shadow.
    pub fn challenge(&mut self, version: &str) -> Result<(), LineupError> {
        self.step(version, Stage::Challenger)
    }

    /// Takes a challenger or a retired version back into the shadow.
    ///
    /// # Errors
    /// When it is unknown, or neither.
    pub fn withdraw(&mut self, version: &str) -> Result<(), LineupError> {
        self.step(version, Stage::Shadow)
    }

    /// Makes the cleared challenger champion; the champion retires.
    ///
    /// # Errors
    /// When it is unknown or no challenger, or the champion has changed since it was cleared.
    pub fn promote(&mut self, cleared: &Cleared) -> Result<(), LineupError> {
        let version = cleared.challenger();
        let champion = self.champion().map(str::to_owned);
        self.check(version, Stage::Champion)?;
        // Going back is the only way for a retired version to become champion.
        if self.stage(version) == Some(Stage::Retired) {
            let version = version.to_owned();
            return Err(LineupError::Stage { version, from: Stage::Retired, to: Stage::Champion });
        }
        if champion.as_deref() != cleared.champion() {
            let against = cleared.champion().map(str::to_owned);
            return Err(LineupError::Clearance { version: version.to_owned(), against, champion });
        }
        if let Some(champion) = &champion {
            self.stages.insert(champion.clone(), Stage::Retired);
        }
        self.before = champion;
        self.stages.insert(version.to_owned(), Stage::Champion);
        Ok(())
    }

    /// Makes the champion before the present one champion again; the present one retires. One step only: there is nothing
    /// before that until the next promotion.
    ///
    /// # Errors
    /// When there is no earlier champion, or it has not stayed retired.
    pub fn roll_back(&mut self) -> Result<(), LineupError> {
        let before = self.before.clone().ok_or(LineupError::NothingBefore)?;
        if self.stage(&before) != Some(Stage::Retired) {
            return Err(LineupError::NothingBefore);
        }
        if let Some(champion) = self.champion().map(str::to_owned) {
            self.stages.insert(champion, Stage::Retired);
        }
        self.stages.insert(before, Stage::Champion);
        self.before = None;
        Ok(())
    }

    /// Retires a version, also the champion: nobody is asked then.
    ///
    /// # Errors
    /// When it is unknown or retired already.
    pub fn retire(&mut self, version: &str) -> Result<(), LineupError> {
        let was_champion = self.stage(version) == Some(Stage::Champion);
        self.step(version, Stage::Retired)?;
        if was_champion {
            self.before = Some(version.to_owned());
        }
        Ok(())
    }

    fn check(&self, version: &str, to: Stage) -> Result<(), LineupError> {
        let version = version.to_owned();
        match self.stages.get(&version).copied() {
            None => Err(LineupError::Unknown { version }),
            Some(from) if !from.may_become(to) => Err(LineupError::Stage { version, from, to }),
            Some(_) => Ok(()),
        }
    }

    fn step(&mut self, version: &str, to: Stage) -> Result<(), LineupError> {
        self.check(version, to)?;
        self.stages.insert(version.to_owned(), to);
        Ok(())
    }
}
