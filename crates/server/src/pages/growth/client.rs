//! One client, whole: as a drawer beside a list (`?client=`), and as `GET /growth/clients/{id}`.

mod history;
mod offer;
mod readiness;
mod record;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use growth::{
    Board, Growth,
    activity::GrowthEvent,
    assessment::Assessment,
    history::HistoryPoint,
    metrics::{ClientId, ClientMetrics},
    outcome::Outcome,
    plan_record::PlannedAction,
    posterior::Posterior,
    ranking,
};
use maud::{Markup, html};

use super::{frame, outcome};
use crate::{
    design::{self, Address, Icon, Kpi, Tone, Why, badge, format, kpis, level, tier},
    problem::Problem,
    viewer::Viewer,
};

/// Entries of the log shown.
const ACTIVITY_SHOWN: usize = 12;

/// Everything that the hub knows of a client.
struct Dossier<'b> {
    board: &'b Board,
    client: &'b ClientMetrics,
    assessment: &'b Assessment,
    posterior: Posterior,
    history: Vec<HistoryPoint>,
    outcomes: Vec<Outcome>,
    actions: Vec<PlannedAction>,
    activity: Vec<GrowthEvent>,
    /// Whether the sections stand on a page of their own, right below its title.
    on_page: bool,
}

impl<'b> Dossier<'b> {
    async fn of(
        growth: &Growth,
        board: &'b Board,
        id: &ClientId,
        on_page: bool,
    ) -> Result<Option<Self>, Problem> {
        let Some((client, assessment)) = board.client(id) else { return Ok(None) };
        let plan = growth.current_plan().await?;
        let actions = plan.map(|plan| plan.actions).unwrap_or_default();
        Ok(Some(Self {
            board,
            client,
            assessment,
            posterior: board.posterior(assessment)?,
            history: growth.client_history(id).await?,
            outcomes: board.outcomes.iter().filter(|one| one.client_id == *id).cloned().collect(),
            actions: actions.into_iter().filter(|one| one.action.client_id == *id).collect(),
            activity: growth.activity_of(id.as_str(), ACTIVITY_SHOWN).await?,
            on_page,
        }))
    }

    fn subtitle(&self) -> Markup {
        let assessment = self.assessment;
        html! {
            (tier(assessment.tier)) (level(assessment.readiness.level))
            @if self.board.snapshot.simulated && !self.on_page { (badge(Tone::Warn, "Simulated data")) }
        }
    }

    /// The heading of a section: a step below the title of the page, or of the drawer.
    fn heading(&self, content: Markup) -> Markup {
        html! { @if self.on_page { h2 { (content) } } @else { h3 { (content) } } }
    }

    fn source(&self) -> String {
        frame::source(self.board)
    }

    /// What can be done with the client; `here` is where recording an outcome leads back to.
    fn actions(&self, here: &Address) -> Markup {
        let id = &self.client.client_id;
        html! {
            form method="post" action="/growth/propositions" hx-boost="false" {
                input type="hidden" name="client_id" value=(id);
                button.button.primary { (Icon::FileText) "Propose" }
            }
            a.button href=(outcome::new_href(id, here)) { (Icon::Check) "Record outcome" }
        }
    }

    fn figures(&self) -> Markup {
        let assessment = self.assessment;
        let policy = &self.board.policy;
        let readiness = &assessment.readiness;
        let label = policy.tier(assessment.tier).map(|section| section.label.as_str());
        let section = policy.document().posterior;
        kpis(&[
            Kpi::new("Priority", html! { (format::number(assessment.priority, 1)) small { " / 10" } }).why(
                Why::new(super::formula::priority(policy))
                    .input("potential ARR", format::money_whole(&assessment.potential_arr))
                    .input("chance (rule)", format::percent(assessment.success_probability, 2))
                    .input("readiness", format::number(readiness.score, 2))
                    .source(self.source()),
            ),
            Kpi::new("Potential ARR", html! { (format::money_figure(&assessment.potential_arr)) small { " / year" } })
                .note(html! {
                    @match assessment.multiple {
                        Some(_) if assessment.potential_arr.amount().is_zero() => "nothing to add in this tier",
                        Some(multiple) => {
                            @if let Some(label) = label { "“" (label) "” in name, " }
                            "truly " strong { (format::number(multiple, 2)) "×" } " today’s revenue"
                        }
                        None => "pays nothing today, so there is no multiple"
                    }
                })
                .why(
                    Why::new("true multiple = (current ARR + potential ARR) ÷ current ARR")
                        .input("current ARR", format::money(&self.client.current_arr))
                        .input("potential ARR", format::money(&assessment.potential_arr))
                        .input("tier", assessment.tier.label())
                        .source(self.source()),
                ),
            Kpi::new("Chance", html! { (format::percent(self.posterior.mean, 0)) })
                .note(html! {
                    @if self.posterior.wins + self.posterior.losses == 0 { "the rule; no outcomes of this tier yet" }
                    @else {
                        "rule " (format::percent(assessment.success_probability, 0)) ", moved by "
                        (self.posterior.wins) " won and " (self.posterior.losses) " lost in this tier"
                    }
                })
                .why(
                    Why::new("rule, updated by the outcomes of the tier (Beta-binomial)")
                        .input("rule", format::percent(assessment.success_probability, 2))
                        .input("counts as much as", format!("{} outcomes", format::number(section.prior_strength, 1)))
                        .input("won", self.posterior.wins.to_string())
                        .input("lost", self.posterior.losses.to_string())
                        .input(
                            format!("{} range", format::percent(section.interval, 0)),
                            format!(
                                "{} – {}",
                                format::percent(self.posterior.interval.lower, 0),
                                format::percent(self.posterior.interval.upper, 0)
                            ),
                        )
                        .source(self.source()),
                ),
            Kpi::new("Next", html! { span.kpi-text { (assessment.next_action) } }).note(html! {
                @match assessment.next_action_due() {
                    Some(due) => { "by " (format::day(due)) }
                    None => "nothing is due"
                }
                " · signature in " (super::words::close_days(assessment.close_days))
            }),
        ])
    }

    /// Whether the client is on the short list, and if not, why.
    fn standing(&self) -> Markup {
        let limit = self.board.policy.document().ranking.limit;
        let id = &self.client.client_id;
        let everyone = ranking::rank(&self.board.pairs(), &self.board.policy);
        let passing = everyone.passed.len();
        let rank = everyone.passed.iter().find(|ranked| ranked.client_id == *id).map(|ranked| ranked.rank);
        let failures = everyone.excluded.into_iter().find(|excluded| excluded.client_id == *id);
        html! {
            @match (rank, failures) {
                (Some(rank), _) if rank <= limit => p.small.secondary {
                    "Number " strong { (rank) } " of " (format::count(passing)) " who pass every gate: on the short list."
                }
                (Some(rank), _) => p.small.secondary {
                    "Passes every gate, as number " strong { (rank) } " of " (format::count(passing)) "; the short list ends at " (limit) "."
                }
                (None, failures) => (design::notice(Tone::Warn, "Not on the short list", html! {
                    ul { @for failure in failures.iter().flat_map(|excluded| &excluded.reasons) { li { (super::words::failure(failure)) } } }
                }))
            }
        }
    }
}

/// The drawer of the client that the address names.
///
/// # Errors
/// When the database fails.
pub async fn drawer(viewer: &Viewer, growth: &Growth, board: &Board) -> Result<Option<Markup>, Problem> {
    let Some(id) = viewer.address.get("client") else { return Ok(None) };
    let close = viewer.address.without("client");
    let Some(dossier) = Dossier::of(growth, board, &ClientId::new(id), false).await? else {
        let body = design::empty(
            Icon::Users,
            "No such client here",
            "This snapshot has no client with that identifier. It may be in another one.",
            &[design::Lead::new("Back to the list", close.href())],
        );
        return Ok(Some(design::drawer(id, id, html! {}, &close.href(), body)));
    };
    let body = html! {
        div.cluster {
            (dossier.actions(&viewer.address))
            a.button.quiet href=(frame::client_href(&dossier.client.client_id)) { "Full page" (Icon::ChevronRight) }
        }
        (dossier.figures())
        (dossier.standing())
        (dossier.readiness())
        (dossier.criteria())
        (dossier.vehicles())
        (dossier.chance())
        (dossier.past())
        (dossier.work(viewer))
        (dossier.metrics())
    };
    let client = dossier.client;
    Ok(Some(design::drawer(
        client.client_id.as_str(),
        &client.client_name,
        dossier.subtitle(),
        &close.href(),
        body,
    )))
}

/// `GET /growth/clients/{id}`
pub async fn show(
    viewer: Viewer,
    State(growth): State<Growth>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Some(board) = frame::board(&viewer, &growth).await? else {
        return Ok(frame::nothing(&viewer, "Client").render().into_response());
    };
    let id = ClientId::new(id);
    let Some(dossier) = Dossier::of(&growth, &board, &id, true).await? else {
        return Err(Problem::not_found(format!("The snapshot has no client `{id}`.")));
    };
    let section = |content: Markup| html! { section.card { (content) } };
    let content = html! {
        (frame::not_current(&viewer, &board))
        div.cluster { (dossier.subtitle()) }
        (dossier.figures())
        (dossier.standing())
        div.split {
            div.stack {
                (section(dossier.readiness()))
                (section(dossier.vehicles()))
                (section(dossier.past()))
            }
            div.stack {
                (section(dossier.criteria()))
                (section(dossier.chance()))
                (section(dossier.work(&viewer)))
                (section(dossier.metrics()))
            }
        }
    };
    let page = frame::page(&viewer, &dossier.client.client_name, &board)
        .crumb("Top opportunities", "/growth/opportunities")
        .actions(dossier.actions(&viewer.address))
        .main(frame::live(&viewer, "client", content));
    Ok(page.render().into_response())
}
