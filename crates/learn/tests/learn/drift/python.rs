//! Python's generator (Mersenne Twister), to draw the samples that river drew.

/// `random.Random(seed)` for a small seed.
pub struct PythonRandom {
    state: Vec<u32>,
    next: usize,
}

const SIZE: usize = 624;

impl PythonRandom {
    pub fn seeded(seed: u32) -> Self {
        let mut state = vec![19_650_218_u32];
        for place in 1..SIZE as u32 {
            let before = state[place as usize - 1];
            state.push(1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(place));
        }
        // `init_by_array` with one word.
        let mut place = 1;
        let step = |state: &mut Vec<u32>, place: &mut usize, factor: u32, added: u32| {
            let before = state[*place - 1];
            state[*place] =
                (state[*place] ^ (before ^ (before >> 30)).wrapping_mul(factor)).wrapping_add(added);
            *place += 1;
            if *place == SIZE {
                state[0] = state[SIZE - 1];
                *place = 1;
            }
        };
        for _ in 0..SIZE {
            step(&mut state, &mut place, 1_664_525, seed);
        }
        for _ in 1..SIZE {
            let subtracted = (place as u32).wrapping_neg();
            step(&mut state, &mut place, 1_566_083_941, subtracted);
        }
        state[0] = 0x8000_0000;
        Self { state, next: SIZE }
    }

    fn bits(&mut self) -> u32 {
        if self.next == SIZE {
            for place in 0..SIZE {
                let joined =
                    (self.state[place] & 0x8000_0000) | (self.state[(place + 1) % SIZE] & 0x7fff_ffff);
                let twisted = (joined >> 1) ^ if joined & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[place] = self.state[(place + 397) % SIZE] ^ twisted;
            }
            self.next = 0;
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn below(&mut self, bound: usize) -> usize {
        let width = usize::BITS - bound.leading_zeros();
        loop {
            let drawn = (self.bits() >> (32 - width)) as usize;
            if drawn < bound {
                return drawn;
            }
        }
    }

    /// `sample(range(bound), count)`, for counts for which Python keeps a pool.
    pub fn sample(&mut self, bound: usize, count: usize) -> Vec<usize> {
        let mut pool: Vec<usize> = (0..bound).collect();
        (0..count)
            .map(|drawn| {
                let place = self.below(bound - drawn);
                let chosen = pool[place];
                pool[place] = pool[bound - drawn - 1];
                chosen
            })
            .collect()
    }
}

#[test]
fn the_samples_are_those_of_python() {
    // python3 -c "import random; print(random.Random(42).sample(range(70), 30)[:8])"
    let first: Vec<usize> = PythonRandom::seeded(42).sample(70, 30).into_iter().take(8).collect();
    assert_eq!(first, PYTHON_42);
}

const PYTHON_42: [usize; 8] = [14, 3, 35, 31, 28, 17, 13, 43];
