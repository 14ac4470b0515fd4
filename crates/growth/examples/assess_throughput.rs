//! How many clients one CPU-second assesses: `cargo run --release -p growth --example assess_throughput [ROUNDS]`.
//!
//! 200 000 synthetic clients from a fixed seed, every field varied and one in twelve unknown, are assessed one after
//! the other on one thread, each assessment read and dropped. CPU time is the process's own, as the kernel counts it
//! (Linux), so that other work on the machine does not matter; elsewhere it is wall time. Prints one JSON object.

use std::time::{Duration, Instant};

use growth::{
    assess::assess,
    metrics::{ClientMetrics, VehicleId},
    policy::Policy,
};
use jiff::civil::{Date, date};
use kernel::{Currency, Mrr};

const CLIENTS: usize = 200_000;
const AS_OF: Date = date(2026, 1, 19);

/// Knuth's 64-bit linear congruential generator (MMIX): the same clients on every machine.
struct Lcg(u64);

impl Lcg {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }

    fn unit(&mut self) -> f64 {
        self.next() as f64 / (1_u64 << 31) as f64
    }

    /// Unknown one time in twelve.
    fn maybe<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.below(12) == 0 { None } else { Some(draw(self)) }
    }
}

fn client(index: usize, lcg: &mut Lcg) -> ClientMetrics {
    let mrr = [1_200, 1_800, 2_400, 3_600, 4_800, 12_500][lcg.below(6) as usize];
    let mut client = ClientMetrics::unknown(
        format!("client_{index:06}"),
        format!("Synthetic Brokerage {index}"),
        Mrr::new(mrr.into(), Currency::USD),
    );
    client.active_users = lcg.maybe(|lcg| lcg.below(60));
    client.locations_count = lcg.maybe(|lcg| 1 + lcg.below(12));
    client.leads_processed_monthly = lcg.maybe(|lcg| 40 + lcg.below(500));
    client.roi_percentage = lcg.maybe(|lcg| lcg.unit() * 60_000.0);
    client.satisfaction_score = lcg.maybe(|lcg| 3.2 + 1.8 * lcg.unit());
    client.nps_score = lcg.maybe(|lcg| f64::from(lcg.below(140)) - 40.0);
    client.success_case_documented = lcg.maybe(|lcg| lcg.below(3) == 0);
    client.referrals_provided = lcg.maybe(|lcg| lcg.below(6));
    client.support_tickets_monthly = lcg.maybe(|lcg| lcg.below(10));
    client.feature_requests = lcg.maybe(|lcg| lcg.below(11));
    client.last_interaction_date = lcg.maybe(|lcg| {
        let days = jiff::Span::new().days(i64::from(lcg.below(90)));
        AS_OF.saturating_sub(days)
    });
    client.executive_relationship_strength = lcg.maybe(|lcg| f64::from(4 + lcg.below(7)));
    client.leads_growth_rate = lcg.maybe(|lcg| lcg.unit() * 0.8 - 0.1);
    client.locations_growth_rate = lcg.maybe(|lcg| lcg.unit() * 0.5 - 0.1);
    client.usage_intensity = lcg.maybe(|lcg| 0.25 + 0.75 * lcg.unit());
    client.payment_history_score = lcg.maybe(|lcg| f64::from(1 + lcg.below(10)));
    if lcg.below(10) == 0 {
        client.upsell_history.push(VehicleId::new("professional_services"));
    }
    client
}

fn main() {
    let rounds: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10);
    let mut lcg = Lcg(20_260_119);
    let clients: Vec<ClientMetrics> = (0..CLIENTS).map(|index| client(index, &mut lcg)).collect();
    let policy = Policy::framework();

    let wall = Instant::now();
    let before = cpu_time();
    let (mut score_sum, mut offers) = (0.0, 0);
    for _ in 0..rounds {
        for client in &clients {
            let assessment = assess(client, &policy, AS_OF);
            score_sum += assessment.readiness.score;
            offers += assessment.vehicles.len();
        }
    }
    let wall = wall.elapsed();
    let cpu = match (before, cpu_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => wall,
    };

    let assessed = (rounds * CLIENTS) as f64;
    println!(
        "{}",
        serde_json::json!({
            "policy": policy.key().to_string(),
            "clients": CLIENTS,
            "rounds": rounds,
            "cpu_seconds": cpu.as_secs_f64(),
            "wall_seconds": wall.as_secs_f64(),
            "clients_per_cpu_second": (assessed / cpu.as_secs_f64()).round(),
            "mean_score": score_sum / assessed,
            "vehicles_offered_per_client": offers as f64 / assessed,
        })
    );
}

/// CPU time of this process so far, user and system; `None` where the system does not tell.
fn cpu_time() -> Option<Duration> {
    // Fields 14 and 15 (proc(5)), in ticks of 10 ms on every Linux that runs today; the name may hold spaces.
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}
