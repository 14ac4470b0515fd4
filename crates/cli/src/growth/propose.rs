//! `ehub growth propose`: the value proposition for a client, ready to send.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use growth::{
    assess::assess_all,
    assessment::Assessment,
    metrics::ClientMetrics,
    proposition::{self, Format, Sender, render},
    ranking,
};

use super::base::{Base, BaseArgs};
use crate::{
    exit::{During, Failure, Outcome},
    output::Output,
    progress,
};

/// For whom, in which form, and where to.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ProposeArgs {
    #[command(flatten)]
    base: BaseArgs,
    /// The client's identifier; may be repeated
    #[arg(long, value_name = "ID", required_unless_present = "top", conflicts_with = "top")]
    client: Vec<String>,
    /// For the N best opportunities instead
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
    /// File to write, or directory when there are several clients; standard output unless given
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    #[command(flatten)]
    sender: SenderArgs,
}

/// Who signs. What is not given is taken from the hub's settings, else left out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sender")]
struct SenderArgs {
    /// The operator's name, shown as the brand
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// The person who signs
    #[arg(long, value_name = "NAME")]
    sender: Option<String>,
    /// Their role
    #[arg(long, value_name = "ROLE")]
    sender_role: Option<String>,
    /// Their e-mail address
    #[arg(long, value_name = "EMAIL")]
    sender_email: Option<String>,
    /// Their telephone number
    #[arg(long, value_name = "NUMBER")]
    sender_phone: Option<String>,
}

/// What can be written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Kind {
    /// E-mail as plain text, subject line first
    #[default]
    Text,
    /// E-mail as HTML
    Html,
    /// Everything, as Markdown
    Markdown,
    /// The executive summary: one page of PDF
    SummaryPdf,
    /// The full proposal as PDF
    ProposalPdf,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth propose --clients clients.csv --client client_004
  ehub growth propose --clients clients.csv --client client_004 --kind proposal-pdf --to proposal.pdf
  ehub growth propose --client client_004 --kind markdown          of the hub's latest snapshot
  ehub growth propose --clients clients.csv --top 20 --kind summary-pdf --to proposals/ --operator 'Acme'";

impl From<Kind> for Format {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Html => Self::Html,
            Kind::Markdown => Self::Markdown,
            Kind::SummaryPdf => Self::SummaryPdf,
            Kind::ProposalPdf => Self::ProposalPdf,
        }
    }
}

/// Reads, assesses, writes.
pub fn run(args: &ProposeArgs, out: &Output) -> Outcome {
    let base = Base::load(&args.base, out)?;
    let Base { policy, as_of, clients, .. } = &base;
    let assessments = assess_all(clients, policy, *as_of);
    let pairs: Vec<Pair<'_>> = clients.iter().zip(&assessments).collect();
    let chosen: Vec<Pair<'_>> = match args.top {
        Some(limit) => ranking::top(&pairs, policy, limit).iter().map(|one| pairs[one.index]).collect(),
        None => args.client.iter().map(|id| find(&pairs, id)).collect::<Outcome<_>>()?,
    };
    let place = Place::of(args, chosen.len())?;
    let sender = args.sender.over(&base.sender);

    let bar = progress::bar("writing", chosen.len(), out.quiet() || matches!(place, Place::Stdout));
    for (client, assessment) in chosen {
        let written = proposition::propose(client, assessment, policy, clients, *as_of, &sender);
        let rendered = render(&written, args.kind.into())
            .during(format_args!("write the proposition for {}", client.client_id))?;
        match &place {
            Place::Stdout => out.data(&rendered.bytes)?,
            Place::File(path) => save(path, &rendered.bytes, out)?,
            Place::Directory(path) => save(&path.join(&rendered.file_name), &rendered.bytes, out)?,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(base.status())
}

type Pair<'a> = (&'a ClientMetrics, &'a Assessment);

fn find<'a>(pairs: &[Pair<'a>], id: &str) -> Outcome<Pair<'a>> {
    pairs.iter().copied().find(|(client, _)| client.client_id.as_str() == id).ok_or_else(|| {
        let some: Vec<_> = pairs.iter().take(3).map(|(client, _)| client.client_id.as_str()).collect();
        Failure::new(format_args!("no accepted row has the client_id `{id}`"))
            .advise(format_args!("the file's identifiers look like {}", some.join(", ")))
    })
}

/// Where the propositions go.
enum Place {
    Stdout,
    File(PathBuf),
    Directory(PathBuf),
}

impl Place {
    fn of(args: &ProposeArgs, count: usize) -> Outcome<Self> {
        match &args.to {
            Some(path) if args.top.is_some() || count > 1 || path.is_dir() => {
                std::fs::create_dir_all(path)
                    .during(format_args!("make the directory {}", path.display()))?;
                Ok(Self::Directory(path.clone()))
            }
            Some(path) => Ok(Self::File(path.clone())),
            None if args.top.is_some() || count > 1 => {
                Err(Failure::new("several propositions need a directory").advise("name one with --to DIR"))
            }
            None if args.kind.is_pdf() && std::io::stdout().is_terminal() => {
                Err(Failure::new("a PDF is nothing for a terminal").advise("name a file with --to FILE.pdf"))
            }
            None => Ok(Self::Stdout),
        }
    }
}

impl Kind {
    fn is_pdf(self) -> bool {
        matches!(self, Self::SummaryPdf | Self::ProposalPdf)
    }
}

fn save(path: &Path, bytes: &[u8], out: &Output) -> Outcome<()> {
    std::fs::write(path, bytes).during(format_args!("write {}", path.display()))?;
    out.say(format_args!("wrote {}", path.display()));
    Ok(())
}

impl SenderArgs {
    /// What the arguments say, and where they are silent, what the hub has.
    fn over(&self, hub: &Sender) -> Sender {
        let or = |said: &Option<String>, kept: &Option<String>| said.clone().or_else(|| kept.clone());
        Sender {
            operator: or(&self.operator, &hub.operator),
            name: or(&self.sender, &hub.name),
            role: or(&self.sender_role, &hub.role),
            email: or(&self.sender_email, &hub.email),
            phone: or(&self.sender_phone, &hub.phone),
        }
    }
}
