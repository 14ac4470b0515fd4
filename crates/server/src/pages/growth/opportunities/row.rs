//! One client in a list: its place, or why it has none.

use std::sync::Arc;

use growth::{
    Board,
    assessment::Assessment,
    metrics::ClientMetrics,
    ranking::{Excluded, GateFailure, Ranked},
};

use crate::pages::growth::words;

/// A client of a board, with its place in the ranking.
pub struct Row {
    board: Arc<Board>,
    index: usize,
    /// Place among those who pass every gate, from 1.
    pub rank: Option<usize>,
    /// Whether the potential makes it a whale.
    pub whale: bool,
    /// Whether it would make a good reference.
    pub reference: bool,
    /// The gates that it fails.
    pub failures: Vec<GateFailure>,
}

impl Row {
    /// A client that passes every gate. `ranked.index` is a place on `board`.
    pub fn ranked(board: Arc<Board>, ranked: Ranked) -> Self {
        Self {
            board,
            index: ranked.index,
            rank: Some(ranked.rank),
            whale: ranked.whale,
            reference: ranked.reference,
            failures: Vec::new(),
        }
    }

    /// A client that does not.
    pub fn excluded(board: Arc<Board>, excluded: Excluded) -> Self {
        Self {
            board,
            index: excluded.index,
            rank: None,
            whale: false,
            reference: false,
            failures: excluded.reasons,
        }
    }

    /// The client.
    pub fn client(&self) -> &ClientMetrics {
        &self.board.clients[self.index]
    }

    /// Its assessment.
    pub fn assessment(&self) -> &Assessment {
        &self.board.assessments[self.index]
    }

    /// Whether it is among the first `limit`.
    pub fn is_listed(&self, limit: usize) -> bool {
        self.rank.is_some_and(|rank| rank <= limit)
    }

    /// Why it is not on the list, in words; what its place is when it is.
    pub fn standing(&self, limit: usize) -> String {
        match self.rank {
            Some(rank) if rank <= limit => format!("number {rank}"),
            Some(rank) => format!("passes every gate, but as number {rank} of a list of {limit}"),
            None => self.failures.iter().map(words::failure).collect::<Vec<_>>().join("; "),
        }
    }
}
