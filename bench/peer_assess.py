"""The framework policy in plain Python, as a peer for `cargo xtask bench assess`.

Written as a Python team would write it: dataclasses, enums of text, small functions, constants at the top,
no vector library. It makes the same synthetic clients as crates/growth/examples/assess_throughput.rs (same
generator, same seed) and does the whole assessment of each, so that the mean score of both must be equal.

Usage: python3 bench/peer_assess.py [ROUNDS]      prints one JSON object
"""

import json
import math
import sys
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Callable, Optional

CLIENTS = 200_000
AS_OF = date(2026, 1, 19)
EDGE = 1e-9

TIERS = {
    "tier_1": dict(
        midpoint=37_500.0, probability=-0.15,
        vehicles=("white_label", "enterprise_features", "multi_market", "ai_customization"),
        criteria=(
            ("satisfaction_score", ">=", 4.5), ("leads_processed_monthly", ">=", 200), ("usage_intensity", ">=", 0.70),
            ("executive_relationship_strength", ">=", 8), ("roi_percentage", ">", 20_000), ("locations_count", ">=", 5),
        ),
    ),
    "tier_2": dict(
        midpoint=11_250.0, probability=-0.05,
        vehicles=("multi_market", "professional_services", "enterprise_features", "partnership_program"),
        criteria=(
            ("satisfaction_score", ">=", 4.0), ("leads_processed_monthly", ">=", 100), ("usage_intensity", ">=", 0.50),
            ("leads_growth_rate", ">", 0.20), ("locations_count", ">=", 2),
        ),
    ),
    "tier_3": dict(
        midpoint=6_250.0, probability=0.05,
        vehicles=("ai_customization", "professional_services", "consulting_delivery", "corporate_billing"),
        criteria=(
            ("satisfaction_score", ">=", 3.5), ("leads_processed_monthly", ">=", 50), ("usage_intensity", ">=", 0.30),
            ("leads_growth_rate", ">=", -0.10), ("locations_count", ">=", 1),
        ),
    ),
}
ORDER = list(TIERS)

VEHICLES = {
    "white_label": dict(arr=25_000, complexity="high", cost=15_000, signals=(
        ("locations_count", ">=", 5, 15), ("referrals_provided", ">=", 3, 15), ("executive_relationship_strength", ">=", 8, 10))),
    "enterprise_features": dict(arr=15_000, complexity="medium", cost=5_000, signals=(
        ("active_users", ">=", 10, 15), ("locations_count", ">=", 3, 10), ("leads_processed_monthly", ">=", 200, 10))),
    "multi_market": dict(arr=12_000, complexity="medium", cost=8_000, signals=(
        ("locations_growth_rate", ">", 0.10, 15), ("leads_growth_rate", ">", 0.20, 15), ("locations_count", ">=", 2, 10))),
    "professional_services": dict(arr=10_000, complexity="low", cost=3_000, signals=(
        ("support_tickets_monthly", ">", 3, 15), ("leads_growth_rate", ">", 0.30, 10), ("usage_intensity", "<", 0.60, 10))),
    "ai_customization": dict(arr=8_000, complexity="high", cost=12_000, signals=(
        ("feature_requests", ">=", 5, 20), ("usage_intensity", ">=", 0.70, 10), ("roi_percentage", ">", 10_000, 10))),
    "partnership_program": dict(arr=8_000, complexity="medium", cost=4_000, signals=(
        ("referrals_provided", ">=", 2, 20), ("nps_score", ">=", 50, 10))),
    "corporate_billing": dict(arr=6_000, complexity="low", cost=3_000, signals=(
        ("locations_count", ">=", 3, 15), ("payment_history_score", ">=", 9, 10))),
    "consulting_delivery": dict(arr=5_000, complexity="low", cost=2_000, signals=(
        ("success_case_documented", ">=", 1, 15), ("roi_percentage", ">", 20_000, 10))),
}


@dataclass
class Client:
    client_id: str
    client_name: str
    current_mrr: float
    active_users: Optional[int] = None
    locations_count: Optional[int] = None
    leads_processed_monthly: Optional[int] = None
    roi_percentage: Optional[float] = None
    satisfaction_score: Optional[float] = None
    nps_score: Optional[float] = None
    success_case_documented: Optional[bool] = None
    referrals_provided: Optional[int] = None
    support_tickets_monthly: Optional[int] = None
    feature_requests: Optional[int] = None
    last_interaction_date: Optional[date] = None
    executive_relationship_strength: Optional[float] = None
    leads_growth_rate: Optional[float] = None
    locations_growth_rate: Optional[float] = None
    usage_intensity: Optional[float] = None
    payment_history_score: Optional[float] = None
    upsell_history: list[str] = field(default_factory=list)


@dataclass
class Factor:
    name: str
    value: float
    weight: float
    contribution: float


@dataclass
class Readiness:
    score: float
    level: str
    coverage: float
    interval: tuple[float, float]
    factors: list[Factor]


@dataclass
class VehicleFit:
    id: str
    fit: float
    reasons: list[str]
    unknown: list[str]


@dataclass
class Assessment:
    client_id: str
    readiness: Readiness
    tier: str
    missed_criteria: list[tuple]
    vehicles: list[VehicleFit]
    potential_arr: float
    multiple: Optional[float]
    success_probability: float
    saturated: bool
    probability_parts: list[tuple[str, float]]
    close_days: int
    priority: float
    payback_months: Optional[int]
    next_action: str


def holds(value: Optional[float], relation: str, threshold: float) -> Optional[bool]:
    """Whether a known value relates to the threshold; values a rounding error away count as equal."""
    if value is None:
        return None
    if relation == ">=":
        return value >= threshold - EDGE
    if relation == ">":
        return value > threshold + EDGE
    return value < threshold - EDGE


def clamp(value: float, lower: float, upper: float) -> float:
    return max(lower, min(upper, value))


def documentation(client: Client) -> Optional[float]:
    inputs = (client.success_case_documented, client.roi_percentage, client.referrals_provided)
    if any(value is None for value in inputs):
        return None
    value = 50.0 if client.success_case_documented else 0.0
    if holds(client.roi_percentage, ">", 1_000):
        value += 30.0
    if holds(client.referrals_provided, ">", 0):
        value += 20.0
    return value


DIMENSIONS: tuple[tuple[str, float, Callable[[Client], Optional[float]]], ...] = (
    ("satisfaction", 0.20, lambda c: None if c.satisfaction_score is None else c.satisfaction_score / 5 * 100),
    ("usage", 0.15, lambda c: None if c.usage_intensity is None else c.usage_intensity * 100),
    ("growth", 0.15, lambda c: None if c.leads_growth_rate is None else (c.leads_growth_rate + 1) / 2 * 100),
    ("financial_health", 0.15, lambda c: None if c.payment_history_score is None else c.payment_history_score * 10),
    ("engagement", 0.15,
     lambda c: None if c.last_interaction_date is None else 100 - 2 * (AS_OF - c.last_interaction_date).days),
    ("executive_relationship", 0.10,
     lambda c: None if c.executive_relationship_strength is None else c.executive_relationship_strength * 10),
    ("success_documentation", 0.10, documentation),
)


def level_of(score: float) -> tuple[str, int]:
    if score >= 80 - EDGE:
        return "ready_now", 15 if score >= 90 - EDGE else 30
    if score >= 60 - EDGE:
        return "ready_soon", 45 if score >= 70 - EDGE else 60
    if score >= 40 - EDGE:
        return "needs_nurture", 90
    return "not_ready", 120


def readiness_of(client: Client) -> Readiness:
    factors, known, unknown, lower = [], 0.0, 0.0, 0.0
    for name, weight, measure in DIMENSIONS:
        value = measure(client)
        if value is None:
            unknown += weight
            continue
        value = clamp(value, 0.0, 100.0)
        known += weight
        lower += value * weight
        factors.append(Factor(name, value, weight, 0.0))
    score = 0.0
    for factor in factors:
        if unknown:
            factor.weight /= known
        factor.contribution = factor.value * factor.weight
        score += factor.contribution
    interval = (lower, lower + unknown * 100) if unknown else (score, score)
    return Readiness(score, level_of(score)[0], known / (known + unknown), interval, factors)


def classify(client: Client) -> tuple[str, list[tuple]]:
    reached = "maintenance"
    for name, tier in TIERS.items():
        if all(holds(getattr(client, metric), relation, limit) for metric, relation, limit in tier["criteria"]):
            reached = name
            break
    index = ORDER.index(reached) if reached in TIERS else len(ORDER)
    missed = []
    if index > 0:
        better = ORDER[index - 1]
        for metric, relation, limit in TIERS[better]["criteria"]:
            actual = getattr(client, metric)
            if not holds(actual, relation, limit):
                gap = None if actual is None else limit - actual
                missed.append((better, metric, relation, limit, actual, gap))
    return reached, missed


def fit_of(client: Client, vehicle_id: str) -> VehicleFit:
    vehicle = VEHICLES[vehicle_id]
    signals = [("current_mrr", "<", 2_400, -20)]
    if vehicle["complexity"] == "high":
        signals.append(("executive_relationship_strength", "<", 7, -15))
    signals.extend(vehicle["signals"])
    fit, reasons, unknown = 50.0, [], []
    for metric, relation, limit, points in signals:
        answer = holds(getattr(client, metric), relation, limit)
        if answer is None:
            unknown.append(f"{metric} {relation} {limit}")
        elif answer:
            fit += points
            reasons.append(f"{metric} {relation} {limit}: {points:+}")
    return VehicleFit(vehicle_id, clamp(fit, 0.0, 100.0), reasons, unknown)


def offers_of(client: Client, tier: str) -> list[VehicleFit]:
    if tier not in TIERS:
        return []
    fits = [fit_of(client, v) for v in TIERS[tier]["vehicles"] if v not in client.upsell_history]
    fits = [fit for fit in fits if fit.fit >= 40 - EDGE]
    fits.sort(key=lambda fit: (-fit.fit, -VEHICLES[fit.id]["arr"], fit.id))
    return fits[:3]


def probability_of(client: Client, tier: str, score: float) -> tuple[float, bool, list[tuple[str, float]]]:
    parts = [("readiness", score / 100)]
    if tier in TIERS:
        parts.append(("tier", TIERS[tier]["probability"]))
    if client.success_case_documented:
        parts.append(("documented", 0.10))
    if holds(client.referrals_provided, ">", 2):
        parts.append(("referrals", 0.05))
    if holds(client.roi_percentage, ">", 20_000):
        parts.append(("roi", 0.10))
    total = sum(part for _, part in parts)
    return clamp(total, 0.0, 1.0), not -EDGE <= total <= 1 + EDGE, parts


def priority_of(client: Client, potential: float, probability: float, score: float) -> float:
    value = 0.40 * min(10.0, potential / 5_000) + 0.35 * 10 * probability + 0.25 * score / 10
    if holds(client.executive_relationship_strength, ">=", 9):
        value *= 1.15
    return math.floor((clamp(value, 1.0, 10.0) + EDGE) * 10 + 0.5) / 10


def action_of(level: str, priority: float) -> str:
    if level == "ready_now":
        return "executive_presentation" if priority >= 8 - EDGE else "custom_proposal"
    return {"ready_soon": "discovery_call", "needs_nurture": "nurture_sequence"}.get(level, "monitor")


def assess(client: Client) -> Assessment:
    readiness = readiness_of(client)
    tier, missed = classify(client)
    vehicles = offers_of(client, tier)
    potential = TIERS[tier]["midpoint"] if tier in TIERS else 0.0
    probability, saturated, parts = probability_of(client, tier, readiness.score)
    priority = priority_of(client, potential, probability, readiness.score)
    current = client.current_mrr * 12
    cost = sum(VEHICLES[fit.id]["cost"] for fit in vehicles)
    return Assessment(
        client_id=client.client_id,
        readiness=readiness,
        tier=tier,
        missed_criteria=missed,
        vehicles=vehicles,
        potential_arr=potential,
        multiple=(current + potential) / current if current > 0 else None,
        success_probability=probability,
        saturated=saturated,
        probability_parts=parts,
        close_days=level_of(readiness.score)[1],
        priority=priority,
        payback_months=math.ceil(cost * 12 / potential - EDGE) if vehicles else None,
        next_action=action_of(readiness.level, priority),
    )


class Lcg:
    """Knuth's 64-bit linear congruential generator (MMIX)."""

    def __init__(self, seed: int):
        self.state = seed

    def next(self) -> int:
        self.state = (self.state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) & 0xFFFF_FFFF_FFFF_FFFF
        return self.state >> 33

    def below(self, limit: int) -> int:
        return self.next() % limit

    def unit(self) -> float:
        return self.next() / (1 << 31)

    def maybe(self, draw):
        return None if self.below(12) == 0 else draw()


def synthetic_client(index: int, lcg: Lcg) -> Client:
    below, unit, maybe = lcg.below, lcg.unit, lcg.maybe
    client = Client(
        f"client_{index:06}", f"Synthetic Brokerage {index}", (1_200, 1_800, 2_400, 3_600, 4_800, 12_500)[below(6)]
    )
    client.active_users = maybe(lambda: below(60))
    client.locations_count = maybe(lambda: 1 + below(12))
    client.leads_processed_monthly = maybe(lambda: 40 + below(500))
    client.roi_percentage = maybe(lambda: unit() * 60_000.0)
    client.satisfaction_score = maybe(lambda: 3.2 + 1.8 * unit())
    client.nps_score = maybe(lambda: below(140) - 40.0)
    client.success_case_documented = maybe(lambda: below(3) == 0)
    client.referrals_provided = maybe(lambda: below(6))
    client.support_tickets_monthly = maybe(lambda: below(10))
    client.feature_requests = maybe(lambda: below(11))
    client.last_interaction_date = maybe(lambda: AS_OF - timedelta(days=below(90)))
    client.executive_relationship_strength = maybe(lambda: 4.0 + below(7))
    client.leads_growth_rate = maybe(lambda: unit() * 0.8 - 0.1)
    client.locations_growth_rate = maybe(lambda: unit() * 0.5 - 0.1)
    client.usage_intensity = maybe(lambda: 0.25 + 0.75 * unit())
    client.payment_history_score = maybe(lambda: 1.0 + below(10))
    if below(10) == 0:
        client.upsell_history.append("professional_services")
    return client


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    lcg = Lcg(20_260_119)
    clients = [synthetic_client(index, lcg) for index in range(CLIENTS)]
    score_sum, offers = 0.0, 0
    started = time.process_time()
    for _ in range(rounds):
        for client in clients:
            assessment = assess(client)
            score_sum += assessment.readiness.score
            offers += len(assessment.vehicles)
    cpu = time.process_time() - started
    assessed = rounds * CLIENTS
    print(json.dumps({
        "policy": "framework 1",
        "clients": CLIENTS,
        "rounds": rounds,
        "cpu_seconds": cpu,
        "clients_per_cpu_second": assessed / cpu,
        "mean_score": score_sum / assessed,
        "vehicles_offered_per_client": offers / assessed,
    }))


if __name__ == "__main__":
    main()
