//! The hub's own predictions against the outcomes recorded since.

use growth::{backtest::Silence, service::BacktestRequest};

use super::{Answered, BacktestArgs, Question};
use crate::{
    exit::{During, Failure, Outcome},
    growth::constants,
    hub::Hub,
    output::Output,
    progress,
};

pub(super) async fn compare(args: &BacktestArgs, out: &Output) -> Outcome<Answered> {
    let policy = args.policy.as_deref().map(constants::key).transpose().map_err(Failure::new)?;
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let request = BacktestRequest {
        policy: policy.clone(),
        window_days: args.window,
        threshold: args.threshold,
        silence: Silence::Excluded,
    };
    let spinner = progress::spinner("looking back", out.quiet());
    let report = hub.growth.backtest(&request).await;
    spinner.finish_and_clear();
    let report = report.during("hold the predictions against the outcomes")?;
    Ok(Answered {
        policy,
        as_of: report.as_of.keys().copied().collect(),
        window_days: args.window,
        clients: report.n,
        questions: vec![Question { prediction: "success_probability", event: "won", report }],
    })
}
