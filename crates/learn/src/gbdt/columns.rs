//! What trees may ask: the columns of the table, and beside some categories their statistics.

use super::{
    Lesson, LevelSet, Parameters, Test,
    binning::FeatureBins,
    split::BinTest,
    statistics::{Categories, Statistic},
};

/// Everything that a tree may ask, numbered from 0: first the columns of the table.
#[derive(Clone, Debug)]
pub(super) struct Columns<'a> {
    lesson: Lesson<'a>,
    statistics: Vec<Statistic>,
}

/// How what is asked is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By size.
    Number,
    /// By level; so many bins may be in a group.
    Category(usize),
}

impl<'a> Columns<'a> {
    /// The columns of `lesson`, and statistics of categories where `parameters` ask for them.
    pub fn of(lesson: Lesson<'a>, parameters: &Parameters) -> Self {
        let Lesson { bins, target, rows, .. } = lesson;
        let categories = &parameters.categories;
        let statistics = bins
            .codes
            .iter()
            .filter(|coded| categories.statistics_from.is_some_and(|least| coded.levels >= least.max(2)))
            .map(|coded| {
                let (column, codes, levels) = (coded.column, &coded.codes[..], coded.levels);
                let categories_of = Categories { column, codes, levels, target, rows };
                Statistic::of(categories_of, categories.statistics_strength, parameters.seed)
            })
            .collect();
        Self { lesson, statistics }
    }

    /// What there is to ask: whatever has at least two bins; of a category with a statistic that one.
    pub fn asked(&self) -> Vec<usize> {
        let has_statistic = |at: usize| self.statistics.iter().any(|statistic| statistic.column == at);
        (0..self.count()).filter(|at| self.len(*at) >= 2).filter(|at| !has_statistic(*at)).collect()
    }

    /// How many there are, whether there is something to ask or not.
    pub fn count(&self) -> usize {
        self.lesson.binner.features.len() + self.statistics.len()
    }

    /// The number of bins of `at`, that of missing values included.
    pub fn len(&self, at: usize) -> usize {
        match self.statistic(at) {
            Some(statistic) => statistic.len,
            None => self.lesson.binner.features[at].len(),
        }
    }

    /// The bins of all rows.
    pub fn bins(&self, at: usize) -> &[u8] {
        match self.statistic(at) {
            Some(statistic) => &statistic.bins,
            None => &self.lesson.bins.columns[at],
        }
    }

    pub fn order(&self, at: usize) -> Order {
        match self.lesson.binner.features.get(at) {
            Some(FeatureBins::Category { code_of, .. }) => Order::Category(code_of.len() + 1),
            Some(FeatureBins::Number { .. }) | None => Order::Number,
        }
    }

    /// The column of the table that `at` asks, and the question in terms of its values.
    pub fn question(&self, at: usize, test: BinTest, missing_left: bool) -> (u32, Test) {
        if let (Some(statistic), BinTest::UpTo(last)) = (self.statistic(at), test) {
            return (statistic.column as u32, statistic.question(last, missing_left));
        }
        let question = match (self.lesson.binner.features.get(at), test) {
            (Some(FeatureBins::Number { upper }), BinTest::UpTo(bin)) => {
                // Behind the last bin are missing values only: every number goes left.
                Test::Threshold(upper.get(bin as usize - 1).copied().unwrap_or(f64::MAX))
            }
            (Some(FeatureBins::Category { code_of, .. }), BinTest::In(set)) => {
                let codes = code_of.iter().zip(1..).filter(|(_, bin)| set.contains(*bin));
                Test::Levels(codes.map(|(code, _)| *code).collect::<LevelSet>())
            }
            // Not reached: numbers are asked by threshold and categories by set. Nothing goes left.
            (_, _) => Test::Levels(LevelSet::default()),
        };
        (at as u32, question)
    }

    fn statistic(&self, at: usize) -> Option<&Statistic> {
        at.checked_sub(self.lesson.binner.features.len()).map(|at| &self.statistics[at])
    }
}
