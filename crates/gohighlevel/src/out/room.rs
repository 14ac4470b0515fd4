//! How much of each lane is begun in one round: what the budget lets through at once, so that no round waits for the next
//! interval while something urgent waits for the round.

use boxed::boxed;
use connect::ghl::budget::Lane;

use super::office::Office;

/// Requests that a write takes, as a rule: read, changed in one or two ways, read again.
const REQUESTS: u32 = 5;
/// Upkeep that is begun at a time: little enough that what is urgent does not wait long for it.
const UPKEEP_MAX: u32 = 8;

/// The shares of a round.
pub(super) struct Room {
    /// Of each lane, at most so many.
    pub most: [u32; 4],
    /// Lanes that have more room than that.
    has_more: [bool; 4],
}

#[boxed]
impl Room {
    /// Of a round of at most `limit`.
    pub async fn of(office: &Office, limit: u32) -> Self {
        let ghl = &office.bridge.0.ghl;
        let mut room = [(u32::MAX, u32::MAX); 4];
        for lane in [Lane::Score, Lane::Bulk] {
            room[lane.index()] = ghl.room(&office.account, lane).await;
            if room[lane.index()].0 == u32::MAX {
                break;
            }
        }
        Self::from(room, limit)
    }

    /// By the requests that could go at once in each lane, and of how many. What is urgent is begun in any case, and waits
    /// for its turn.
    fn from(requests: [(u32, u32); 4], limit: u32) -> Self {
        let (mut most, mut has_more) = ([0; 4], [true; 4]);
        for lane in Lane::ALL {
            let place = lane.index();
            let wanted = if lane == Lane::Bulk { limit.min(UPKEEP_MAX) } else { limit };
            let (free, of) = requests[place];
            let possible = free / REQUESTS.min(of.max(1));
            (most[place], has_more[place]) = (wanted.min(possible), possible > wanted);
        }
        Self { most, has_more }
    }

    /// Whether another round can begin at once, after one that left this over.
    pub fn is_there(&self, left_over: [bool; 4]) -> bool {
        left_over.iter().zip(self.has_more).any(|(left_over, has_more)| *left_over && has_more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: (u32, u32) = (u32::MAX, u32::MAX);

    #[test]
    fn what_is_urgent_is_begun_and_the_rest_as_far_as_there_is_room() {
        let room = Room::from([ANY, ANY, (21, 85), (200, 700)], 64);
        assert_eq!(room.most, [64, 64, 4, 8]);
        assert!(room.is_there([false, false, false, true]), "more upkeep, next time");
        assert!(!room.is_there([false, false, true, false]), "that waits for room");
        assert_eq!(Room::from([ANY, ANY, (4, 85), (0, 70)], 64).most, [64, 64, 0, 0]);
        assert_eq!(
            Room::from([ANY, ANY, (3, 3), (2, 3)], 64).most,
            [64, 64, 1, 0],
            "a small budget is no obstacle"
        );
    }
}
